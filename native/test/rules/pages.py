# Whether the pages are true as far as a machine can tell: links lead somewhere, tests and files that are named exist,
# pictures are those of their sources, prose is at most 100 columns wide (native/test/rules/wrap.py makes it so).
import hashlib
import pathlib
import re

import wrap

LINK = re.compile(r'\[[^\]]*\]\(([^)\s]+)\)')
NAMED_TEST = re.compile(r'`(\w+(?:_test|Test))`')
# A path from the checkout's root, such as `native/src/base`; `native/src/<room>/x.cpp` is a pattern, and names no file.
NAMED_FILE = re.compile(r'`((?:native|java-api|sbe-schemas|presubmit|docs|deploy)/[\w./-]+)`')
PATTERN_PART = re.compile(r'(?:^|/)x(?:_|\.|/|$)')
SUITE = re.compile(r'\bTEST(?:_F|_P)?\((\w+),|\bclass (\w+Test)\b')


def tests_in(files, names):
    """Every name by which a page may call a test: suites, Java classes, programs, and files without their ending."""
    found = {'system_test'}
    for path, text in files:
        for suite in SUITE.findall(text):
            found.update(name for name in suite if name)
    for path in names:
        found.add(pathlib.PurePosixPath(path).stem)
        if path.startswith('native/src/'):
            found.add(path.split('/')[2] + '_test')
    return found


def check_page(root, path, text, tests):
    """(rule, line, what) of one page."""
    prose = wrap.without_fences(text)
    for number, line in enumerate(prose.splitlines(), 1):
        for target in LINK.findall(line):
            plain = target.split('#')[0]
            if plain and '://' not in target and not target.startswith('mailto:'):
                if not (root / path).parent.joinpath(plain).exists():
                    yield 'link', number, f'{target} is not there'
        for name in NAMED_TEST.findall(line):
            if name not in tests:
                yield 'link', number, f'there is no test {name}'
        for name in NAMED_FILE.findall(line):
            if not PATTERN_PART.search(name) and not (root / name).exists():
                yield 'link', number, f'there is no file {name}'
    if wrap.wrapped(text) != text:
        first = next((number for number, (is_, should) in enumerate(
            zip(text.splitlines(), wrap.wrapped(text).splitlines()), 1) if is_ != should), 1)
        yield 'columns', first, f'prose is wrapped at {wrap.COLUMNS} columns: ./kera format'


def mark_of(source):
    return f'<!-- drawn from a source with SHA-256 {hashlib.sha256(source.encode()).hexdigest()} -->'


def check_pictures(root):
    docs = root / 'docs'
    table = root / 'native' / 'CMakeLists.txt'
    for source in sorted(docs.glob('*.dot')):
        text = source.read_text(encoding='utf-8')
        where = source.relative_to(root).as_posix()
        if source.name == 'rooms.dot' and text != rooms_picture(table.read_text(encoding='utf-8')):
            yield where, 'picture', 1, 'shows other rooms than native/CMakeLists.txt: docs/draw'
        drawn = source.with_suffix('.svg')
        if not drawn.is_file() or mark_of(text) not in drawn.read_text(encoding='utf-8'):
            yield where, 'picture', 1, 'its SVG is missing or old: docs/draw'


def table_of(cmake):
    """(rooms, sub-rooms) as native/CMakeLists.txt declares them."""
    rooms, subs = {}, {}
    for room, arguments in re.findall(r'^kera_room\((\w+)([^)]*)\)', cmake, re.MULTILINE):
        match = re.search(r'DEPENDS((?:\s+[a-z]\w*)+)', arguments)
        rooms[room] = match.group(1).split() if match else []
    for room, arguments in re.findall(r'^kera_sub_rooms\((\w+)([^)]*)\)', cmake, re.MULTILINE):
        lines = (line.partition(':') for line in re.findall(r'"([^"]*)"', arguments))
        subs[room] = {name: seen.split() for name, _, seen in lines}
    return rooms, subs


def without_detours(arrows):
    """Only the arrows that no longer way replaces, so that a picture can be read."""
    def reach(name, seen):
        for neighbour in arrows.get(name, ()):
            if neighbour not in seen:
                seen.add(neighbour)
                reach(neighbour, seen)
        return seen

    return {name: [one for one in seen if not any(one in reach(other, set()) for other in seen if other != one)]
            for name, seen in arrows.items()}


def rooms_picture(cmake):
    rooms, subs = table_of(cmake)
    lines = ['// The rooms of the native code. Made by docs/draw from native/CMakeLists.txt; do not edit.',
             '// Arrows that follow from others are left out.',
             'digraph rooms {',
             '    compound=true; rankdir=TB; nodesep=0.25; ranksep=0.45; fontname="Helvetica"; fontsize=13;',
             '    node [shape=box, style="rounded,filled", fillcolor="#f4f6f8", color="#5b6b7b",',
             '          fontname="Helvetica", fontsize=11];',
             '    edge [color="#5b6b7b"];']
    ends = {}
    for room in rooms:
        if room not in subs:
            lines.append(f'    "{room}" [fontsize=13];')
            ends[room] = (f'"{room}"', f'"{room}"')
            continue
        lines.append(f'    subgraph "cluster_{room}" {{ label="{room}"; style="rounded"; color="#5b6b7b";')
        for sub in subs[room]:
            label = room if sub == '.' else sub
            lines.append(f'        "{room}/{sub}" [label="{label}"];')
        for sub, seen in without_detours(subs[room]).items():
            lines.extend(f'        "{room}/{sub}" -> "{room}/{one}";' for one in seen)
        lines.append('    }')
        names = list(subs[room])
        seen_by_none = [name for name in names if not any(name in seen for seen in subs[room].values())]
        sees_none = [name for name in names if not subs[room][name]]
        ends[room] = (f'"{room}/{sees_none[0]}"', f'"{room}/{seen_by_none[-1]}"')
    for room, seen in without_detours(rooms).items():
        for one in seen:
            tail, head = ends[room][0], ends[one][1]
            clusters = [f'ltail="cluster_{room}"'] if room in subs else []
            clusters += [f'lhead="cluster_{one}"'] if one in subs else []
            lines.append(f'    {tail} -> {head} [penwidth=1.6{"".join(", " + c for c in clusters)}];')
    lines.append('}')
    return '\n'.join(lines) + '\n'
