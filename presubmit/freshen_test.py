#!/usr/bin/env python3
# Tests of `freshen` in a tree of its own, with programs in front of the real ones. Nothing is built.
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

FRESHEN = pathlib.Path(__file__).resolve().parent / 'freshen'
PROGRESS = FRESHEN.parent / 'progress'
PATIENCE_SECONDS = 30


class FreshenTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in ('bin', 'presubmit'):
            (self.root / name).mkdir()
        shutil.copy(FRESHEN, self.root / 'presubmit')
        shutil.copy(PROGRESS, self.root / 'presubmit')
        self.program('presubmit/packages', 'exit 0')

    def program(self, path, script):
        file = self.root / path
        file.write_text(f'#!/bin/sh\n{script}\n')
        file.chmod(0o755)

    def start(self):
        # What ran these tests may have been told to ignore a signal, as nohup does, and a shell cannot take that back.
        heed_signals = ['env', '--default-signal=HUP,INT,TERM']
        environment = {**os.environ, 'HOME': str(self.root), 'PATH': f'{self.root}/bin:{os.environ["PATH"]}'}
        freshen = subprocess.Popen([*heed_signals, self.root / 'presubmit/freshen'], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, env=environment)
        self.addCleanup(self.end, freshen)
        return freshen

    def end(self, freshen):
        """Of one that a failed test left, with what it started."""
        freshen.terminate()
        freshen.communicate(timeout=PATIENCE_SECONDS)

    def await_file(self, name):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (self.root / name).exists():
            self.assertLess(time.monotonic(), deadline, name)
            time.sleep(0.02)

    def interrupt(self, number):
        """Of a build whose compiler, a grandchild, says when it begins, and when it is ended."""
        self.program('bin/compiler', f"""
            trap 'touch {self.root}/ended; exit 1' TERM
            touch {self.root}/begun
            while :; do sleep 0.05; done""")
        self.program('bin/cmake', 'compiler & wait')
        freshen = self.start()
        self.await_file('begun')
        freshen.send_signal(number)
        freshen.communicate(timeout=PATIENCE_SECONDS)
        self.await_file('ended')
        return freshen.returncode

    def test_ends_the_compilers_too_on_ctrl_c(self):
        self.assertEqual(self.interrupt(signal.SIGINT), 130)

    def test_ends_the_compilers_too_on_sigterm(self):
        self.assertEqual(self.interrupt(signal.SIGTERM), 143)

    def test_ends_the_compilers_too_when_the_terminal_goes(self):
        self.assertEqual(self.interrupt(signal.SIGHUP), 129)

    def test_shows_what_failed_and_where_the_rest_is(self):
        self.program('bin/cmake', 'echo no such preset; exit 1')
        freshen = self.start()
        _, said = freshen.communicate(timeout=PATIENCE_SECONDS)
        self.assertEqual(freshen.returncode, 1)
        self.assertIn('no such preset\n', said)
        self.assertIn(f'building the core failed; all of it is in {self.root}/build/launcher/native.log', said)

    def build_slowly(self, line):
        """What is said on a file while a build, whose log has this line, takes two intervals of a second."""
        progress = self.root / 'presubmit/progress'
        progress.write_text(progress.read_text().replace('progress_every=15', 'progress_every=1'))
        self.program('bin/cmake', f'echo "{line}"; sleep 1.5; exit 1')
        _, said = self.start().communicate(timeout=PATIENCE_SECONDS)
        return said

    def test_counts_what_ninja_has_done_when_nobody_watches(self):
        said = self.build_slowly('[3/17] Building CXX object x.o')
        self.assertRegex(said, r'kera: building the core: 3 of 17 steps, \d+ s\n')
        self.assertNotIn('\033', said)

    def test_counts_modules_that_are_done_not_the_one_under_way(self):
        said = self.build_slowly('[INFO] Building KerA client 0.1.0-SNAPSHOT      [5/10]')
        self.assertRegex(said, r'kera: building the core: 4 of 10 modules, \d+ s\n')

    def test_says_little_before_the_interval_is_over(self):
        self.program('bin/cmake', 'echo "[1/2] x"; exit 1')
        _, said = self.start().communicate(timeout=PATIENCE_SECONDS)
        self.assertNotIn('1 of 2', said)

    def test_shows_the_command_that_failed_and_not_only_the_end(self):
        self.program('bin/cmake', 'echo "FAILED: x.o"; seq 1 50; exit 1')
        _, said = self.start().communicate(timeout=PATIENCE_SECONDS)
        self.assertIn('FAILED: x.o\n1\n', said)

    def test_says_so_where_it_cannot_build(self):
        (self.root / 'build').touch()
        freshen = self.start()
        _, said = freshen.communicate(timeout=PATIENCE_SECONDS)
        self.assertEqual(freshen.returncode, 1)
        self.assertIn(f'kera: folder={self.root}/build user=', said)
        self.assertIn('build in a copy of your own', said)

    def test_says_when_it_is_the_network_that_lacks(self):
        self.program('bin/cmake', 'exit 0')
        self.program('bin/mvn', 'echo Could not transfer artifact x; exit 1')
        freshen = self.start()
        _, said = freshen.communicate(timeout=PATIENCE_SECONDS)
        self.assertEqual(freshen.returncode, 1)
        self.assertIn('the first build needs a network', said)


if __name__ == '__main__':
    unittest.main()
