#!/usr/bin/env python3
# Tests of the ledger: it accepts correct histories, and finds each error that a node could make.
import dataclasses
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from ledger import Ledger, author, value

PLACE = (1, 0)


@dataclasses.dataclass
class Read:
    base_offset: int
    values: list

    @property
    def next_offset(self):
        return self.base_offset + len(self.values)


class LedgerTest(unittest.TestCase):
    def setUp(self):
        self.book = Ledger()
        self.first = [value('DISK', 1, 0), value('DISK', 1, 1)]
        self.second = [value('LEADER', 2, 0)]
        self.book.acknowledged(PLACE, 0, self.first)
        self.book.acknowledged(PLACE, 2, self.second)

    def found(self, *reads, start=0, head=3):
        self.book.whole(PLACE, start, head, [Read(*read) for read in reads])
        return self.book.violations

    def test_a_record_says_who_wrote_it(self):
        self.assertEqual(author(value('LEADER', 12, 345, b'...')), ('LEADER', 12, 345))

    def test_believes_what_is_right(self):
        self.assertEqual(self.found((0, self.first), (2, self.second)), [])

    def test_misses_a_record_that_was_acknowledged(self):
        self.assertIn('are gone', self.found((0, self.first))[0])

    def test_a_crash_may_take_what_was_not_for_the_disk(self):
        self.book.crashed()
        self.assertEqual(self.found((0, self.first), head=2), [])

    def test_a_crash_may_not_take_what_was_for_the_disk(self):
        self.book.crashed()
        self.assertIn('are gone', self.found(start=0, head=2)[0])

    def test_sees_another_value_at_an_offset(self):
        self.assertIn('was', self.found((0, [self.first[0], value('DISK', 9, 9)]), (2, self.second))[0])

    def test_sees_a_record_twice(self):
        self.assertIn('number=1 after 1', self.found((0, self.first), (2, self.second), (3, [self.first[1]]), head=4)[0])

    def test_sees_offsets_that_go_back(self):
        self.assertIn('is read after', self.found((0, self.first), (2, self.second), (1, [self.first[1]]))[0])

    def test_sees_a_head_that_goes_back(self):
        self.found((0, self.first), (2, self.second))
        self.book.crashed()
        self.assertTrue(any('head=1' in what for what in self.found((0, self.first), head=1)))

    def test_sees_a_start_that_goes_back(self):
        self.found((2, self.second), start=2)
        self.assertTrue(any('start=0' in what for what in self.found((0, self.first), (2, self.second))))


if __name__ == '__main__':
    unittest.main()
