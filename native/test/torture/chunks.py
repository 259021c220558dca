# Builds and reads chunks and records, written from sbe-schemas/chunk.md and not from the product's code. Both checksums
# of every chunk that a node sends are verified.
import dataclasses
import struct

from crc32c import crc32c
from frames import block_bytes, padded, read_block
from schema import chunk_schema

SCHEMA = chunk_schema()
HEADER = SCHEMA.composite('chunkHeader')
HEADER_BYTES = HEADER.size
CLIENT_CRC_AT = 56
CLIENT_PART_AT = 60
MAGIC = 0x4152454B
MAGIC_AT = 60
RECORD_HEADER = struct.Struct('<IBBHiI')
NO_PRODUCER = -1


class Rotten(Exception):
    """Bytes that a node sent as a chunk, but that are not a chunk."""


@dataclasses.dataclass
class Chunk:
    """A chunk from an answer: its header by field name, its records' values in order, its bytes."""
    header: dict
    values: list
    data: bytes

    @property
    def base_offset(self):
        return self.header['baseOffset']

    @property
    def next_offset(self):
        return self.header['baseOffset'] + self.header['recordCount']


def record(value, time_delta_ms=0):
    length = (RECORD_HEADER.size + len(value) + 7) & ~7
    return padded(RECORD_HEADER.pack(length, 0, 0, 0, time_delta_ms, len(value)) + value)


def chunk(stream, values, *, streamlet=0, producer=NO_PRODUCER, epoch=0, sequence=0, time_ms=1_700_000_000_000,
          payload=None, sealed=True, **overruled):
    """The bytes of a chunk; `overruled` sets fields of the header to other values."""
    payload = b''.join(record(value) for value in values) if payload is None else payload
    header = {
        'magic': MAGIC, 'version': 1, 'payloadFormat': 1, 'chunkLength': HEADER_BYTES + len(padded(payload)),
        'payloadLength': len(payload), 'recordCount': len(values), 'streamId': stream, 'streamletId': streamlet,
        'producerEpoch': epoch, 'producerId': producer, 'baseSequence': sequence, 'firstTimestampMs': time_ms,
        'maxTimestampMs': time_ms, **overruled}
    data = bytearray(block_bytes(HEADER.members, header) + padded(payload))
    if sealed and 'clientCrc32c' not in overruled:
        data[CLIENT_CRC_AT:CLIENT_PART_AT] = struct.pack('<I', crc32c(data[CLIENT_PART_AT:]))
    return bytes(data)


def header_at(data, at):
    """The header of a chunk that may begin there, and none if it cannot."""
    if at < 0 or at + HEADER_BYTES > len(data):
        return None
    header = read_block(HEADER.members, data, at)
    length = header['chunkLength']
    fits = length >= HEADER_BYTES and length % 8 == 0 and at + length <= len(data)
    return header if fits and header['magic'] == MAGIC and header['version'] == 1 else None


def read_records(payload, count):
    values, at = [], 0
    for _ in range(count):
        if at + RECORD_HEADER.size > len(payload):
            raise Rotten(f'record at {at} of {len(payload)}')
        length, _, keys, headers, _, value_length = RECORD_HEADER.unpack_from(payload, at)
        if keys or headers or length % 8 or length < RECORD_HEADER.size + value_length or at + length > len(payload):
            raise Rotten(f'record of {length} bytes at {at} of {len(payload)}')
        values.append(payload[at + RECORD_HEADER.size:at + RECORD_HEADER.size + value_length])
        at += length
    if at != len(payload):
        raise Rotten(f'{count} records take {at} of {len(payload)} bytes')
    return values


def read_chunks(data):
    """All chunks in bytes from a node; raises Rotten where a checksum or a length is wrong."""
    found, at = [], 0
    while at < len(data):
        if at + HEADER_BYTES > len(data):
            raise Rotten(f'chunk header at {at} of {len(data)}')
        header = header_at(data, at)
        if header is None:
            raise Rotten(f'chunk at {at} of {len(data)}: {bytes(data[at:at + HEADER_BYTES]).hex()}')
        length = header['chunkLength']
        whole = data[at:at + length]
        if crc32c(whole[CLIENT_PART_AT:]) != header['clientCrc32c']:
            raise Rotten(f'client checksum of the chunk at {at}: baseOffset={header["baseOffset"]}')
        if crc32c(whole[4:CLIENT_PART_AT]) != header['leaderCrc32c']:
            raise Rotten(f'leader checksum of the chunk at {at}: baseOffset={header["baseOffset"]}')
        plain = header['payloadFormat'] == 1 and header['attributes'] & 7 == 0
        payload = whole[HEADER_BYTES:HEADER_BYTES + header['payloadLength']]
        values = read_records(payload, header['recordCount']) if plain else []
        found.append(Chunk(header, values, whole))
        at += length
    return found
