#!/usr/bin/env python3
# Tests of `check.py` with builds that say what a test tells them to.
import contextlib
import io
import json
import pathlib
import tempfile
import unittest
from unittest import mock

import check

STEADY = [100, 101, 99, 100, 102]


class Told:
    """A build whose samples of the only row are given, and that writes down when it was asked."""

    def __init__(self, values, name='', asked=None, unit='GB/s', machine='2 x Some Model at 2600 MHz, 23 GiB'):
        self.values = list(values)
        self.name = name
        self.asked = [] if asked is None else asked
        self.unit = unit
        self.machine = machine

    def cases(self):
        return ['limits', 'produce']

    def sample(self, case):
        self.asked.append(self.name)
        return {case: (self.unit, self.values.pop(0))}


class VerdictTest(unittest.TestCase):
    def test_a_row_whose_rounds_are_all_worse_is_slower(self):
        self.assertEqual(check.verdict(STEADY, [90, 91, 89, 92, 93], 'GB/s'), 'slower')
        self.assertEqual(check.verdict(STEADY, [110, 111, 109, 112, 108], 'us'), 'slower')

    def test_a_row_whose_rounds_are_all_better_is_faster(self):
        self.assertEqual(check.verdict(STEADY, [110, 111, 109, 112, 108], 'million/s'), 'faster')
        self.assertEqual(check.verdict(STEADY, [90, 91, 89, 92, 93], 's/GB'), 'faster')

    def test_rounds_that_lie_among_those_of_before_are_noise(self):
        self.assertEqual(check.verdict(STEADY, [60, 60, 60, 60, 100], 'GB/s'), 'same')

    def test_a_small_change_is_none_however_sure_it_is(self):
        self.assertEqual(check.verdict(STEADY, [97, 97, 97, 97, 97], 'GB/s'), 'same')

    def test_nothing_is_said_of_what_has_no_figures(self):
        self.assertEqual(check.verdict([], STEADY, 'GB/s'), 'same')
        self.assertEqual(check.verdict([0, 0, 0], [0, 0, 0], 'us'), 'same')


class RaceTest(unittest.TestCase):
    def test_builds_take_turns_and_each_is_first_as_often(self):
        asked = []
        builds = [Told(STEADY, 'before', asked), Told(STEADY, 'now', asked)]
        check.race('produce', builds, 4)
        self.assertEqual(asked, ['before', 'now', 'now', 'before', 'before', 'now', 'now', 'before'])

    def test_samples_belong_to_the_build_that_gave_them(self):
        before, now = check.race('produce', [Told([1, 2, 3]), Told([4, 5, 6])], 3)
        self.assertEqual((before.values['produce'], now.values['produce']), ([1, 2, 3], [4, 5, 6]))


class ComparisonTest(unittest.TestCase):
    def compare(self, before, now, again_before=STEADY, again_now=STEADY, units=('GB/s', 'GB/s')):
        def samples(values, unit):
            return check.race('produce', [Told(values, unit=unit)], 5)[0]
        self.raced_again = 0

        def race_again():
            self.raced_again += 1
            return samples(again_before, units[0]), samples(again_now, units[1])
        comparison = check.Comparison()
        with contextlib.redirect_stderr(io.StringIO()):
            comparison.add(samples(before, units[0]), samples(now, units[1]), race_again)
        return comparison

    def test_a_row_is_slower_when_it_is_slower_twice(self):
        slow = [80, 81, 79, 80, 82]
        comparison = self.compare(STEADY, slow, STEADY, slow)
        self.assertEqual((comparison.slower, self.raced_again), (['produce'], 1))
        self.assertIn('| produce | GB/s | 100.0 (99.00 to 102.0) | 80.00 (79.00 to 82.00) | -20.0 % | slower |', comparison.text())

    def test_a_row_that_is_slower_only_once_is_the_same(self):
        comparison = self.compare(STEADY, [80, 81, 79, 80, 82])
        self.assertEqual((comparison.slower, self.raced_again), ([], 1))
        self.assertIn('| same |', comparison.text())

    def test_a_row_that_is_faster_is_not_raced_again(self):
        comparison = self.compare(STEADY, [120, 121, 119, 120, 122])
        self.assertEqual((comparison.slower, self.raced_again), ([], 0))
        self.assertIn('| faster |', comparison.text())

    def test_a_row_that_was_measured_otherwise_is_new(self):
        comparison = self.compare(STEADY, [1, 1, 1, 1, 1], units=('GB/s', 'GB/s / limit'))
        self.assertEqual(comparison.slower, [])
        self.assertIn('| new |', comparison.text())

    def test_a_row_with_another_limit_is_new(self):
        comparison = self.compare(STEADY, [1, 1, 1, 1, 1], units=('GB/s / limit', 'GB/s / stream'))
        self.assertEqual(comparison.slower, [])
        self.assertIn('| new |', comparison.text())

    def test_a_time_as_ratio_to_a_named_limit_is_better_when_less(self):
        slow = [120, 121, 119, 120, 122]
        comparison = self.compare(STEADY, slow, STEADY, slow, units=('us / paused ping', 'us / paused ping'))
        self.assertEqual(comparison.slower, ['produce'])


class BaselineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.baseline = pathlib.Path(folder.name) / 'baseline.json'
        patches = [mock.patch.object(check, 'BASELINE', self.baseline), mock.patch.object(check, 'build_of', lambda root: root)]
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)

    def main(self, told, *arguments):
        printed = io.StringIO()
        with mock.patch.object(check, 'Build', lambda program, folder: told), contextlib.redirect_stdout(printed), \
                contextlib.redirect_stderr(io.StringIO()):
            status = check.main(list(arguments))
        return status, printed.getvalue()

    def test_what_was_recorded_is_compared_with(self):
        self.main(Told(STEADY), '--record')
        self.assertEqual(self.main(Told(STEADY))[0], 0)
        status, printed = self.main(Told([80] * 10))
        self.assertEqual(status, 1)
        self.assertIn('slower beyond noise: produce', printed)

    def test_another_clock_is_the_same_machine(self):
        self.main(Told(STEADY), '--record')
        self.assertEqual(self.main(Told(STEADY, machine='2 x Some Model at 2450 MHz, 23 GiB'))[0], 0)

    def test_figures_of_another_machine_are_not_compared(self):
        self.main(Told(STEADY), '--record')
        with self.assertRaises(SystemExit) as ended:
            self.main(Told(STEADY, machine='4 x Other Model at 2600 MHz, 23 GiB'))
        self.assertEqual(ended.exception.code, 2)

    def test_without_a_baseline_it_says_what_to_do(self):
        self.baseline.unlink(missing_ok=True)
        with self.assertRaises(SystemExit) as ended, mock.patch('check.print', create=True) as printed:
            self.main(Told(STEADY))
        self.assertEqual(ended.exception.code, 2)
        self.assertIn('--record', printed.call_args.args[0])

    def test_recording_one_case_keeps_the_others(self):
        self.baseline.write_text(check.baseline_text('old', {'kept': {'unit': 'us', 'samples': [1.0]}}))
        self.main(Told(STEADY), '--record', '--only', 'produce')
        self.assertEqual(list(json.loads(self.baseline.read_text())['rows']), ['kept', 'produce'])


if __name__ == '__main__':
    unittest.main()
