#!/usr/bin/env python3
# Tests of `run.py` with steps of their own, and of what it keeps of their times.
import contextlib
import io
import pathlib
import tempfile
import unittest
from unittest import mock

import run
import step
import steps
import times


def passes(running):
    running.call('echo', 'said by', running.name)
    return 3


def fails(running):
    running.say('what went wrong')
    raise step.Failed(2)


class RunTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.build = pathlib.Path(folder.name)
        own = {'first': (passes, 'is first'), 'second': (fails, 'is second'), 'third': (passes, 'is third')}
        for patch in (mock.patch.object(steps, 'STEPS', own), mock.patch.object(step, 'BUILD', self.build)):
            patch.start()
            self.addCleanup(patch.stop)

    def run_with(self, *arguments):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            status = run.main(arguments)
        return status, printed.getvalue().splitlines()

    def test_stops_at_the_first_failure_with_the_end_of_its_log(self):
        status, printed = self.run_with()
        self.assertEqual(status, 1)
        self.assertIn('what went wrong', printed)
        self.assertIn(f'        FAILED after 0:00, log: {self.build}/presubmit/second.log', printed)
        self.assertIn('not run: third', printed)
        self.assertEqual(printed[-1], '3 passed, 2 failed')

    def test_goes_on_when_told_to(self):
        status, printed = self.run_with('--keep-going')
        self.assertEqual(status, 1)
        self.assertEqual(printed[-1], '6 passed, 2 failed')

    def test_closes_with_a_table_of_times(self):
        status, printed = self.run_with('--only', 'third,first')
        self.assertEqual(status, 0)
        table = [line.split() for line in printed[-5:-2]]
        self.assertEqual(table[0], ['step', 'took', 'processors', 'passed', 'failed'])
        self.assertEqual([(row[0], row[1], row[3], row[4]) for row in table[1:]],
                         [('third', '0:00', '3', '0'), ('first', '0:00', '3', '0')])

    def test_lists_what_each_step_took_when_it_last_passed(self):
        self.run_with('--keep-going')
        status, printed = self.run_with('--list')
        self.assertEqual(status, 0)
        self.assertEqual([line.split()[:2] for line in printed[1:]], [['first', '0:00'], ['second', '-'], ['third', '0:00']])

    def test_knows_no_times_where_nothing_ran_or_the_file_is_broken(self):
        self.assertEqual(times.LastTimes(self.build / 'times.json').text('first'), '-')
        (self.build / 'times.json').write_text('{')
        self.assertEqual(times.LastTimes(self.build / 'times.json').text('first'), '-')

    def test_keeps_times_over_runs(self):
        path = self.build / 'times.json'
        times.LastTimes(path).keep('first', {'seconds': 83.4, 'processors': 1.9})
        times.LastTimes(path).keep('second', {'seconds': 5, 'processors': 1.0})
        self.assertEqual(times.LastTimes(path).text('first'), '1:23')


class StepTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        options = mock.Mock(seeds=1, fuzz_seconds=1)
        self.step = step.Step('tried', options, pathlib.Path(folder.name) / 'log')
        self.addCleanup(self.step.log.close)

    def log(self):
        return self.step.log_path.read_text().splitlines()

    def test_writes_what_ran_side_by_side_one_after_the_other(self):
        # The first ends last: it waits for what the second makes.
        made = self.step.log_path.with_name('made')
        first = f'echo a1; while [ ! -e {made} ]; do sleep 0.01; done; echo a2'
        second = f'echo b; touch {made}'
        self.assertTrue(self.step.call_all([(['sh', '-c', first], None), (['sh', '-c', second], None)], jobs=2))
        self.assertEqual([line for line in self.log() if not line.startswith('$')], ['a1', 'a2', 'b'])

    def test_says_which_of_several_failed(self):
        self.assertFalse(self.step.call_all([(['true'], None), (['sh', '-c', 'exit 3'], None)]))
        self.assertEqual(self.log()[-1], 'sh -c exit 3: ended with status 3')

    def test_hands_each_its_own_environment(self):
        commands = [(['sh', '-c', 'echo $WHICH'], {'WHICH': which}) for which in ('one', 'two')]
        self.assertTrue(self.step.call_all(commands))
        self.assertEqual([line for line in self.log() if not line.startswith('$')], ['one', 'two'])


if __name__ == '__main__':
    unittest.main()
