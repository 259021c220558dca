# Sources that clang-tidy looks at together, as the text of one file: it parses and checks once what they all include.
# Their texts stand one after the other, and are not included, because some checks look only at the main file.
import re

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"].*[>"])')
# Whether such a name is used is asked of its own source alone.
NAMED_AGAIN = re.compile(r'^\s*(?:using\s+[\w:]+\s*;|namespace\s+\w+\s*=)', re.MULTILINE)


def text(texts):
    """Of one file with all of these. A header that an earlier one has is not included again: that would be complained
    of. What a single one includes twice remains twice."""
    lines = []
    before = set()
    for own_text in texts:
        own = set()
        for line in own_text.splitlines():
            found = INCLUDE.match(line)
            header = found.group(1) if found else None
            lines.append('' if header in before and header not in own else line)
            if header:
                own.add(header)
        before |= own
    return '\n'.join(lines) + '\n'


def room_of(source):
    """native/src/<room>, native/bench, ...: what lies together includes the same."""
    parts = source.path.parts
    at = len(parts) - 1 - parts[::-1].index('native')
    return parts[at + 1:min(at + 3, len(parts) - 1)]


def fits_together(source):
    entry_point = source.path.stem.endswith(('_fuzz', '_main'))
    return not entry_point and not NAMED_AGAIN.search(source.path.read_text())


def units(sources, together, jobs):
    """Lists of sources to look at together: at most `together` of a room, and enough lists for all jobs; what costs most
    comes first."""
    length_max = max(1, min(together, -(-len(sources) // jobs)))
    by_room = {}
    found = []
    for source in sources:
        if fits_together(source):
            by_room.setdefault((room_of(source), tuple(source.command)), []).append(source)
        else:
            found.append([source])
    for rest in by_room.values():
        count = -(-len(rest) // length_max)
        found += [rest[at * len(rest) // count:(at + 1) * len(rest) // count] for at in range(count)]
    return sorted(found, key=len, reverse=True)
