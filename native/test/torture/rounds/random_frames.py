# Frames of random bytes, and correct frames with some changed bytes, over both transports; also such records of a
# shared-memory ring. The node may close the connection, and must keep running.
import frames
import chunks
from scene import Attack
from session import Refused
from tcp_peer import PeerLost, Silence

FRAMES = 1500
SESSIONS = 40


class RandomFrames(Attack):
    name = 'random-frames'
    about = 'random and changed frames, and random records of a shared-memory ring'
    planned = {'frames sent': 2 * FRAMES, 'ring records': 200}

    def play(self, scene):
        for kind in ('tcp', 'shm'):
            for _ in range(SESSIONS):
                self.one_session(scene, kind, FRAMES // SESSIONS + 1)
        for _ in range(20):
            self.ring_records(scene)

    def one_session(self, scene, kind, count):
        session = scene.node.session(kind)
        stream = session.create(f'random-{scene.random.getrandbits(60)}')
        sent = 0
        try:
            while sent < count:
                sent += 1
                session.send_frame(self.frame(scene, stream))
                if sent % 8 == 0:
                    session.ask('Ping', b'', 3 if kind == 'tcp' else 20)
        except (PeerLost, Refused):
            pass
        except Silence as silence:
            # Over TCP the node may wait for the rest of a frame.
            if kind == 'shm':
                scene.fail(f'{kind}: {silence}')
        session.close()
        scene.node.must_run()
        # If a connection ended early, other connections send the rest.
        if sent < count:
            self.one_session(scene, kind, count - sent)

    def frame(self, scene, stream):
        rng, schema = scene.random, scene.node.schema
        message = rng.choice(list(schema.messages.values()))
        if message.name == 'DeleteStream':
            message = schema.messages['Ping']
        values = self.values(rng, message.fields, stream)
        for group in message.groups:
            values[group.name] = [self.values(rng, group.fields, stream) for _ in range(rng.randrange(4))]
        for text in message.texts:
            values[text.name] = rng.randbytes(rng.choice((0, 1, 7, 30)))
        tail = chunks.chunk(stream, [rng.randbytes(rng.randrange(100))]) if message.name == 'Append' else b''
        frame = bytearray(frames.encode(schema, message, values, rng.getrandbits(40), tail))
        for _ in range(rng.choice((0, 1, 1, 2, 8))):
            # Most of the time the length stays correct, because a wrong one ends the connection.
            at = rng.randrange(4 if rng.random() < 0.98 else 0, len(frame))
            frame[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        return bytes(frame)

    @staticmethod
    def values(rng, fields, stream):
        values = {}
        for field in fields:
            if hasattr(field, 'members'):
                values[field.name] = RandomFrames.values(rng, field.members, stream)
            elif field.name == 'streamId':
                values[field.name] = stream
            elif field.name in ('waitMsMax', 'timeoutMs'):
                values[field.name] = rng.randrange(20)
            elif field.name in ('streamlets', 'lanes'):
                values[field.name] = rng.randrange(-1, 20)
            else:
                values[field.name] = rng.choice((0, 1, 1, 2, field.least, field.most, rng.randrange(64)))
        return values

    def ring_records(self, scene):
        """Writes records that no client writes, a few per connection, until the node closes it."""
        session = scene.node.session('shm')
        try:
            for _ in range(20):
                record = bytearray(scene.random.randbytes(8 * scene.random.randrange(1, 12)))
                if scene.random.random() < 0.7:
                    record[0:4] = len(record).to_bytes(4, 'little')
                    record[4] = scene.random.randrange(1, 6)
                    record[5:8] = bytes(3)
                scene.tally.count('ring records')
                session.peer.put_record(bytes(record))
        except (PeerLost, Silence):
            pass
        session.close()
        scene.node.must_run()
