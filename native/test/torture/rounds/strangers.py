# Peers without access: wrong tokens, no Hello, too large frames before Hello. The node refuses each with a code. Over
# shared memory it shows its memory to none of them.
import frames
from scene import Attack
from session import Refused, Session
from tcp_peer import PeerLost, Silence

TOKEN = 'a token of torture'


class Strangers(Attack):
    name = 'strangers'
    about = 'wrong tokens, no Hello, large frames before Hello: refused, and the arena is not shown'
    settings = {'auth-token': TOKEN}
    planned = {'strangers': 100}
    starts_again = False

    def play(self, scene):
        tokens = (b'', b'x', TOKEN[:-1].encode(), (TOKEN + ' ').encode(), TOKEN.upper().encode(), b'\0' * 3000)
        for kind in ('tcp', 'shm'):
            for token in tokens * 3:
                self.must_refuse(scene, kind, 'UNAUTHORIZED', 'Hello', versionMin=1, versionMax=1, token=token)
            self.must_refuse(scene, kind, 'UNSUPPORTED', 'Hello', versionMin=9, versionMax=9, token=TOKEN.encode())
            for message in scene.node.schema.messages.values():
                if message.name != 'Hello':
                    self.must_refuse(scene, kind, 'HELLO_REQUIRED', message.name)
            self.too_large(scene, kind)

    def stranger(self, scene, kind):
        scene.tally.count('strangers')
        peer = scene.node.tcp() if kind == 'tcp' else scene.node.shm()
        return Session(peer, scene.node.schema, scene.tally)

    def must_refuse(self, scene, kind, code, name, **values):
        session, got = self.stranger(scene, kind), 'an answer'
        try:
            session.ask(name, b'', 20, **values)
        except Refused as refused:
            got = refused.code
        except (PeerLost, Silence, frames.Malformed) as lost:
            got = f'{type(lost).__name__}: {lost}'
        if got != code:
            scene.fail(f'{kind}: a stranger\'s {name} gets {got}, not {code}')
        self.look(scene, session)
        session.close()

    @staticmethod
    def look(scene, session):
        """Fails when the node has shown more than the connection's own rings, also a moment later."""
        if session.peer.kind == 'shm':
            try:
                session.peer.receive(0.05)
            except (PeerLost, Silence):
                pass
            if session.peer.regions:
                scene.fail('shm: the node shows its memory to a stranger')

    def too_large(self, scene, kind):
        session = self.stranger(scene, kind)
        try:
            session.send('Hello', bytes(8192), versionMin=1, versionMax=1, token=TOKEN.encode())
            answer = session.answer(1, 20)
            scene.fail(f'{kind}: a Hello of 8 KiB gets {answer.name}')
        except Refused as refused:
            if refused.code != 'FRAME_TOO_LARGE':
                scene.fail(f'{kind}: a Hello of 8 KiB gets {refused}')
        except (PeerLost, Silence) as lost:
            scene.fail(f'{kind}: a Hello of 8 KiB gets {lost}')
        session.close()
