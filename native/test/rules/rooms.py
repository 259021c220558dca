# The rooms of the native core and their sub-rooms: the table that CMake wrote, and everything that is checked
# against it: arrows that are missing, unused or go in circles, folders that are not in it, rooms that are too full.
import re

ROOM_SOURCES_MAX = 30
SOURCE_ENDINGS = ('.cpp', '.hpp')
INCLUDE = re.compile(r'\s*#\s*include\s+(["<])([^">]+)[">]')
# Rooms that may include the generated codecs; everybody else goes through them.
CODEC_ROOMS = {'wire'}
TEST_SOURCE = re.compile(r'^native/(?:test|bench|fuzz)/|_(?:test|fuzz)\.cpp$|/testing/')
# The files that lie in a room itself, beside its sub-rooms.
TOP = '.'


class Table:
    """Who may include whom. `direct` has the arrows as declared, `reach` what they lead to, and the room itself."""

    def __init__(self, direct):
        self.direct = direct
        self.reach = {name: self._reached(name) for name in direct}

    def _reached(self, name):
        seen, left = {name}, [name]
        while left:
            for neighbour in self.direct.get(left.pop(), ()):
                if neighbour not in seen:
                    seen.add(neighbour)
                    left.append(neighbour)
        return seen

    def circles(self):
        """Those that an arrow of theirs leads back to."""
        return sorted(name for name, seen in self.direct.items()
                      if any(name in self.reach.get(neighbour, ()) for neighbour in seen))


class Rooms:
    """The table of rooms, and for each room that has sub-rooms theirs."""

    def __init__(self, text):
        rooms, subs = {}, {}
        for line in text.splitlines():
            if line.strip():
                name, _, seen = line.partition(':')
                room, _, sub = name.strip().partition('/')
                if sub:
                    subs.setdefault(room, {})[sub] = seen.split()
                else:
                    rooms[room] = seen.split()
        self.table = Table(rooms)
        self.subs = {room: Table(direct) for room, direct in subs.items()}

    def __contains__(self, room):
        return room in self.table.direct


def place_of(path):
    """(room, sub-room) of a path below native/src, the sub-room as `.` for a file in the room itself; else None."""
    parts = path.split('/')
    if len(parts) < 4 or parts[:2] != ['native', 'src']:
        return None
    return parts[2], parts[3] if len(parts) > 4 else TOP


def place_of_target(target):
    parts = target.split('/')
    return parts[0], parts[1] if len(parts) > 2 else TOP


def includes(text):
    """(line, whether quoted, target) of every include."""
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def check_includes(path, text, rooms):
    place = place_of(path)
    room, sub = place if place else (None, None)
    is_test = bool(TEST_SOURCE.search(path))
    for number, quoted, target in includes(text):
        first = target.split('/')[0]
        if not quoted and '/' in target and first in rooms:
            yield 'include', number, f'write "{target}" with quotes'
        elif quoted and '/' not in target and room:
            yield 'include', number, f'write "{target}" with its room in front'
        elif not is_test and ('testing' in target.split('/') or first in ('gtest', 'gmock')):
            yield 'testing', number, f'{target} is for tests'
        elif room and first.startswith('kera_codec_') and room not in CODEC_ROOMS:
            yield 'arrow', number, f'{room} must not see the generated codecs; go through wire'
        elif quoted and room and first in rooms:
            yield from check_arrow(number, room, sub, target, is_test, rooms)


def check_arrow(number, room, sub, target, is_test, rooms):
    """One include of a file in `room` and `sub`. Tests of a room may see all of it."""
    target_room, target_sub = place_of_target(target)
    allowed = rooms.table.reach.get(room)
    if allowed is not None and target_room not in allowed:
        yield 'arrow', number, f'{room} must not see {target_room}; allowed: {" ".join(sorted(allowed))}'
    elif target_room == room and room in rooms.subs and not is_test:
        allowed = rooms.subs[room].reach.get(sub)
        if allowed is not None and target_sub not in allowed:
            yield 'arrow', number, f'{room}/{sub} must not see {target}; allowed: {" ".join(sorted(allowed))}'


def check_tables(files, rooms):
    """(path, rule, line, what) of arrows that nobody uses or that go in circles."""
    used = set()
    for path, text in files:
        place = place_of(path)
        if not place:
            continue
        room, sub = place
        for _, quoted, target in includes(text):
            target_room, target_sub = place_of_target(target)
            if quoted and target_room in rooms:
                used.add((room, target_room))
                if target_room == room and not TEST_SOURCE.search(path):
                    used.add((f'{room}/{sub}', target_sub))
    where = 'native/CMakeLists.txt'
    for name, seen in rooms.table.direct.items():
        for neighbour in seen:
            if (name, neighbour) not in used:
                yield where, 'unused-arrow', 1, f'{name} includes nothing of {neighbour}'
    for name in rooms.table.circles():
        yield where, 'circle', 1, f'the arrows of {name} lead back to it'
    for room, table in rooms.subs.items():
        for name, seen in table.direct.items():
            for neighbour in seen:
                if (f'{room}/{name}', neighbour) not in used:
                    yield where, 'unused-arrow', 1, f'{room}/{name} includes nothing of {room}/{neighbour}'
        for name in table.circles():
            yield where, 'circle', 1, f'the arrows of {room}/{name} lead back to it'


def check_folders(root, files, rooms):
    """(path, rule, line, what) of folders that the table does not have, or that hold too much."""
    sources = {}
    for path, _ in files:
        place = place_of(path)
        if place and path.endswith(SOURCE_ENDINGS) and not TEST_SOURCE.search(path):
            sources.setdefault(place[0], {}).setdefault(place[1], []).append(path)
    folder = root / 'native' / 'src'
    present = sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []
    for room in present:
        where = f'native/src/{room}'
        readme = folder / room / 'README.md'
        if room not in rooms:
            yield where, 'room', 1, 'not in the table of native/CMakeLists.txt'
        if not readme.is_file():
            yield where, 'room', 1, 'no README.md: what for, promises, what it must never know'
        subs = rooms.subs.get(room)
        for sub, paths in sorted(sources.get(room, {}).items()):
            if len(paths) > ROOM_SOURCES_MAX:
                yield (where if sub == TOP else f'{where}/{sub}', 'room-size', 1,
                       f'{len(paths)} sources, limit {ROOM_SOURCES_MAX}: it is several rooms')
            if sub == TOP and subs is None:
                continue
            if subs is None or sub not in subs.direct:
                yield f'{where}/{sub}', 'room', 1, 'a sub-room that native/CMakeLists.txt does not declare'
            elif sub != TOP and readme.is_file() and f'`{sub}/`' not in readme.read_text(encoding='utf-8'):
                yield f'{where}/README.md', 'room', 1, f'does not say what `{sub}/` is for'
        for sub in subs.direct if subs else ():
            if sub not in sources.get(room, {}):
                yield f'{where}/{sub}', 'room', 1, 'declared, and nothing is in it'
