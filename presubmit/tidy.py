#!/usr/bin/env python3
# clang-tidy over every source of the native core, a few at a time. A file that passed is remembered under a hash
# of everything that could change the verdict (preprocessed text, command, configuration, tool), so that the next
# run looks only at what changed. Tests are left out: they are compiled with every warning, and run.
#
#   tidy.py --build BUILD_FOLDER [--cache FOLDER] [--jobs N] [FILE...]
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

TIDY = 'clang-tidy-19'
ROOT = pathlib.Path(__file__).resolve().parent.parent


def commands(build_folder):
    """Source path -> compile command, of the sources that are looked at."""
    chosen = {}
    for entry in json.loads((build_folder / 'compile_commands.json').read_text(encoding='utf-8')):
        path = pathlib.Path(entry['file'])
        ours = path.is_relative_to(ROOT / 'native') and path.suffix == '.cpp' and path.is_file()
        if ours and not path.name.endswith('_test.cpp'):
            chosen[path] = entry
    return chosen


def preprocessed(entry):
    words = shlex.split(entry['command'])
    compiler = next(i for i, word in enumerate(words) if 'clang++' in word)
    words = words[compiler:]
    for flag in ('-o', '-MT', '-MF'):
        if flag in words:
            at = words.index(flag)
            del words[at:at + 2]
    words = [word for word in words if word not in ('-c', '-MD')]
    done = subprocess.run([*words, '-E', '-P'], cwd=entry['directory'], capture_output=True, check=True)
    return done.stdout, words


def verdict_key(entry, fixed):
    text, words = preprocessed(entry)
    key = hashlib.sha256(fixed)
    key.update(' '.join(words).encode())
    key.update(text)
    # Comments do not reach the preprocessed text, but NOLINT lives in them.
    key.update(pathlib.Path(entry['file']).read_bytes())
    return key.hexdigest()


def look(path, entry, build_folder, cache_folder, fixed):
    """(path, complaints or None when clean, whether it was remembered)"""
    try:
        key = verdict_key(entry, fixed)
    except subprocess.CalledProcessError as failed:
        return path, failed.stderr.decode(errors='replace'), False
    seen = cache_folder / key
    if seen.exists():
        seen.touch()
        return path, None, True
    done = subprocess.run([TIDY, '--quiet', '-p', str(build_folder), str(path)], capture_output=True, text=True)
    if done.returncode != 0:
        return path, done.stdout + done.stderr, False
    seen.touch()
    return path, None, False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', type=pathlib.Path, required=True)
    parser.add_argument('--cache', type=pathlib.Path, default=ROOT / 'build' / 'tidy-cache')
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    parser.add_argument('files', nargs='*', type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, '--version'], capture_output=True)
    if version.returncode != 0:
        sys.exit(f'{TIDY} does not run: {(version.stdout + version.stderr).decode(errors="replace").strip()}')
    fixed = version.stdout + (ROOT / '.clang-tidy').read_bytes()
    chosen = commands(arguments.build)
    if arguments.files:
        wanted = {path.resolve() for path in arguments.files}
        chosen = {path: entry for path, entry in chosen.items() if path in wanted}

    clean = dirty = remembered = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        looks = [pool.submit(look, path, entry, arguments.build, arguments.cache, fixed)
                 for path, entry in sorted(chosen.items())]
        for number, future in enumerate(concurrent.futures.as_completed(looks), 1):
            path, complaints, was_remembered = future.result()
            remembered += was_remembered
            clean += complaints is None
            dirty += complaints is not None
            print(f'[{number}/{len(looks)}] {path.relative_to(ROOT)}{" (remembered)" if was_remembered else ""}', flush=True)
            if complaints is not None:
                print(complaints, flush=True)
    print(f'{clean} clean ({remembered} remembered), {dirty} with complaints')
    return 1 if dirty else 0


if __name__ == '__main__':
    sys.exit(main())
