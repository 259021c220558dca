# One step of the presubmit: its options, its log, and what the runners in it said at the end. It knows nothing about how
# progress is shown. Commands of `call_all` run side by side, all else on the caller's thread.
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / 'build'


class Failed(Exception):
    """A check said no; `failed` counts how many."""

    def __init__(self, failed=1):
        super().__init__(f'{failed} failed')
        self.failed = failed


class Step:
    """One run of one step."""

    def __init__(self, name, options, log_path):
        self.name = name
        self.seeds = options.seeds
        self.fuzz_seconds = options.fuzz_seconds
        self.log_path = log_path
        self.log = log_path.open('wb')
        self.closing_lines = []  # what the runners themselves said at the end

    def say(self, text):
        self.log.write((text + '\n').encode())
        self.log.flush()

    def call(self, *command, environment=None):
        """Runs a command into the log; True when it succeeded."""
        self.say('$ ' + shown(command))
        return run(command, self.log, environment).returncode == 0

    def call_all(self, commands, jobs=None):
        """Runs (command, environment) side by side, and writes what each printed in their order; True when all succeeded."""
        def run_apart(entry):
            with tempfile.TemporaryFile() as printed:
                done = run(entry[0], printed, entry[1])
                printed.seek(0)
                return done.returncode, printed.read()

        succeeded = True
        with concurrent.futures.ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
            for (command, _), (status, printed) in zip(commands, pool.map(run_apart, commands)):
                self.say('$ ' + shown(command))
                self.log.write(printed)
                self.log.flush()
                if status:
                    self.say(f'{shown(command)}: ended with status {status}')
                    succeeded = False
        return succeeded

    def must(self, *command, environment=None):
        if not self.call(*command, environment=environment):
            raise Failed()

    def must_all(self, *commands):
        if not self.call_all([(command, None) for command in commands]):
            raise Failed()

    def show_failed(self):
        """Repeats at the end of the log what ctest's failed tests printed last, for that end is what is shown."""
        text = self.log_path.read_text(errors='replace')
        for name, printed in re.findall(r'Test +#\d+: (\S+) \.+\*\*\*(.*?)(?=^ +Start +\d+:|^ *\d+/\d+ Test +#|\Z)',
                                        text, re.DOTALL | re.MULTILINE):
            telling = [line for line in printed.splitlines() if not re.match(r'\[ +(OK|RUN) +\]|\d{4}-\S+ level=', line)]
            self.say('\n'.join(['', f'== {name} ***{telling[0]}', *telling[1:][-40:]]))

    def keep_lines(self, pattern):
        text = self.log_path.read_text(errors='replace')
        self.closing_lines += [line for line in text.splitlines() if re.search(pattern, line)]


def shown(command):
    words = [str(word) for word in command[:12]] + ([f'... {len(command) - 12} more'] if len(command) > 12 else [])
    return ' '.join(words)


def run(command, output, environment):
    return subprocess.run([str(word) for word in command], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})


def counted(folder):
    """(passed, failed) over the JUnit reports in a folder: googletest's and Surefire's alike."""
    passed = failed = 0
    for report in folder.rglob('*.xml'):
        suite = xml.etree.ElementTree.parse(report).getroot()
        wrong = int(suite.get('failures', 0)) + int(suite.get('errors', 0))
        skipped = int(suite.get('skipped', 0)) + int(suite.get('disabled', 0))
        failed += wrong
        passed += int(suite.get('tests', 0)) - wrong - skipped
    return passed, failed


def empty_folder(path):
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
