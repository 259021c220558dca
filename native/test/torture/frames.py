# Encodes and decodes frames from a schema: the header of 24 bytes, the block, groups, texts, padding to 8, then the
# rest. An encoded frame can be wrong on purpose: in any number of the header, a group's count, a text's length.
import dataclasses
import functools
import struct

HEADER = struct.Struct('<IHHHHHHq')
HEADER_BYTES = HEADER.size
ALIGNMENT = 8


@dataclasses.dataclass(frozen=True)
class Lie:
    """A group or a text that states the count or length `claimed` and really contains `truth`."""
    claimed: int
    truth: object
    block_length: int = -1


class Malformed(Exception):
    """A frame from a node that cannot be decoded: a defect of the node."""


def number_bytes(number, value):
    return (value & ((1 << (8 * number.size)) - 1)).to_bytes(number.size, 'little')


def padded(data, alignment=ALIGNMENT):
    return data + bytes(-len(data) % alignment)


def block_bytes(fields, values):
    out = bytearray()
    for field in fields:
        value = values.get(field.name, {} if hasattr(field, 'members') else 0)
        if hasattr(field, 'members'):
            for member in field.members:
                out += number_bytes(member, value.get(member.name, 0))
        else:
            out += number_bytes(field, value)
    return bytes(out)


def text_bytes(value):
    claimed, truth = (value.claimed, value.truth) if isinstance(value, Lie) else (len(value), value)
    return struct.pack('<H', claimed) + truth


def group_bytes(group, value):
    lie = value if isinstance(value, Lie) else Lie(len(value), value)
    block_length = group.block_length if lie.block_length < 0 else lie.block_length
    out = bytearray(struct.pack('<HH', block_length, lie.claimed))
    written, last = b'', None
    for entry in lie.truth:
        # An entry that is repeated thousands of times is encoded once.
        if entry is not last:
            written, last = entry_bytes(group, entry, block_length), entry
        out += written
    return bytes(out)


def entry_bytes(group, entry, block_length):
    block = block_bytes(group.fields, entry)
    block = block[:block_length] + bytes(max(0, block_length - len(block)))
    return block + b''.join(text_bytes(entry.get(text.name, b'')) for text in group.texts)


def encode(schema, message, values, correlation_id, tail=b'', **header):
    """A frame; `header` replaces any of length, flags, reserved, blockLength, templateId, schemaId, version."""
    block = block_bytes(message.fields, values)
    block_length = header.get('blockLength', len(block))
    if header.get('carries_block', True) and block_length > len(block):
        block += bytes(min(block_length, 0xFFFF) - len(block))
    rest = b''.join(group_bytes(group, values.get(group.name, [])) for group in message.groups)
    rest += b''.join(text_bytes(values.get(text.name, b'')) for text in message.texts)
    body = padded(block + rest) + tail
    return HEADER.pack(
        header.get('length', HEADER_BYTES + len(body)) & 0xFFFFFFFF, header.get('flags', 0), header.get('reserved', 0),
        block_length, header.get('templateId', message.number), header.get('schemaId', schema.number),
        header.get('version', schema.version), correlation_id) + body


@dataclasses.dataclass
class Answer:
    """A decoded frame: its message's name, its values by name, its correlation id, the bytes behind the message."""
    name: str
    correlation_id: int
    values: dict
    tail: bytes

    def __getattr__(self, name):
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


@functools.lru_cache(maxsize=None)
def layout(fields):
    """The layout of a block for struct, and the names of its numbers."""
    form, names = '<', []
    for field in fields:
        for number in getattr(field, 'members', (field,)):
            letter = {1: 'B', 2: 'H', 4: 'I', 8: 'Q'}[number.size]
            form += letter.lower() if number.signed else letter
            names.append((field.name, number.name) if hasattr(field, 'members') else field.name)
    return struct.Struct(form), names, any(isinstance(name, tuple) for name in names)


def read_block(fields, data, at):
    form, names, nested = layout(fields)
    values = dict(zip(names, form.unpack_from(data, at)))
    if nested:
        for name in [name for name in values if isinstance(name, tuple)]:
            values.setdefault(name[0], {})[name[1]] = values.pop(name)
    return values


def read_text(data, at):
    length = struct.unpack_from('<H', data, at)[0]
    if at + 2 + length > len(data):
        raise Malformed(f'text of {length} bytes at {at} in a frame of {len(data)} bytes')
    return data[at + 2:at + 2 + length], at + 2 + length


def decode(schema, frame):
    if len(frame) < HEADER_BYTES:
        raise Malformed(f'frame of {len(frame)} bytes')
    length, _, _, block_length, template, schema_number, _, correlation_id = HEADER.unpack_from(frame)
    message = schema.by_number.get(template)
    if length != len(frame) or schema_number != schema.number or message is None:
        raise Malformed(f'length={length} of {len(frame)}, schema={schema_number}, template={template}')
    if block_length < message.block_length:
        raise Malformed(f'{message.name}: block of {block_length} bytes, in the schema {message.block_length}')
    values = read_block(message.fields, frame, HEADER_BYTES)
    at = HEADER_BYTES + block_length
    for group in message.groups:
        entry_bytes, count = struct.unpack_from('<HH', frame, at)
        at += 4
        entries = []
        for _ in range(count):
            entry = read_block(group.fields, frame, at)
            at += entry_bytes
            for text in group.texts:
                entry[text.name], at = read_text(frame, at)
            entries.append(entry)
        values[group.name] = entries
    for text in message.texts:
        values[text.name], at = read_text(frame, at)
    at += -at % ALIGNMENT
    return Answer(message.name, correlation_id, values, frame[at:])
