#!/usr/bin/env python3
# Runs libFuzzer programs from their committed corpora, and keeps what they find. What a run finds is in
# build/presubmit/fuzz/<target>; only an input that fails goes into the committed corpus at once.
#
#   fuzz.py [--seconds N] [--jobs N] [TARGET...]   fuzz, each target for a while
#   fuzz.py --keep [TARGET...]                     merge what the last run found into the committed corpora
import argparse
import collections
import concurrent.futures
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MINIMIZE_SECONDS = 60
FAILURES = ('crash', 'leak', 'timeout', 'oom')  # what libFuzzer calls the input of each

Outcome = collections.namedtuple('Outcome', 'name succeeded lines')


class Fuzzing:
    """The targets of one build. `run` works on threads of its own."""

    def __init__(self, root, build):
        self.root = root
        self.build = build

    def names(self):
        return (self.build / 'fuzzers.txt').read_text().split()

    def program(self, name):
        return self.build / 'bin' / name

    def corpus(self, name):
        return self.root / 'native' / 'fuzz' / 'corpus' / name

    def folder(self, name):
        return self.root / 'build' / 'presubmit' / 'fuzz' / name

    def run(self, names, seconds, jobs):
        """An Outcome of each, in their order."""
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            yield from pool.map(lambda name: self.run_one(name, seconds), names)

    def run_one(self, name, seconds):
        """From the committed corpus, into an empty folder of finds."""
        folder = self.folder(name)
        shutil.rmtree(folder, ignore_errors=True)
        (folder / 'found').mkdir(parents=True)
        status, lines = self.call(folder / 'log', self.program(name), f'-max_total_time={seconds}', '-timeout=20',
                                  '-rss_limit_mb=2048', f'-artifact_prefix={folder}/', folder / 'found', self.corpus(name))
        if status == 0:
            return Outcome(name, True, lines[-1:])
        kept = [self.keep_failure(name, path) for path in sorted(folder.iterdir()) if path.name.split('-')[0] in FAILURES]
        lines += [f'kept as {path.relative_to(self.root)}: commit it with the repair' for path in kept]
        return Outcome(name, False, lines)

    def keep_failure(self, name, path):
        """Puts an input that failed, as small as it can be, into the committed corpus; where it is now."""
        small = path.with_name(f'small-{path.name}')
        if path.name.startswith('crash-'):
            self.call(path.with_name('minimize.log'), self.program(name), '-minimize_crash=1',
                      f'-max_total_time={MINIMIZE_SECONDS}', f'-exact_artifact_path={small}', path)
        content = (small if small.exists() else path).read_bytes()
        kind = path.name.split('-')[0]
        kept = self.corpus(name) / f'{kind}_{hashlib.sha256(content).hexdigest()[:12]}'
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(content)
        return kept

    def keep_finds(self, name):
        """Adds those finds of the last run that reach what the corpus does not; their paths."""
        found = self.folder(name) / 'found'
        corpus = self.corpus(name)
        if not found.is_dir():
            return []
        before = set(corpus.iterdir())
        status, lines = self.call(self.folder(name) / 'merge.log', self.program(name), '-merge=1', corpus, found)
        if status:
            sys.exit('\n'.join([*lines[-20:], f'{name}: the finds could not be merged']))
        return sorted(set(corpus.iterdir()) - before)

    def call(self, log_path, *command):
        """(status, lines printed)"""
        with log_path.open('wb') as log:
            done = subprocess.run([str(word) for word in command], cwd=self.root, stdout=log, stderr=subprocess.STDOUT,
                                  stdin=subprocess.DEVNULL)
        return done.returncode, log_path.read_text(errors='replace').splitlines()


def main(argv, fuzzing):
    parser = argparse.ArgumentParser(prog='kera fuzz')
    parser.add_argument('--keep', action='store_true', help='merge what the last run found into the committed corpora')
    parser.add_argument('--seconds', type=int, default=60, help='time for each target')
    parser.add_argument('--jobs', type=int, default=os.cpu_count(), help='targets at once')
    parser.add_argument('targets', nargs='*')
    options = parser.parse_args(argv)
    known = fuzzing.names()
    for name in options.targets:
        if name not in known:
            parser.error(f'unknown target={name}; known: {", ".join(known)}')
    names = options.targets or known
    if options.keep:
        for name in names:
            added = fuzzing.keep_finds(name)
            print(f'{name}: {len(added)} inputs added to {fuzzing.corpus(name).relative_to(fuzzing.root)}')
        return 0
    failed = 0
    for outcome in fuzzing.run(names, options.seconds, options.jobs):
        failed += not outcome.succeeded
        print(f'{outcome.name}: {"ok" if outcome.succeeded else "FAILED"}')
        print('\n'.join(f'    {line}' for line in outcome.lines[-60:]), flush=True)
    print(f'{len(names)} targets, {options.seconds} s each, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:], Fuzzing(ROOT, ROOT / 'build' / 'asan')))
