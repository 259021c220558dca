#!/usr/bin/env python3
# The rules of the code as a test: which room may include which (rooms.py), how long a file, a function and a class
# (classes.py) may be, how full a Java package (packages.py), what must not be written at all, and whether pages are true
# (pages.py). It reads the table of rooms that CMake wrote, so the two cannot differ.
#
#   rules.py --root CHECKOUT --rooms BUILD/rooms.txt
import argparse
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import classes
import cpp_text
import packages
import pages
import rooms as rooms_of_house

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
CPP_ENDINGS = {'.cpp', '.hpp', '.h'}
TEXT_ENDINGS = CPP_ENDINGS | {'.py', '.java', '.xml', '.md', '.txt', '.cmake', '.json', '.yml', '.yaml', '.sh'}
SKIPPED_FOLDERS = {'.git', 'build', 'target', '.cache', '__pycache__', '.venv', 'corpus'}

# (rule, pattern over code without comments and literals, files it does not apply to, what to do instead)
FORBIDDEN = [
    ('memcpy', re.compile(r'\b(?:__builtin_)?mem(?:cpy|move)\s*\('),
     re.compile(r'^native/src/base/(?:crc/copy_crc|bytes)'),
     'copy through base/crc/copy_crc or base/bytes'),
    ('allocation', re.compile(r'\bnew\s+[A-Za-z_:]|\b(?:malloc|calloc|realloc|aligned_alloc|posix_memalign)\s*\('
                              r'|(?<!=)\s\bdelete\s+[A-Za-z_]|\bdelete\s*\[\]'),
     re.compile(r'^native/src/memory/'),
     'own memory by type: std::make_unique, a container, or the arena'),
    ('codec-string', re.compile(r'\bget\w+As(?:JsonEscaped)?String\s*\('),
     re.compile(r'^$'),
     'getXAsStringView: SBE copies the bytes of a string before it checks the length'),
    ('sleep', re.compile(r'\b(?:sleep_for|sleep_until|usleep|nanosleep)\b'),
     re.compile(r'^native/(?:src/base|bench)/'),
     'be handed a Clock'),
    ('clock', re.compile(r'_clock::now\s*\(|\bclock_gettime\s*\(|\bgettimeofday\s*\('),
     re.compile(r'^native/(?:src/base|bench)/'),
     'be handed a Clock'),
    ('random', re.compile(r'\brandom_device\b|\bs?rand\s*\(|\bmt19937'),
     re.compile(r'^native/(?:src/base|bench)/'),
     'be handed a Random'),
    ('fixed-mapping', re.compile(r'\bMAP_FIXED\b'),
     re.compile(r'^$'),
     'MAP_FIXED_NOREPLACE: the other one, also when it fails, unmaps memory of other threads'),
]
# `new` whose owner is named in the same expression, and objects that are never destroyed on purpose.
OWNED_NEW = re.compile(r'unique_ptr<[^;{}()]*>\s*(?:\w+\s*)?[({]\s*new\b|\bstatic\s+auto\s*\*\s*\w+\s*=\s*new\b')
TESTS_MAY = {'memcpy'}
VAGUE_NAME = re.compile(r'(?:^|_)(?:utils?|common|helpers?|manager|impl2?|misc|stuff)(?:_|\.|$)')
UNFINISHED = re.compile(r'\b(?:TO' r'DO|FIX' r'ME|X' r'XX)\b')


def header_of(path):
    return re.sub(r'(?:_(?:test|fuzz|setup))?\.cpp$', '.hpp', path)


def check_cpp(path, text, rooms, headers=frozenset()):
    name = path.rsplit('/', 1)[-1]
    # A source whose header stands beside it is explained there.
    if not re.match(r'\s*(//|/\*)', text) and header_of(path) not in headers - {path}:
        yield 'opening', 1, 'open with a comment: purpose, thread, ownership, invariants'
    if not name.endswith('.cpp') and '#pragma once' not in text:
        yield 'pragma-once', 1, 'headers have #pragma once'
    if name.endswith('.h') and not path.startswith('native/include/'):
        yield 'name', 1, 'headers are .hpp; .h is for the C ABI in native/include'
    if not re.fullmatch(r'[a-z0-9_]+\.(?:cpp|hpp|h)', name):
        yield 'name', 1, 'file names are snake_case'
    if VAGUE_NAME.search(name):
        yield 'name', 1, 'a file is a noun that says what is in it'
    yield from rooms_of_house.check_includes(path, text, rooms)

    code = OWNED_NEW.sub(cpp_text.blank, cpp_text.code_only(text))
    is_test = bool(rooms_of_house.TEST_SOURCE.search(path))
    for number, line in enumerate(code.splitlines(), 1):
        for rule, pattern, where_allowed, instead in FORBIDDEN:
            if where_allowed.search(path) or (is_test and rule in TESTS_MAY):
                continue
            if pattern.search(line):
                yield rule, number, instead
    for head, first, last in cpp_text.functions(code):
        if last - first + 1 > FUNCTION_LINES_MAX:
            short = head if len(head) <= 60 else '...' + head[-57:]
            yield 'function-length', first, f'{last - first + 1} lines, limit {FUNCTION_LINES_MAX}: {short}'


