#!/usr/bin/env python3
# Tests of `packages` against a pretended Debian: programs of these names in front of the real ones say what is
# installed and who asks. Nothing is installed.
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

PACKAGES = pathlib.Path(__file__).resolve().parent / 'packages'


class PackagesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bin = pathlib.Path(folder.name)
        self.pretend('javac', 'echo javac 17.0.1')
        self.pretend('apt-get', f'echo "$@" >>{self.bin}/asked')

    def pretend(self, program, script):
        path = self.bin / program
        path.write_text(f'#!/bin/sh\n{script}\n')
        path.chmod(0o755)

    def pretend_installed(self, known, installed):
        """dpkg-query fails when one of the names is not among those that it has ever heard of."""
        self.pretend('dpkg-query', f"""
            shift 3
            for name in "$@"; do
                case " {' '.join(installed)} " in *" $name "*) echo "installed $name"; continue ;; esac
                case " {' '.join(known)} " in *" $name "*) echo "not-installed $name"; continue ;; esac
                echo "dpkg-query: no packages found matching $name" >&2; status=1
            done
            exit ${{status:-0}}""")

    def run_packages(self, uid, purpose='bench', path=None):
        self.pretend('id', f'echo {uid}')
        path = path or f'{self.bin}:{os.environ["PATH"]}'
        return subprocess.run([PACKAGES, purpose], capture_output=True, text=True, check=False,
                              env={**os.environ, 'JAVA_HOME': '', 'PATH': path})

    def asked(self):
        path = self.bin / 'asked'
        return path.read_text() if path.exists() else ''

    def test_says_nothing_where_all_is_installed(self):
        self.pretend_installed(known=[], installed=['fio'])
        done = self.run_packages(uid=0)
        self.assertEqual((done.returncode, done.stdout, done.stderr, self.asked()), (0, '', '', ''))

    def test_installs_what_debian_has_never_heard_of(self):
        self.pretend_installed(known=[], installed=[])
        done = self.run_packages(uid=0)
        self.assertEqual((done.returncode, done.stdout), (0, 'installing missing packages: fio\n'))
        self.assertIn('install -q -y --no-install-recommends fio', self.asked())

    def test_installs_what_was_removed(self):
        self.pretend_installed(known=['fio'], installed=[])
        self.assertEqual(self.run_packages(uid=0).returncode, 0)
        self.assertIn('fio', self.asked())

    def test_prints_the_command_for_who_is_not_root(self):
        self.pretend_installed(known=[], installed=[])
        done = self.run_packages(uid=1000)
        self.assertEqual(done.returncode, 2)
        self.assertIn('sudo apt-get install -y --no-install-recommends fio\n', done.stderr)
        self.assertEqual(self.asked(), '')

    def test_needs_for_a_check_of_everything_what_pages_need(self):
        self.pretend_installed(known=[], installed=[])
        for purpose in ('docs', 'build'):
            self.assertIn(' doxygen', self.run_packages(uid=1000, purpose=purpose).stderr, purpose)

    def test_needs_for_a_race_what_every_contestant_needs(self):
        self.pretend_installed(known=[], installed=[])
        asked = self.run_packages(uid=1000, purpose='compare').stderr
        for package in (' librdkafka-dev', ' g++', ' stress-ng'):
            self.assertIn(package, asked)

    def test_needs_go_for_nats_where_there_is_none(self):
        self.pretend_installed(known=[], installed=[])
        self.pretend('go', 'exit 0')
        self.assertEqual(self.run_packages(uid=1000, purpose='nats').returncode, 0)
        (self.bin / 'go').unlink()
        for program in ('bash', 'sed', 'mktemp', 'env'):
            (self.bin / program).symlink_to(shutil.which(program))
        done = self.run_packages(uid=1000, purpose='nats', path=str(self.bin))
        self.assertIn(' golang-go\n', done.stderr)

    def test_needs_a_jdk_where_there_is_none(self):
        self.pretend('javac', 'exit 127')
        self.pretend_installed(known=[], installed=[])
        done = self.run_packages(uid=1000, purpose='run')
        self.assertEqual(done.returncode, 2)
        self.assertIn('openjdk-17-jdk-headless', done.stderr)


if __name__ == '__main__':
    unittest.main()
