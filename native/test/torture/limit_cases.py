# The walk over a schema: every field, group and text of a message is set to the limits of its type and one beyond. It
# uses only the schema, so a new message needs no edit here. Builds cases, sends none.
import dataclasses

from frames import Lie

EDGES = (0, 1, 2, 15, 16, 255, 256, 4095, 4096, 4097, 32767, 32768, 65534, 65535, 65536, 1 << 31, 1 << 40, 1 << 61)
TEXT_LENGTHS_MAX = 0xFFFF
GROUP_COUNTS = (0, 1, 2, 16, 8191, 8192, 8193, 65534, 65535)


@dataclasses.dataclass
class Case:
    """One frame to send: the changed field, its value, and the required result."""
    message: str
    field: str
    what: str
    values: dict
    header: dict = dataclasses.field(default_factory=dict)
    tail: object = None           # bytes in place of those that usually follow the message
    cut: int = -1                 # so many bytes of the frame are sent, and its length field agrees
    must_refuse: bool = False
    number: object = None         # the value of the changed field, if it is a number

    def __str__(self):
        return f'{self.message}.{self.field}: {self.what}'


def edges(number):
    """The values for a number: the limits of its type, the usual limits, and their neighbours."""
    wanted = {number.least, number.least + 1, number.most - 1, number.most, -1, -2, -3}
    for edge in EDGES:
        wanted |= {edge, edge - 1, edge + 1} if edge > 4097 else {edge}
    if number.known:
        wanted = set(number.known) | {max(number.known) + 1, number.most - 1, number.most}
    return sorted(value for value in wanted if number.least <= value <= number.most)


def with_value(base, path, value):
    """A copy of nested values with one of them replaced."""
    step, *rest = path
    copied = dict(base)
    if not rest:
        copied[step] = value
    elif isinstance(base.get(step), list):
        copied[step] = [with_value(base[step][0], rest, value)]
    else:
        copied[step] = with_value(base.get(step, {}), rest, value)
    return copied


def numbers(fields, path=()):
    for field in fields:
        if hasattr(field, 'members'):
            yield from numbers(field.members, (*path, field.name))
        else:
            yield (*path, field.name), field


def number_cases(message, base):
    found = list(numbers(message.fields))
    for group in message.groups:
        found += list(numbers(group.fields, (group.name,)))
    for path, number in found:
        for value in edges(number):
            unknown = bool(number.known) and value not in number.known
            yield Case(message.name, '.'.join(path), f'{value}', with_value(base, path, value), must_refuse=unknown,
                       number=value)


def text_cases(message, base):
    found = [((text.name,), text) for text in message.texts]
    found += [((group.name, text.name), text) for group in message.groups for text in group.texts]
    for path, text in found:
        most = text.bytes_max
        for length in sorted({0, 1, most - 1, most, most + 1, TEXT_LENGTHS_MAX - 1, TEXT_LENGTHS_MAX}):
            yield Case(message.name, '.'.join(path), f'{length} bytes', with_value(base, path, b't' * length))
        for claimed in (1, 8, most, most + 1, TEXT_LENGTHS_MAX):
            yield Case(message.name, '.'.join(path), f'{claimed} bytes claimed, none there',
                       with_value(base, path, Lie(claimed, b'')))
        for shown, value in (('not UTF-8', b'\xff\xfe\xc0\x80'), ('zero bytes', b'a\0b'), ('a new line', b'a\nb\r\t'),
                             ('a path', b'../../up'), ('four-byte letters', '\U0001F40D'.encode() * 8)):
            yield Case(message.name, '.'.join(path), shown, with_value(base, path, value))


def group_cases(message, base):
    for group in message.groups:
        entry = (base.get(group.name) or [{}])[0]
        for count in GROUP_COUNTS:
            yield Case(message.name, group.name, f'{count} entries', with_value(base, (group.name,), [entry] * count))
            yield Case(message.name, group.name, f'{count} entries claimed, none there',
                       with_value(base, (group.name,), Lie(count, [])))
        for length in (0, 1, group.block_length - 1, group.block_length + 8, 0xFFFF):
            yield Case(message.name, group.name, f'entries of {length} bytes',
                       with_value(base, (group.name,), Lie(1, [entry], length)))


def header_cases(message, base, frame_bytes):
    block = message.block_length
    for length in sorted({0, 1, max(0, block - 8), max(0, block - 1), block + 1, block + 8, 4096, 0xFFFF}):
        yield Case(message.name, 'blockLength', f'{length} with as many bytes', base, {'blockLength': length})
        yield Case(message.name, 'blockLength', f'{length}, the block is {block}', base,
                   {'blockLength': length, 'carries_block': False})
    for version in (0, 2, 3, 0xFFFF):
        yield Case(message.name, 'version', f'{version}', base, {'version': version})
    for number in (0, 2, 5, 0xFFFF):
        yield Case(message.name, 'schemaId', f'{number}', base, {'schemaId': number}, must_refuse=True)
    yield Case(message.name, 'flags', 'all', base, {'flags': 0xFFFF, 'reserved': 0xFFFF})
    for extra in (8, 4096, 1 << 17):
        yield Case(message.name, 'length', f'{extra} bytes more than the message needs', base, tail=bytes(extra))
    for cut in range(24, frame_bytes, 8):
        yield Case(message.name, 'length', f'cut to {cut} bytes', base, cut=cut)


def cases(message, base, frame_bytes):
    """All cases of a message, from values with which it is correct, and its length with these."""
    yield Case(message.name, 'all', 'correct', base)
    yield from number_cases(message, base)
    yield from group_cases(message, base)
    yield from text_cases(message, base)
    yield from header_cases(message, base, frame_bytes)


def chunk_cases(header, build):
    """(name, value, chunk's bytes) for each number of a chunk's header; `build(name, value)` makes a sealed chunk."""
    for number in header.members:
        for value in edges(number):
            yield number.name, value, build(number.name, value)
