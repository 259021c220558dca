#!/usr/bin/env python3
# Says which row of the benchmarks moved beyond noise, against another commit's build or the committed baseline.
#
#   check.py [--against COMMIT] [--only CASE]... [--rounds N] [--folder DIR]
#   check.py --record [--only CASE]... [--rounds N]     writes baseline.json, or those rows of it
#
# Ends with 1 when a row is slower, with 2 when nothing can be compared. README.md says what is honest about it.
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BASELINE = pathlib.Path(__file__).resolve().parent / 'baseline.json'
CHANGE_MIN = 0.05  # what is less is not worth a word, however sure it is
ROUNDS_OF_PROGRAM = '3'


def more_is_better(unit):
    return unit.endswith('/s')


def verdict(before, now, unit):
    """slower, faster or same. Moved is what changed by more than CHANGE_MIN and where no round of one side lies among the
    rounds of the other."""
    if not before or not now:
        return 'same'
    worse = statistics.median(now) / statistics.median(before) - 1 if statistics.median(before) else 0.0
    if more_is_better(unit):
        worse = -worse
    apart = max(before) < min(now) or max(now) < min(before)
    if not apart or abs(worse) <= CHANGE_MIN:
        return 'same'
    return 'slower' if worse > 0 else 'faster'


def machine_of(description):
    """What has to be the same for figures to be compared: processors and their model, without the clock of the moment."""
    return description.split(' at ')[0]


