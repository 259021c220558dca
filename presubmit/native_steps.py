# The steps that CMake, the native test programs and the tools around them do.
import os
import re
import subprocess

import fuzz
from step import BUILD, ROOT, Failed, counted, empty_folder

SANITIZER_SEEDS_MAX = 20
UNIT_SEEDS_MAX = 5


def cpp_files():
    found = [path for path in sorted((ROOT / 'native').rglob('*')) if path.suffix in ('.cpp', '.hpp', '.h')]
    return [path for path in found if 'build' not in path.relative_to(ROOT).parts]


def format_step(step):
    files = cpp_files()
    jobs = os.cpu_count()
    step.must_all(*(['clang-format-19', '--dry-run', '-Werror', *files[job::jobs]] for job in range(jobs)))
    return len(files)


def configure(step, preset):
    step.must('cmake', '--preset', preset)


def build(step, preset, *targets):
    configure(step, preset)
    chosen = ['--target', *targets] if targets else []
    step.must('cmake', '--build', '--preset', preset, '--parallel', os.cpu_count(), *chosen)


def rules_step(step):
    configure(step, 'release')
    rules = ROOT / 'native' / 'test' / 'rules'
    tests = sorted([*(ROOT / 'presubmit').glob('*_test.py'), *(ROOT / 'native' / 'bench').glob('*_test.py')])
    step.must_all(
        ['python3', '-B', rules / 'rules.py', '--root', ROOT, '--rooms', BUILD / 'release' / 'rooms.txt'],
        ['python3', '-B', '-m', 'unittest', 'discover', '-s', rules, '-p', '*_test.py'],
        *(['python3', '-B', test] for test in tests))
    return 2 + len(tests)


def build_step(step):
    build(step, 'release')
    return 1


def tidy_step(step):
    build(step, 'tidy')
    step.must('python3', '-B', ROOT / 'presubmit' / 'tidy.py', '--build', BUILD / 'tidy')
    step.keep_lines(r'^\d+ clean ')
    return int(step.closing_lines[-1].split()[0])


def run_ctest(step, preset, seeds_max):
    """All tests of a preset; counts googletest cases where there are some, and other ctest entries as one."""
    reports = empty_folder(BUILD / preset / 'reports')
    succeeded = step.call('ctest', '--preset', preset, '--parallel', os.cpu_count(), '--output-on-failure',
                          environment={'KERA_SIM_SEEDS': str(min(step.seeds, seeds_max))})
    step.keep_lines(r'tests passed, \d+ tests failed out of|^Total Test time')
    passed, failed = counted(reports)
    programs = len(list(reports.glob('*.xml')))
    others = sum(int(n) for line in step.closing_lines for n in re.findall(r'out of (\d+)', line)) - programs
    if not succeeded:
        step.show_failed()
        raise Failed(max(failed, 1))
    return passed + max(others, 0)


def unit_step(step):
    return run_ctest(step, 'release', UNIT_SEEDS_MAX)


def simulations_in(program):
    listed = subprocess.run([program, '--gtest_filter=*Simulation*', '--gtest_list_tests'], capture_output=True, text=True,
                            check=False)
    return sum(line.startswith('  ') for line in listed.stdout.splitlines())


def simulation_step(step):
    """Every test with Simulation in its name, under many seeds; a program's tests are dealt out over the processors."""
    reports = empty_folder(BUILD / 'presubmit' / f'{step.name}-reports')
    found = [(simulations_in(program), program) for program in sorted((BUILD / 'release' / 'bin').glob('*_test'))]
    commands = []
    for count, program in sorted(found, reverse=True):
        shards = min(count, 2 * os.cpu_count())
        for shard in range(shards):
            commands.append((
                [program, '--gtest_filter=*Simulation*', '--gtest_brief=1',
                 f'--gtest_output=xml:{reports}/{program.name}_{shard}.xml'],
                {'KERA_SIM_SEEDS': str(step.seeds), 'GTEST_TOTAL_SHARDS': str(shards), 'GTEST_SHARD_INDEX': str(shard)}))
    succeeded = step.call_all(commands)
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


def fuzz_step(step):
    build(step, 'asan', 'fuzzers')
    fuzzing = fuzz.Fuzzing(ROOT, BUILD / 'asan')
    names = fuzzing.names()
    failed = 0
    for outcome in fuzzing.run(names, step.fuzz_seconds, os.cpu_count()):
        step.say('\n'.join([f'== {outcome.name}', *outcome.lines]))
        failed += not outcome.succeeded
    step.closing_lines.append(f'{len(names)} targets, {step.fuzz_seconds} s each, {failed} failed')
    if failed or not names:
        raise Failed(max(failed, 1))
    return len(names)


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
