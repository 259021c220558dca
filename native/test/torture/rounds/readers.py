# Readers that do not read: answers and pushes wait behind a small socket buffer, streams are deleted meanwhile, fetches
# ask for the most that a fetch may. And halves: half a frame, half a handshake, half a request to /healthz.
import socket
import time

from chunks import chunk
from scene import Attack
from session import Refused
from tcp_peer import PeerLost, Silence

SMALL_BUFFER_BYTES = 4096
MEBIBYTE = 1 << 20


def wanted(stream, offset=0, bytes_max=64 * MEBIBYTE):
    return {'streamId': stream, 'recordOffset': offset, 'cursor': {'lane': -1}, 'bytesMax': bytes_max}


class LargeFetches(Attack):
    name = 'large-fetches'
    about = 'fetches over several streams with the largest values that a chunk can hold'
    settings = {'memory-arena': '256m'}
    planned = {'large fetches': 12}
    slack_bytes = 600 << 20

    def play(self, scene):
        with scene.node.session() as session:
            streams = [session.create(f'large-{number}', segmentBytesMax=48 * MEBIBYTE) for number in range(2)]
            sizes = (40 * MEBIBYTE, 40 * MEBIBYTE - scene.random.randrange(4096) * 8)
            for stream, size in zip(streams, sizes):
                session.append_surely(chunk(stream, [bytes(size)]), 'LEADER')
        for kind in ('tcp', 'shm'):
            for wait_ms in (0, 500):
                for order in ((0, 1), (1, 0), (0, 1, 0, 1)):
                    with scene.node.session(kind) as session:
                        self.fetch(scene, session, [streams[index] for index in order], wait_ms)

    @staticmethod
    def fetch(scene, session, streams, wait_ms):
        scene.tally.count('large fetches')
        try:
            answer = session.ask('Fetch', waitMsMax=wait_ms, bytesMin=1, bytesMax=0xFFFFFFFF,
                                 streamlets=[wanted(stream) for stream in streams])
        except PeerLost as lost:
            scene.fail(f'{session.peer.kind}: fetch over {len(streams)} large streams: {lost}')
            return
        given = sum(entry['dataBytes'] for entry in answer.streamlets)
        if given == 0 or given != len(answer.tail):
            scene.fail(f'fetch over {len(streams)} large streams: entries state {given} bytes, the answer has {len(answer.tail)}')


class SlowReaders(Attack):
    name = 'slow-readers'
    about = 'dead, blocked and slow readers; streams that are deleted meanwhile; half-sent requests'
    planned = {'blocked readers': 60, 'streams deleted under a reader': 20, 'half-sent requests': 30}

    def play(self, scene):
        with scene.node.session() as session:
            stream = session.create('read-by-nobody', segmentBytesMax=MEBIBYTE)
            for _ in range(24):
                session.append_surely(chunk(stream, [b'r' * 250_000] * 2), 'LEADER')
        held = []
        try:
            held += self.halves(scene)
            held += self.blocked(scene, stream)
            status, text = scene.node.http('/healthz')
            if status != 200:
                scene.fail(f'/healthz during half-sent requests: {status} {text}')
            scene.signs.round_trip('tcp')
            scene.signs.round_trip('shm')
            self.trickle(held[-20:])
        finally:
            for one in held:
                one.close()
        for number in range(self.planned['streams deleted under a reader']):
            self.delete_under(scene, stream, number)

    def blocked(self, scene, stream):
        """Sessions that request much more than their sockets hold."""
        sessions = []
        for number in range(self.planned['blocked readers']):
            session = scene.node.session(receive_buffer_bytes=SMALL_BUFFER_BYTES)
            sessions.append(session)
            if number % 2:
                session.send('Subscribe', subscriptionId=1, streamId=stream, recordOffset=0, creditBytes=1 << 30)
            for _ in range(6):
                session.send('Fetch', waitMsMax=60_000, bytesMin=1 << 31, bytesMax=4 * MEBIBYTE,
                             streamlets=[wanted(stream)] * 4)
            scene.tally.count('blocked readers')
        return sessions

    @staticmethod
    def trickle(sessions):
        for session in sessions:
            session.peer.socket.settimeout(0.2)
            try:
                for _ in range(20):
                    session.peer.socket.recv(64)
            except OSError:
                pass

    def halves(self, scene):
        """Requests that are begun and never completed."""
        held = []
        for number in range(self.planned['half-sent requests']):
            one = socket.create_connection(('127.0.0.1', scene.node.port if number % 3 else scene.node.http_port))
            held.append(one)
            if number % 3 == 0:
                one.sendall(b'GET /healthz HTTP/1.1\r\nHost: half')
            elif number % 3 == 1:
                one.sendall((48).to_bytes(4, 'little') + bytes(scene.random.randrange(1, 20)))
            else:
                peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                peer.connect(str(scene.node.folder / 'node.sock'))
                held.append(peer)
            scene.tally.count('half-sent requests')
        return held

    @staticmethod
    def delete_under(scene, full, number):
        """A fetch over two streams waits, its session is blocked, one stream is deleted, then the session ends."""
        with scene.node.session() as admin:
            first, second = admin.create(f'under-{number}-a'), admin.create(f'under-{number}-b')
            reader = scene.node.session(receive_buffer_bytes=SMALL_BUFFER_BYTES)
            try:
                reader.send('Fetch', waitMsMax=60_000, bytesMin=1, bytesMax=MEBIBYTE,
                            streamlets=[wanted(first), wanted(second)])
                for _ in range(4):
                    reader.send('Fetch', waitMsMax=0, bytesMin=1, bytesMax=16 * MEBIBYTE, streamlets=[wanted(full)])
                reader.send('Fetch', waitMsMax=60_000, bytesMin=1, bytesMax=MEBIBYTE,
                            streamlets=[wanted(full), wanted(first), wanted(second)])
                # The node answers this request after those of the reader.
                admin.ask('Ping')
                time.sleep(0.01)
                admin.append_one(chunk(first, [b'w' * 1000]), 'LEADER')
                admin.ask('DeleteStream', streamId=first)
                scene.tally.count('streams deleted under a reader')
                # New streams use the memory of the deleted one before the reader ends.
                for other in range(3):
                    admin.ask('DeleteStream', streamId=admin.create(f'over-{number}-{other}', streamlets=64))
            finally:
                reader.close()
            try:
                admin.append_one(chunk(second, [b'after']), 'LEADER')
                admin.ask('DeleteStream', streamId=second)
            except (PeerLost, Refused, Silence) as lost:
                scene.fail(f'after stream {first} was deleted under a reader: {lost}')
