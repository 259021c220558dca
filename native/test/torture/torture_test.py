#!/usr/bin/env python3
# Tests of the command itself, with another program in place of the node: the report when it does not start, what counts
# as a failure, and that nothing is left.
import contextlib
import io
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import torture
from rounds import ATTACKS
from scene import Attack
from tally import Tally


class Idle(Attack):
    name = 'idle'
    planned = {'deeds': 1}

    def play(self, scene):
        pass


class TortureTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.addCleanup(setattr, tempfile, 'tempdir', tempfile.tempdir)
        tempfile.tempdir = str(self.folder)

    def program(self, script):
        path = self.folder / 'kera'
        path.write_text(f'#!/bin/sh\n{script}\n')
        path.chmod(0o755)
        return path

    def test_a_node_that_does_not_start_is_said_with_its_log(self):
        failures, _, log_tail = torture.run(Idle(), 1, self.program('echo why it cannot; exit 3'))
        self.assertIn('start: status=3', failures[0])
        self.assertEqual(log_tail, ['why it cannot'])

    def test_nothing_is_left_of_a_round(self):
        kera = self.program('exit 3')
        torture.run(Idle(), 1, kera)
        self.assertEqual(os.listdir(self.folder), ['kera'])

    def test_less_than_planned_is_lacking(self):
        tally = Tally()
        tally.count('kills', 2)
        self.assertEqual(tally.lacking({'kills': 2}), [])
        self.assertEqual(tally.lacking({'kills': 3, 'pauses': 1}), ['kills: 2 of 3 planned', 'pauses: 0 of 1 planned'])

    def test_rounds_have_names_of_their_own_and_say_what_they_do(self):
        self.assertEqual(len({attack.name for attack in ATTACKS}), len(ATTACKS))
        self.assertTrue(all(attack.about and attack.planned for attack in ATTACKS))

    def test_long_rounds_are_for_ten_minutes_and_more(self):
        kera = ['--kera', str(self.program('exit 0'))]
        self.assertNotIn('streams-limit', torture.parse(kera).names)
        self.assertIn('streams-limit', torture.parse([*kera, '--minutes', '10']).names)
        self.assertEqual(torture.parse([*kera, '--round', 'kills,streams-limit']).names, ['kills', 'streams-limit'])

    def test_an_unknown_round_is_refused_with_those_that_are_known(self):
        said = io.StringIO()
        with contextlib.redirect_stderr(said), self.assertRaises(SystemExit):
            torture.parse(['--kera', str(self.program('exit 0')), '--round', 'nothing'])
        self.assertIn('unknown round=nothing; known: limits', said.getvalue())


if __name__ == '__main__':
    unittest.main()
