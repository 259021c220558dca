#!/usr/bin/env python3
# clang-tidy over every source of the native core. A source that passed is remembered under a hash of everything that
# could change the verdict (preprocessed text, command, configuration, tool), so that the next run looks only at what
# changed. Sources of one room are looked at together (tidy_unit.py); where that finds anything, each is looked at alone,
# and that is what counts. Tests are left out: they are compiled with every warning, and run.
#
#   tidy.py --build BUILD_FOLDER [--cache FOLDER] [--jobs N] [--together N] [FILE...]
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

import tidy_unit

TIDY = 'clang-tidy-19'
ROOT = pathlib.Path(__file__).resolve().parent.parent


class Source:
    """One source with its compile command."""

    def __init__(self, entry):
        self.path = pathlib.Path(entry['file'])
        self.folder = entry['directory']
        words = shlex.split(entry['command'])
        words = words[next(i for i, word in enumerate(words) if 'clang++' in word):]
        for flag in ('-o', '-MT', '-MF'):
            if flag in words:
                at = words.index(flag)
                del words[at:at + 2]
        self.command = [word for word in words if word not in ('-c', '-MD') and pathlib.Path(word) != self.path]
        self.key = None


class Verdicts:
    """Which sources passed, in files that are named after what was looked at. Any thread."""

    def __init__(self, folder, fixed):
        self.folder = folder
        self.fixed = fixed
        self.hashes = {}
        (folder / 'inputs').mkdir(parents=True, exist_ok=True)

    def content_hash(self, path):
        if path not in self.hashes:
            self.hashes[path] = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
        return self.hashes[path]

    def inputs_hash(self, source, inputs):
        key = hashlib.sha256(self.fixed)
        key.update('\n'.join(source.command).encode())
        for path in inputs:
            key.update(f'{path} {self.content_hash(path)}\n'.encode())
        return key.hexdigest()

    def remembers(self, source):
        """Sets the source's key. The preprocessor runs only where one of the files that it read has changed."""
        note = self.folder / 'inputs' / hashlib.sha256(str(source.path).encode()).hexdigest()
        try:
            noted = json.loads(note.read_text())
            if self.inputs_hash(source, noted['inputs']) == noted['inputs_hash']:
                source.key = noted['key']
                return (self.folder / source.key).exists()
        except (OSError, ValueError, KeyError):
            pass
        done = subprocess.run([*source.command, source.path, '-E', '-MD', '-MF', f'{note}.d'], cwd=source.folder,
                              capture_output=True, check=True)
        inputs = pathlib.Path(f'{note}.d').read_text().replace('\\\n', ' ').split(':', 1)[1].split()
        inputs = [os.path.join(source.folder, path) for path in inputs]
        os.remove(f'{note}.d')
        key = hashlib.sha256(self.fixed)
        key.update('\n'.join(source.command).encode())
        key.update(b'\n'.join(line for line in done.stdout.splitlines() if line and not line.startswith(b'#')))
        # Comments do not reach the preprocessed text, but NOLINT lives in them.
        key.update(source.path.read_bytes())
        source.key = key.hexdigest()
        note.write_text(json.dumps(
            {'inputs': inputs, 'inputs_hash': self.inputs_hash(source, inputs), 'key': source.key}))
        return (self.folder / source.key).exists()

    def remember(self, source):
        (self.folder / source.key).touch()


class Tidy:
    """One run over sources. Looks happen on several threads; all else on the caller's."""

    def __init__(self, root, build, verdicts):
        self.root = root
        self.build = build
        self.verdicts = verdicts

    def complaints(self, path, command, folder):
        """What clang-tidy says of a file; None when it is clean."""
        done = subprocess.run([TIDY, '--quiet', f'--config-file={self.root / ".clang-tidy"}', path, '--', *command[1:]],
                              cwd=folder, capture_output=True, text=True, errors='replace', check=False)
        return None if done.returncode == 0 else done.stdout + done.stderr

    def look_alone(self, source):
        return source, self.complaints(source.path, source.command, source.folder)

    def look_together(self, unit):
        """The sources of a unit that have to be looked at alone: none when all are clean."""
        number, sources = unit
        if len(sources) == 1:
            return sources
        path = self.build / 'tidy' / f'{number}.cpp'
        path.write_text(tidy_unit.text([source.path.read_text() for source in sources]))
        clean = self.complaints(path, sources[0].command, sources[0].folder) is None
        path.unlink()
        if not clean:
            return sources
        for source in sources:
            self.verdicts.remember(source)
        return []

    def run(self, sources, jobs, together):
        """(unremembered sources, complaints by source)"""
        (self.build / 'tidy').mkdir(exist_ok=True)
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            remembered = list(pool.map(self.remembers, sources))
            unknown = [source for source, known in zip(sources, remembered) if not known]
            units = tidy_unit.units(unknown, together, jobs)
            alone = []
            for number, rest in enumerate(pool.map(self.look_together, enumerate(units)), 1):
                print(f'[{number}/{len(units)}] {", ".join(source.path.name for source in units[number - 1])}', flush=True)
                alone += rest
                if len(units[number - 1]) > 1 and rest:
                    print('    does not pass together; each is looked at alone', flush=True)
            found = {}
            for number, (source, complaints) in enumerate(pool.map(self.look_alone, alone), 1):
                print(f'[{number}/{len(alone)}] {source.path.relative_to(self.root)} alone', flush=True)
                if complaints is None:
                    self.verdicts.remember(source)
                else:
                    found[source.path] = complaints
                    print(complaints, flush=True)
        return len(unknown), found

    def remembers(self, source):
        try:
            return self.verdicts.remembers(source)
        except subprocess.CalledProcessError:
            source.key = ''
            return False  # clang-tidy will say why


def sources_of(root, build):
    """The sources that are looked at, by path."""
    found = {}
    for entry in json.loads((build / 'compile_commands.json').read_text(encoding='utf-8')):
        path = pathlib.Path(entry['file'])
        ours = path.is_relative_to(root / 'native') and path.suffix == '.cpp' and path.is_file()
        if ours and not path.name.endswith('_test.cpp'):
            found[path] = Source(entry)
    return found


def main(argv, root=ROOT):
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', type=pathlib.Path, required=True)
    parser.add_argument('--cache', type=pathlib.Path, default=root / 'build' / 'tidy-cache')
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    parser.add_argument('--together', type=int, default=24)
    parser.add_argument('files', nargs='*', type=pathlib.Path)
    options = parser.parse_args(argv)
    version = subprocess.run([TIDY, '--version'], capture_output=True)
    if version.returncode != 0:
        sys.exit(f'{TIDY} does not run: {(version.stdout + version.stderr).decode(errors="replace").strip()}')
    verdicts = Verdicts(options.cache, version.stdout + (root / '.clang-tidy').read_bytes())
    chosen = sources_of(root, options.build)
    if options.files:
        wanted = {path.resolve() for path in options.files}
        chosen = {path: source for path, source in chosen.items() if path in wanted}
    sources = [source for _, source in sorted(chosen.items())]
    looked_at, found = Tidy(root, options.build, verdicts).run(sources, options.jobs, options.together)
    print(f'{len(sources) - len(found)} clean ({len(sources) - looked_at} remembered), {len(found)} with complaints')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
