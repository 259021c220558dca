#!/usr/bin/env python3
# `./kera coverage`: runs every test with counters in the code, and prints how many lines of each room the tests reach.
# Native: clang's counters in a build of their own. Java: JaCoCo's agent in the tests' virtual machines. Programs that
# tests start and kill write no counts. Single thread.
#
#   coverage.py [native] [java] [--files]      both when none is named; --files prints each file, the least covered first
import argparse
import collections
import csv
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEEDS = 20
FOLDER = ROOT / 'build' / 'coverage-report'
GENERATED = re.compile(r'kera\.codec\.|.*\.jmh_generated$')
JACOCO = 'org.jacoco:jacoco-maven-plugin:0.8.15'

Lines = collections.namedtuple('Lines', 'room file covered count')


def must(*command, environment=None):
    """Runs a command into two logs; ends with what it printed last when it fails. Returns the log of its standard output."""
    log_path = FOLDER / 'log'
    warnings_path = FOLDER / 'warnings'
    print('$ ' + ' '.join(str(word) for word in command[:8]), file=sys.stderr, flush=True)
    with log_path.open('wb') as log, warnings_path.open('wb') as warnings:
        done = subprocess.run([str(word) for word in command], cwd=ROOT, stdout=log, stderr=warnings,
                              stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})}, check=False)
    if done.returncode:
        said = [line for path in (log_path, warnings_path) for line in path.read_text(errors='replace').splitlines()[-30:]]
        sys.exit('\n'.join(said) + f'\nlogs: {log_path}, {warnings_path}')
    return log_path


def native_room(path):
    """native/src/<room>[/<sub-room>] of a source of the product; None for tests, fixtures and what is not ours."""
    found = re.match(r'native/src/(\w+(?:/\w+)?)/[^/]+$|native/src/(\w+)/', path)
    if not found or re.search(r'_(test|fuzz)\.cpp$|/testing/', path):
        return None
    return found.group(1) or found.group(2)


def native_lines(export):
    """Of what `llvm-cov export -summary-only` says."""
    for file in export['data'][0]['files']:
        path = os.path.relpath(file['filename'], ROOT)
        room = native_room(path)
        if room:
            lines = file['summary']['lines']
            yield Lines(room, path, lines['covered'], lines['count'])


def measure_native():
    build = ROOT / 'build' / 'coverage'
    counts = FOLDER / 'counts'
    subprocess.run(['rm', '-rf', counts], check=True)
    must('cmake', '--preset', 'coverage')
    must('cmake', '--build', '--preset', 'coverage', '--parallel', os.cpu_count())
    # As many seeds as in the other builds that are slower than what is handed out.
    # %m: one file for each program, which its processes add to.
    must('ctest', '--preset', 'coverage', '--parallel', os.cpu_count(), '--output-on-failure',
         environment={'LLVM_PROFILE_FILE': f'{counts}/%m.profraw', 'KERA_SIM_SEEDS': str(SEEDS)})
    merged = FOLDER / 'native.profdata'
    must('llvm-profdata-19', 'merge', '-sparse', '-o', merged, *sorted(counts.glob('*.profraw')))
    programs = sorted(path for path in (build / 'bin').iterdir() if path.is_file())
    objects = [word for path in programs[1:] for word in ('-object', path)]
    log = must('llvm-cov-19', 'export', '-summary-only', f'-instr-profile={merged}', programs[0], *objects)
    return list(native_lines(json.loads(log.read_text())))


def java_lines(table, module):
    """Of a module's jacoco.csv."""
    for row in csv.DictReader(table):
        if GENERATED.match(row['PACKAGE']):
            continue
        missed, covered = int(row['LINE_MISSED']), int(row['LINE_COVERED'])
        package = row['PACKAGE'].replace('.', '/')
        yield Lines(f'{module} {row["PACKAGE"]}', f'{package}/{row["CLASS"].split(".")[0]}', covered, covered + missed)


def measure_java():
    counts = FOLDER / 'java.exec'
    counts.unlink(missing_ok=True)
    must('cmake', '--preset', 'release')
    must('cmake', '--build', '--preset', 'release', '--target', 'kera', '--parallel', os.cpu_count())
    maven = ['mvn', '-B', '-ntp', f'-Djacoco.destFile={counts}', f'-Djacoco.dataFile={counts}']
    must(*maven, f'{JACOCO}:prepare-agent', 'test', '-Djacoco.propertyName=kera.test.agent')
    # After all tests: those of later modules reach lines of earlier ones.
    must(*maven, f'{JACOCO}:report')
    found = []
    for path in sorted(ROOT.rglob('target/site/jacoco/jacoco.csv')):
        with path.open(newline='') as table:
            found += java_lines(table, path.parts[path.parts.index('target') - 1])
    return found


def percent(covered, count):
    return f'{100 * covered / count:.1f} %' if count else '-'


def by_room(lines):
    rooms = {}
    for of_file in lines:
        covered, count = rooms.get(of_file.room, (0, 0))
        rooms[of_file.room] = (covered + of_file.covered, count + of_file.count)
    return sorted(rooms.items())


def table(title, lines):
    rows = by_room(lines)
    total = (sum(covered for _, (covered, _) in rows), sum(count for _, (_, count) in rows))
    width = max(len(name) for name in [title, 'total', *(name for name, _ in rows)])
    text = [f'{title:{width}s} {"lines":>7s} {"reached":>8s}']
    for name, (covered, count) in [*rows, ('total', total)]:
        text.append(f'{name:{width}s} {count:>7d} {percent(covered, count):>8s}')
    return '\n'.join(text)


def files_text(lines):
    files = {}
    for of_file in lines:
        covered, count = files.get(of_file.file, (0, 0))
        files[of_file.file] = (covered + of_file.covered, count + of_file.count)
    least_first = sorted((covered / count, file, covered, count) for file, (covered, count) in files.items() if count)
    return '\n'.join(f'{percent(covered, count):>8s} of {count:>4d}  {file}' for _, file, covered, count in least_first)


def main(argv):
    parser = argparse.ArgumentParser(prog='kera coverage')
    parser.add_argument('--files', action='store_true', help='each file, too, the least covered first')
    parser.add_argument('parts', nargs='*', metavar='native|java')
    options = parser.parse_args(argv)
    measures = {'native': measure_native, 'java': measure_java}
    for part in options.parts:
        if part not in measures:
            parser.error(f'unknown part={part}; known: {", ".join(measures)}')
    FOLDER.mkdir(parents=True, exist_ok=True)
    for part in options.parts or measures:
        lines = measures[part]()
        print('\n' + table(part, lines))
        if options.files:
            print('\n' + files_text(lines))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