class Build:
    """A kera_bench, and how it is asked for one sample of each row of a case."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.machine = ''

    def cases(self):
        return subprocess.run([self.program, '--list'], capture_output=True, text=True, check=True).stdout.split()

    def sample(self, case):
        """Row name -> (unit, value): the ratio to the machine's limit where there is one, for both are of the same seconds. The unit
        names the limit: a row whose limit is another one than before is new."""
        with tempfile.TemporaryDirectory() as scratch:
            file = pathlib.Path(scratch) / 'rows.json'
            done = subprocess.run([self.program, '--only', case, '--rounds', ROUNDS_OF_PROGRAM, '--json', file,
                                   '--folder', self.folder], capture_output=True, text=True, check=False)
            if not file.exists():
                sys.exit(f'{case}: {done.stderr.strip()}')
            self.machine = done.stdout.splitlines()[0]
            rows = json.loads(file.read_text())
        found = {}
        for row in rows:
            if row['conditions'].startswith('failed: '):
                sys.exit(f'{row["name"]}: {row["conditions"]}')
            if row['ratio'] is not None:
                found[row['name']] = (f'{row["unit"]} / {row.get("limit_name", "limit")}', row['ratio'])
            elif row['ours'] is not None:
                found[row['name']] = (row['unit'], row['ours']['median'])
        return found


class Samples:
    """The values of each row, in the order of the table."""

    def __init__(self):
        self.units = {}
        self.values = {}

    def add(self, found):
        for name, (unit, value) in found.items():
            self.units[name] = unit
            self.values.setdefault(name, []).append(value)

    def unit(self, name):
        return self.units[name].split(' / ')[0]


def race(case, builds, rounds):
    """Samples of each build, which take turns, so that what changes on the machine changes for all."""
    samples = [Samples() for _ in builds]
    for number in range(rounds):
        order = list(zip(builds, samples))
        for build, taken in order if number % 2 == 0 else reversed(order):
            taken.add(build.sample(case))
    return samples


class Comparison:
    """Rows before and now. A row that looks slower is raced again, and counts only when it is slower again."""

    def __init__(self):
        self.lines = []
        self.slower = []

    def add(self, before, now, race_again):
        """race_again() -> (before, now) once more; called at most once."""
        again = None
        for name, values in now.values.items():
            known = before.values.get(name, [])
            if known and before.units[name] != now.units[name]:
                known = []
            said = verdict(known, values, now.unit(name)) if known else 'new'
            if said == 'slower':
                again = again or race_again()
                if verdict(again[0].values.get(name, []), again[1].values.get(name, []), now.unit(name)) != 'slower':
                    said = 'same'
            if said == 'slower':
                self.slower.append(name)
            self.lines.append(line(name, now.units[name], known, values, said))
            print(self.lines[-1], file=sys.stderr, flush=True)

    def text(self):
        return '\n'.join(['| name | unit | before (min to max) | now (min to max) | change | |', '|---|---|---|---|---|---|',
                          *self.lines])


def number(value):
    size = abs(value)
    return f'{value:.{0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 10 else 3}f}'


def spread(values):
    if not values:
        return ''
    return f'{number(statistics.median(values))} ({number(min(values))} to {number(max(values))})'


def line(name, unit, before, now, said):
    change = ''
    if before and statistics.median(before):
        change = f'{100 * (statistics.median(now) / statistics.median(before) - 1):+.1f} %'
    return f'| {name} | {unit} | {spread(before)} | {spread(now)} | {change} | {said} |'


def build_of(root):
    """The kera_bench of a checkout."""
    log_path = ROOT / 'build' / 'bench-check.log'
    log_path.parent.mkdir(exist_ok=True)
    with log_path.open('wb') as log:
        for command in (['cmake', '--preset', 'release'], ['cmake', '--build', '--preset', 'release', '--target', 'kera_bench']):
            if subprocess.run(command, cwd=root, stdout=log, stderr=subprocess.STDOUT, check=False).returncode:
                sys.exit(log_path.read_text(errors='replace')[-3000:])
    return root / 'build' / 'release' / 'bin' / 'kera_bench'


def checkout_of(commit):
    """A work tree of a commit, kept below build/against for the next time."""
    named = subprocess.run(['git', 'rev-parse', '--verify', f'{commit}^{{commit}}'], cwd=ROOT, capture_output=True, text=True,
                           check=False)
    if named.returncode:
        sys.exit(f'--against {commit}: {named.stderr.strip()}')
    path = ROOT / 'build' / 'against' / named.stdout.strip()
    if not path.exists():
        subprocess.run(['git', 'worktree', 'prune'], cwd=ROOT, check=True)
        subprocess.run(['git', 'worktree', 'add', '-q', '--detach', path, named.stdout.strip()], cwd=ROOT, check=True)
    return path


def chosen_cases(options, build):
    known = build.cases()
    for case in options.only:
        if case not in known:
            sys.exit(f'unknown case={case}; known: {", ".join(known)}')
    return [case for case in known if case != 'limits' and (not options.only or case in options.only)]


def check_against(options, now):
    before = Build(build_of(checkout_of(options.against)), options.folder)
    known = set(before.cases())
    comparison = Comparison()
    for case in chosen_cases(options, now):
        if case in known:
            comparison.add(*race(case, [before, now], options.rounds),
                           lambda case=case: race(case, [before, now], options.rounds))
        else:
            print(f'{case}: {options.against} does not have it', file=sys.stderr)
    return comparison


def baseline_samples(baseline):
    samples = Samples()
    for name, row in baseline['rows'].items():
        samples.units[name] = row['unit']
        samples.values[name] = row['samples']
    return samples


def check_baseline(options, now):
    if not BASELINE.exists():
        print(f'{BASELINE} is not there. Write it with --record, or compare with a build: --against COMMIT.', file=sys.stderr)
        sys.exit(2)
    baseline = json.loads(BASELINE.read_text())
    before = baseline_samples(baseline)
    comparison = Comparison()
    for case in chosen_cases(options, now):
        samples = race(case, [now], options.rounds)[0]
        if machine_of(now.machine) != machine_of(baseline['machine']):
            print(f'The baseline is of another machine. Compare with a build: --against COMMIT.\n'
                  f'  baseline: {baseline["machine"]}\n  here:     {now.machine}', file=sys.stderr)
            sys.exit(2)
        comparison.add(before, samples, lambda case=case: (before, race(case, [now], options.rounds)[0]))
    return comparison


def record(options, now):
    """Rows that are not measured stay as they are."""
    rows = json.loads(BASELINE.read_text())['rows'] if options.only and BASELINE.exists() else {}
    for case in chosen_cases(options, now):
        samples = race(case, [now], options.rounds)[0]
        for name, values in samples.values.items():
            rows[name] = {'unit': samples.units[name], 'samples': [float(f'{value:.4g}') for value in values]}
            print(line(name, samples.units[name], [], values, ''), file=sys.stderr, flush=True)
    BASELINE.write_text(baseline_text(now.machine, rows))


def baseline_text(machine, rows):
    lines = [f'    {json.dumps(name)}: {json.dumps(row)}' for name, row in rows.items()]
    return '{\n  "machine": ' + json.dumps(machine) + ',\n  "rows": {\n' + ',\n'.join(lines) + '\n  }\n}\n'


def main(argv):
    parser = argparse.ArgumentParser(prog='kera bench check')
    parser.add_argument('--against', default='', metavar='COMMIT', help='race the build of that commit, not the baseline')
    parser.add_argument('--only', action='append', default=[], metavar='CASE')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--folder', type=pathlib.Path, default=ROOT / 'build', help='where cases write to disk')
    parser.add_argument('--record', action='store_true', help='write the baseline')
    options = parser.parse_args(argv)
    if options.rounds < 3:
        parser.error('--rounds is at least 3: fewer rounds are no measure of noise')
    now = Build(build_of(ROOT), options.folder)
    if options.record:
        record(options, now)
        return 0
    comparison = check_against(options, now) if options.against else check_baseline(options, now)
    print(comparison.text())
    if comparison.slower:
        print(f'\nslower beyond noise: {", ".join(comparison.slower)}')
        return 1
    print('\nno row is slower beyond noise')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
