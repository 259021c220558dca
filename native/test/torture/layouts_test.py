#!/usr/bin/env python3
# Tests of the torture's own layouts: schemas, frames, chunks, checksums, the walk over limits.
import pathlib
import struct
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import chunks
import crc32c
import frames
import limit_cases
import schema


class SchemaTest(unittest.TestCase):
    def setUp(self):
        self.schema = schema.client_schema()

    def test_reads_fields_groups_and_texts(self):
        fetch = self.schema.messages['Fetch']
        self.assertEqual((fetch.number, fetch.block_length), (30, 12))
        self.assertEqual(fetch.groups[0].block_length, 8 + 8 + 16 + 4 + 4 + 1 + 4)
        self.assertEqual(self.schema.messages['Hello'].texts[0], schema.Text('clientName', 4096))

    def test_knows_the_bounds_of_numbers(self):
        lanes = next(field for field in self.schema.messages['AlterStream'].fields if field.name == 'lanes')
        self.assertEqual((lanes.least, lanes.most, lanes.neutral), (0, 65535, 0))
        level = next(field for field in self.schema.messages['Append'].fields if field.name == 'ackLevel')
        self.assertEqual(level.known, (0, 1, 2, 3))

    def test_a_chunk_header_has_128_bytes(self):
        self.assertEqual(chunks.HEADER_BYTES, 128)


class FrameTest(unittest.TestCase):
    def setUp(self):
        self.schema = schema.client_schema()

    def test_what_is_encoded_is_decoded(self):
        values = {'waitMsMax': 5, 'bytesMin': 6, 'bytesMax': 7, 'streamlets': [
            {'streamId': 1, 'recordOffset': -2, 'cursor': {'lane': -1, 'group': 3, 'segment': 4, 'position': 5},
             'streamletId': 6, 'bytesMax': 7, 'order': 1, 'term': 8}] * 3}
        frame = frames.encode(self.schema, self.schema.messages['Fetch'], values, 99, b'12345678')
        self.assertEqual(len(frame) % 8, 0)
        answer = frames.decode(self.schema, frame)
        self.assertEqual((answer.name, answer.correlation_id, answer.values, answer.tail),
                         ('Fetch', 99, values, b'12345678'))

    def test_lies_are_told(self):
        message = self.schema.messages['Fetch']
        frame = frames.encode(self.schema, message, {'streamlets': frames.Lie(65535, [])}, 1, version=7)
        self.assertEqual(frame[36:40], struct.pack('<HH', message.groups[0].block_length, 65535))
        self.assertEqual(struct.unpack_from('<H', frame, 14)[0], 7)

    def test_a_text_that_ends_outside_is_malformed(self):
        frame = frames.encode(self.schema, self.schema.messages['ErrorAnswer'], {'what': frames.Lie(200, b'x')}, 1)
        self.assertRaises(frames.Malformed, frames.decode, self.schema, frame)


class ChunkTest(unittest.TestCase):
    def led(self, data):
        """Adds the leader's part."""
        data = bytearray(data)
        data[0:4] = struct.pack('<I', crc32c.crc32c(data[4:60]))
        return bytes(data)

    def test_the_checksum_is_castagnolis(self):
        self.assertEqual(crc32c.crc32c(b'123456789'), 0xE3069283)
        self.assertEqual(crc32c.from_table(b'123456789'), 0xE3069283)

    def test_what_is_laid_out_is_read(self):
        values = [b'', b'a', b'eight by', b'x' * 1000]
        data = self.led(chunks.chunk(7, values)) + self.led(chunks.chunk(7, [b'next']))
        self.assertEqual([chunk.values for chunk in chunks.read_chunks(data)], [values, [b'next']])

    def test_a_flipped_bit_anywhere_is_rotten(self):
        data = self.led(chunks.chunk(7, [b'value']))
        for at in range(len(data)):
            flipped = bytearray(data)
            flipped[at] ^= 1
            self.assertRaises(chunks.Rotten, chunks.read_chunks, bytes(flipped))


class WalkTest(unittest.TestCase):
    def test_drives_every_field_of_every_message(self):
        for message in schema.client_schema().messages.values():
            driven = {case.field.split('.')[0] for case in limit_cases.cases(message, {}, 64)}
            named = {part.name for part in (*message.fields, *message.groups, *message.texts)}
            self.assertEqual(named - driven, set(), message.name)

    def test_drives_numbers_to_their_bounds_and_unknown_ones_beyond(self):
        message = schema.client_schema().messages['Append']
        found = list(limit_cases.number_cases(message, {}))
        self.assertTrue({0, 65534, 65535} <= {case.number for case in found if case.field == 'chunkCount'})
        self.assertEqual({case.number for case in found if case.must_refuse}, {4, 254, 255})

    def test_changes_one_thing_at_a_time(self):
        base = {'cursor': {'lane': 1, 'group': 2}, 'streamlets': [{'order': 0, 'streamId': 9}]}
        self.assertEqual(limit_cases.with_value(base, ('cursor', 'lane'), 7)['cursor'], {'lane': 7, 'group': 2})
        self.assertEqual(limit_cases.with_value(base, ('streamlets', 'order'), 1)['streamlets'],
                         [{'order': 1, 'streamId': 9}])
        self.assertEqual(base['cursor']['lane'], 1)


if __name__ == '__main__':
    unittest.main()
