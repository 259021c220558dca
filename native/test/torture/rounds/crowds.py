# Thousands of connections, streams, producer ids. The node states its limits when they are reached, its memory stays
# bounded, and what existed before still works.
import socket
import struct

from chunks import CLIENT_CRC_AT, CLIENT_PART_AT, HEADER, chunk
from crc32c import crc32c
from scene import Attack
from session import Refused

MEBIBYTE = 1 << 20
PRODUCER_AT = next(member.at for member in HEADER.members if member.name == 'producerId')


class Connections(Attack):
    name = 'connections'
    about = 'thousands of connections at once, which also end at once'
    planned = {'connections': 3000}

    def play(self, scene):
        held = []
        try:
            for number in range(2600):
                held.append(scene.node.tcp())
                if number % 4 == 0:
                    held[-1].send(b'')
            for number in range(200):
                held.append(scene.node.session('tcp').peer)
                held.append(scene.node.session('shm').peer)
            scene.tally.count('connections', len(held))
            scene.signs.round_trip('tcp')
            scene.signs.round_trip('shm')
        finally:
            for number, peer in enumerate(held):
                if peer.kind == 'tcp' and number % 2:
                    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                peer.close()
        scene.node.must_run()


class Streams(Attack):
    slack_bytes = 400 << 20

    def __init__(self, name, count, long=False):
        self.name, self.long = name, long
        self.about = f'{count:,} streams: created, listed, written, deleted'
        self.planned = {'streams': count}

    def play(self, scene):
        with scene.node.session() as session:
            made = []
            for first in range(0, self.planned['streams'], 200):
                asked = [session.send('CreateStream', streamId=-1, streamlets=1, lanes=1, retentionMs=-1, retentionBytes=-1,
                                      name=b'many-%d-%s' % (number, b'n' * 100)) for number in range(first, min(first + 200, self.planned['streams']))]
                made += [session.checked(session.answer(correlation_id)).streamId for correlation_id in asked]
            scene.tally.count('streams', len(made))
            self.list(scene, session, made)
            for stream in scene.random.sample(made, 100):
                session.append_one(chunk(stream, [b'one of many']), 'LEADER')
        scene.stop_and_start()
        with scene.node.session() as session:
            self.list(scene, session, made)
            gone = scene.random.sample(made, len(made) - 100)
            for first in range(0, len(gone), 200):
                asked = [session.send('DeleteStream', streamId=stream) for stream in gone[first:first + 200]]
                for correlation_id in asked:
                    session.checked(session.answer(correlation_id))
            self.list(scene, session, set(made) - set(gone))

    @staticmethod
    def list(scene, session, expected):
        listed = set(session.list_streams())
        if listed != set(expected):
            scene.fail(f'{len(listed)} streams are listed, not {len(set(expected))}; {len(listed - set(expected))} of them are unknown')


def with_producer(shape, producer):
    """The same chunk from another producer. Building each one would take most of the round's time."""
    data = bytearray(shape)
    struct.pack_into('<q', data, PRODUCER_AT, producer)
    struct.pack_into('<I', data, CLIENT_CRC_AT, crc32c(data[CLIENT_PART_AT:]))
    return bytes(data)


class Producers(Attack):
    name = 'producers'
    about = 'tens of thousands of producer ids, opened and invented: memory stays bounded, known producers continue'
    settings = {'memory-arena': '32m'}
    planned = {'producer ids': 36_000, 'producers refused': 1}
    slack_bytes = 64 << 20
    CHUNKS = 4000
    OPENED = 12_000

    def play(self, scene):
        with scene.node.session() as session:
            stream = session.create('by-many', segmentBytesMax=4 * MEBIBYTE, retentionBytes=8 * MEBIBYTE)
            known = self.open(session, 50)
            for producer in known:
                session.append_one(chunk(stream, [b'known'], producer=producer), 'LEADER')
            self.append_each(scene, session, stream, self.open(session, self.OPENED))
            invented = [scene.random.getrandbits(62) for _ in range(self.planned['producer ids'] - self.OPENED)]
            self.append_each(scene, session, stream, invented)
            for producer in known:
                try:
                    session.append_one(chunk(stream, [b'known'], producer=producer, sequence=1), 'LEADER')
                except Refused as refused:
                    scene.fail(f'producer {producer} is known and gets {refused} when there are many others')

    @staticmethod
    def open(session, count):
        ids = []
        while len(ids) < count:
            asked = [session.send('OpenProducer', producerId=-1) for _ in range(min(500, count - len(ids)))]
            ids += [session.checked(session.answer(correlation_id)).producerId for correlation_id in asked]
        return ids

    def append_each(self, scene, session, stream, ids):
        """Appends one record of each producer. The node may refuse those beyond its limit and ids that it never gave."""
        level = scene.node.schema.value('AckLevel', 'LEADER')
        shape = chunk(stream, [b'x'], producer=1)
        for first in range(0, len(ids), self.CHUNKS):
            some = ids[first:first + self.CHUNKS]
            data = b''.join(with_producer(shape, producer) for producer in some)
            answer = session.ask('Append', data, chunkCount=len(some), ackLevel=level)
            scene.tally.count('producer ids', len(some))
            for code in {session.code(result['code']) for result in answer.results}:
                if code not in ('OK', 'LIMIT_EXCEEDED', 'UNKNOWN_PRODUCER'):
                    scene.fail(f'appends of {len(some)} producers: {code}')
            scene.tally.count('producers refused', sum(session.code(result['code']) != 'OK' for result in answer.results))