def check_text(path, text):
    lines = text.splitlines()
    limited = path.rsplit('.', 1)[-1] in {'cpp', 'hpp', 'h', 'py', 'java', 'cmake'}
    if limited and len(lines) > FILE_LINES_MAX:
        yield 'file-length', FILE_LINES_MAX, f'{len(lines)} lines, limit {FILE_LINES_MAX}: a noun is missing'
    if text and not text.endswith('\n'):
        yield 'text', len(lines), 'end the file with a newline'
    for number, line in enumerate(lines, 1):
        if '\t' in line or '\r' in line:
            yield 'text', number, 'no tabs, no carriage returns'
        if line != line.rstrip():
            yield 'text', number, 'no trailing white space'
        if re.match(r'(?:<{7}|>{7})\s', line):
            yield 'text', number, 'merge marker'
        if UNFINISHED.search(line):
            yield 'unfinished', number, 'finish it, or file an issue'


def files_of(root):
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(set(subfolders) - SKIPPED_FOLDERS)
        for name in sorted(names):
            path = pathlib.Path(folder) / name
            if path.suffix in TEXT_ENDINGS and path.is_file():
                yield path.relative_to(root).as_posix(), path.read_text(encoding='utf-8')


def check_pages(root, files):
    sources = [(path, text) for path, text in files if path.endswith(('_test.cpp', '.hpp', '.java'))]
    tests = pages.tests_in(sources, [path for path, _ in files])
    for path, text in files:
        if path.endswith('.md'):
            for found in pages.check_page(root, path, text, tests):
                yield (path, *found)
    yield from pages.check_pictures(root)


def is_cpp(path):
    return path.startswith('native/') and '.' + path.rsplit('.', 1)[-1] in CPP_ENDINGS


def violations(root, rooms):
    """(path, rule, line, what) of everything that breaks a rule, without looking at exceptions."""
    files = list(files_of(root))
    headers = {path for path, _ in files if path.endswith('.hpp')}
    cpp = [(path, text) for path, text in files if is_cpp(path)]
    for path, text in files:
        for found in check_text(path, text):
            yield (path, *found)
    for path, text in cpp:
        for found in check_cpp(path, text, rooms, headers):
            yield (path, *found)
    yield from check_pages(root, files)
    yield from classes.check_classes(cpp)
    yield from packages.check_packages(path for path, _ in files)
    yield from rooms_of_house.check_tables(cpp, rooms)
    yield from rooms_of_house.check_folders(root, cpp, rooms)


def read_exceptions(text):
    """(rule, path) -> reason; a line is `rule path reason...`."""
    exceptions = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith('#'):
            rule, path, reason = line.split(None, 2)
            exceptions[(rule, path)] = reason
    return exceptions


def check_tree(root, rooms, exceptions):
    """Readable complaints; an exception that excuses nothing is a complaint too."""
    complaints, used = [], set()
    for path, rule, line, what in violations(root, rooms):
        if (rule, path) in exceptions:
            used.add((rule, path))
        else:
            complaints.append(f'{path}:{line}: {rule}: {what}')
    for rule, path in exceptions:
        if (rule, path) not in used:
            complaints.append(f'exceptions.txt: {rule} {path}: excuses nothing; remove the line')
    return complaints


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--root', type=pathlib.Path, required=True)
    parser.add_argument('--rooms', type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    exceptions = read_exceptions((pathlib.Path(__file__).parent / 'exceptions.txt').read_text(encoding='utf-8'))
    rooms = rooms_of_house.Rooms(arguments.rooms.read_text(encoding='utf-8'))
    complaints = check_tree(arguments.root.resolve(), rooms, exceptions)
    for complaint in complaints:
        print(complaint)
    print(f'{len(complaints)} complaints, {len(exceptions)} exceptions')
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
