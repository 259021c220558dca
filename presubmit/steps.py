# The steps of the presubmit, in order: cheap ones first. Each returns how many checks it made, or raises Failed.
# A step writes to its own log through `Step.call`; it knows nothing about how progress is shown.
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / 'build'
SANITIZER_SEEDS_MAX = 20
UNIT_SEEDS_MAX = 5


class Failed(Exception):
    """A check said no; `failed` counts how many."""

    def __init__(self, failed=1):
        super().__init__(f'{failed} failed')
        self.failed = failed


class Step:
    """One run of one step: its options and its log."""

    def __init__(self, name, options, log_path):
        self.name = name
        self.seeds = options.seeds
        self.fuzz_seconds = options.fuzz_seconds
        self.log_path = log_path
        self.log = log_path.open('wb')
        self.closing_lines = []  # what the runners themselves said at the end

    def call(self, *command, environment=None):
        """Runs a command into the log; True when it succeeded."""
        shown = [str(word) for word in command[:12]] + ([f'... {len(command) - 12} more'] if len(command) > 12 else [])
        self.log.write(('$ ' + ' '.join(shown) + '\n').encode())
        self.log.flush()
        done = subprocess.run([str(word) for word in command], cwd=ROOT, stdout=self.log, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
        return done.returncode == 0

    def must(self, *command, environment=None):
        if not self.call(*command, environment=environment):
            raise Failed()

    def show_failed(self):
        """Repeats at the end of the log what ctest's failed tests printed last, for that end is what is shown."""
        text = self.log_path.read_text(errors='replace')
        for name, printed in re.findall(r'Test +#\d+: (\S+) \.+\*\*\*(.*?)(?=^ +Start +\d+:|^ *\d+/\d+ Test +#|\Z)',
                                        text, re.DOTALL | re.MULTILINE):
            telling = [line for line in printed.splitlines() if not re.match(r'\[ +(OK|RUN) +\]|\d{4}-\S+ level=', line)]
            self.log.write('\n'.join(['', f'== {name} ***{telling[0]}', *telling[1:][-40:], '']).encode())
        self.log.flush()

    def keep_lines(self, pattern):
        text = self.log_path.read_text(errors='replace')
        self.closing_lines += [line for line in text.splitlines() if re.search(pattern, line)]


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


def cpp_files():
    found = [path for path in sorted((ROOT / 'native').rglob('*')) if path.suffix in ('.cpp', '.hpp', '.h')]
    return [path for path in found if 'build' not in path.relative_to(ROOT).parts]


def format_step(step):
    files = cpp_files()
    step.must('clang-format-19', '--dry-run', '-Werror', *files)
    return len(files)


def configure(step, preset):
    step.must('cmake', '--preset', preset)


def build(step, preset, *targets):
    configure(step, preset)
    chosen = ['--target', *targets] if targets else []
    step.must('cmake', '--build', '--preset', preset, '--parallel', os.cpu_count(), *chosen)


def build_step(step):
    build(step, 'release')
    return 1


def tidy_step(step):
    build(step, 'asan', 'kera_codecs_generate')
    step.must('python3', '-B', ROOT / 'presubmit' / 'tidy.py', '--build', BUILD / 'asan')
    step.keep_lines(r'^\d+ clean ')
    return int(step.closing_lines[-1].split()[0])


def run_ctest(step, preset, seeds_max):
    """All tests of a preset; counts googletest cases where there are some, and other ctest entries as one."""
    reports = empty_folder(BUILD / 'presubmit' / f'{step.name}-reports')
    succeeded = step.call(
        'ctest', '--preset', preset, '--parallel', os.cpu_count(), '--output-on-failure',
        environment={'GTEST_OUTPUT': f'xml:{reports}/', 'KERA_SIM_SEEDS': str(min(step.seeds, seeds_max))})
    step.keep_lines(r'tests passed, \d+ tests failed out of|^Total Test time')
    passed, failed = counted(reports)
    programs = len(list(reports.glob('*.xml')))
    others = sum(int(n) for line in step.closing_lines for n in re.findall(r'out of (\d+)', line)) - programs
    if not succeeded:
        step.show_failed()
        raise Failed(max(failed, 1))
    return passed + max(others, 0)


def rules_step(step):
    configure(step, 'release')
    rules = ROOT / 'native' / 'test' / 'rules'
    step.must('python3', '-B', '-m', 'unittest', 'discover', '-s', rules, '-p', '*_test.py')
    step.must('python3', '-B', ROOT / 'presubmit' / 'packages_test.py')
    step.must('python3', '-B', ROOT / 'presubmit' / 'freshen_test.py')
    step.must('python3', '-B', rules / 'rules.py', '--root', ROOT, '--rooms', BUILD / 'release' / 'rooms.txt')
    return 4


def unit_step(step):
    return run_ctest(step, 'release', UNIT_SEEDS_MAX)


def simulation_step(step):
    """Every test whose suite has Simulation in its name, under many seeds."""
    reports = empty_folder(BUILD / 'presubmit' / f'{step.name}-reports')
    programs = sorted((BUILD / 'release' / 'bin').glob('*_test'))
    succeeded = True
    for program in programs:
        listed = subprocess.run([program, '--gtest_filter=*Simulation*', '--gtest_list_tests'], capture_output=True, check=False)
        if b'Simulation' in listed.stdout:
            succeeded &= step.call(
                program, '--gtest_filter=*Simulation*', '--gtest_brief=1',
                environment={'GTEST_OUTPUT': f'xml:{reports}/', 'KERA_SIM_SEEDS': str(step.seeds)})
    passed, failed = counted(reports)
    step.closing_lines.append(f'{step.seeds} seeds, {passed} simulations passed, {failed} failed')
    if not succeeded or passed == 0:
        raise Failed(max(failed, 1))
    return passed


def asan_step(step):
    build(step, 'asan')
    return run_ctest(step, 'asan', SANITIZER_SEEDS_MAX)


def tsan_step(step):
    build(step, 'tsan')
    return run_ctest(step, 'tsan', SANITIZER_SEEDS_MAX)


def fuzz_one(step, name):
    """One target from the committed corpus, growing a scratch copy; (name, succeeded, last lines)."""
    folder = BUILD / 'presubmit' / 'fuzz' / name
    found = empty_folder(folder / 'found')
    log_path = folder / 'log'
    corpus = ROOT / 'native' / 'fuzz' / 'corpus' / name
    with log_path.open('wb') as log:
        done = subprocess.run(
            [BUILD / 'fuzz' / 'bin' / name, f'-max_total_time={step.fuzz_seconds}', '-timeout=20',
             '-rss_limit_mb=2048', f'-artifact_prefix={folder}/', found, corpus],
            cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    lines = log_path.read_text(errors='replace').splitlines()
    return name, done.returncode == 0, lines if done.returncode else lines[-1:]


def fuzz_step(step):
    build(step, 'fuzz', 'fuzzers')
    names = (BUILD / 'fuzz' / 'fuzzers.txt').read_text().split()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, succeeded, lines in pool.map(lambda name: fuzz_one(step, name), names):
            step.log.write(('\n'.join([f'== {name}', *lines]) + '\n').encode())
            step.log.flush()
            failed += not succeeded
    step.closing_lines.append(f'{len(names)} targets, {step.fuzz_seconds} s each, {failed} failed')
    if failed or not names:
        raise Failed(max(failed, 1))
    return len(names)


def maven(step, *arguments):
    """Maven without the network when its cache has all, else with it."""
    options = ['-B', '-ntp', '-Dmaven.wagon.http.retryHandler.count=5']
    if step.call('mvn', '-o', *options, *arguments):
        return True
    if not re.search(r'in offline mode|system is offline', step.log_path.read_text(errors='replace')):
        return False
    return step.call('mvn', *options, *arguments)


def run_maven(step, *arguments):
    """What Maven's goals and tests say; how many tests passed."""
    for folder in ROOT.rglob('target/surefire-reports'):
        shutil.rmtree(folder)
    succeeded = maven(step, *arguments)
    step.keep_lines(r'BUILD (SUCCESS|FAILURE)|Tests run: \d+, Failures: \d+, Errors: \d+, Skipped: \d+$')
    passed = failed = 0
    for folder in ROOT.rglob('target/surefire-reports'):
        more_passed, more_failed = counted(folder)
        passed, failed = passed + more_passed, failed + more_failed
    if not succeeded:
        raise Failed(max(failed, 1))
    return passed + 1


def java_step(step):
    build(step, 'release', 'kera')
    return run_maven(step, 'verify')


def java25():
    """The java program of a JDK 25, or None."""
    homes = [os.environ.get('KERA_JAVA25_HOME', ''), *sorted(str(path) for path in pathlib.Path('/usr/lib/jvm').glob('*25*'))]
    return next((path for path in (pathlib.Path(home) / 'bin' / 'java' for home in homes if home) if path.exists()), None)


def java25_step(step):
    java = java25()
    if java is None:
        step.closing_lines.append('SKIPPED: no JDK 25 below /usr/lib/jvm, and KERA_JAVA25_HOME does not name one')
        return 0
    build(step, 'release', 'kera')
    return run_maven(step, 'test', f'-Djvm={java}')


def java_asan_step(step):
    build(step, 'asan', 'kera')
    step.must(ROOT / 'java-api' / 'test-asan')
    return 1


def torture_step(step):
    """A minute of attacks on the node that is handed out."""
    folder = ROOT / 'native' / 'test' / 'torture'
    tests = sorted(folder.glob('*_test.py'))
    for test in tests:
        step.must('python3', '-B', test)
    succeeded = step.call(ROOT / 'kera', 'torture', '--minutes', 1)
    step.keep_lines(r'^\d+ passed, \d+ failed$')
    passed, failed = map(int, re.findall(r'\d+', step.closing_lines[-1])) if step.closing_lines else (0, 1)
    if not succeeded or passed == 0:
        raise Failed(max(failed, 1))
    return passed + len(tests)


STEPS = {
    'format': (format_step, 'clang-format-19 would change nothing'),
    'rules': (rules_step, 'arrows between rooms, lengths, tidiness; what a bare machine lacks'),
    'build': (build_step, 'g++ -O3, warnings are errors'),
    'unit': (unit_step, 'every test, in the release build'),
    'simulation': (simulation_step, 'whole-system simulations under many seeds'),
    'asan': (asan_step, 'every test under AddressSanitizer and UndefinedBehaviorSanitizer'),
    'tsan': (tsan_step, 'every test under ThreadSanitizer'),
    'fuzz': (fuzz_step, 'libFuzzer on every decoder'),
    'java': (java_step, 'mvn verify: compilers and linters, layout, every test, the distribution'),
    'torture': (torture_step, 'a minute of attacks from outside on a real node'),
    'java25': (java25_step, 'every Java test again, on a JDK 25'),
    'java-asan': (java_asan_step, 'the Java client over libkera under AddressSanitizer'),
    'tidy': (tidy_step, 'clang-tidy-19 on every source but tests'),
}
