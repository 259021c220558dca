# One round as it is played: a node in a folder of its own, random numbers out of the seed, and what went wrong.
# Everything is gone when it ends, however it ends. The thread that runs rounds; rounds may have threads of their own.
import pathlib
import random
import shutil
import signal
import tempfile

from node import Node, NodeEnded
from tally import Tally
from vital_signs import VitalSigns

SHOWN_FRAME_BYTES = 512
FAILURES_MAX = 20


class Scene:
    def __init__(self, kera, seed, attack):
        self.kera = kera
        self.attack = attack
        self.random = random.Random(f'{seed} {attack.name}')
        self.tally = Tally()
        self.failures = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='kera-torture-'))
        self.nodes = []
        self.node = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            node.end_group()
        shutil.rmtree(self.folder, ignore_errors=True)

    def fresh_node(self, folder=None, **settings):
        """Another node with nothing in it; the one before it is ended."""
        if self.node is not None:
            self.node.end_group()
        folder = folder or self.folder / f'node-{len(self.nodes)}'
        folder.mkdir(exist_ok=True)
        options = {**self.attack.settings, **settings}
        self.node = Node(self.kera, folder, self.tally, **options)
        self.nodes.append(self.node)
        self.node.start()
        self.signs = VitalSigns(self.node)
        return self.node

    def start_again(self):
        """The same node over the same data; it was stopped or killed before."""
        self.node.start()
        self.signs = VitalSigns(self.node)

    def check(self):
        arena_mebibytes = int(self.node.settings['memory-arena'].rstrip('m'))
        self.signs.check(arena_mebibytes << 20, self.attack.slack_bytes)

    def stop_and_start(self, number=signal.SIGTERM):
        status = self.node.stop(number)
        if status != 0:
            raise NodeEnded(f'status={status} of a clean stop by signal {number}')
        self.start_again()

    @property
    def full(self):
        return len(self.failures) >= FAILURES_MAX

    def fail(self, what, frame=None):
        """A defect that was found. Shown with the frame, or with the last ones that were sent."""
        lines = [what]
        for sent in [frame] if frame is not None else list(self.tally.recent_frames) if self.lost_node() else []:
            shown = sent[:SHOWN_FRAME_BYTES].hex()
            lines.append(f'  frame of {len(sent)} bytes: {shown}' + ('...' if len(sent) > SHOWN_FRAME_BYTES else ''))
        self.failures.append('\n'.join(lines))

    def lost_node(self):
        return self.node is not None and bool(self.node.bad_lines())

    def log_tail(self):
        return self.node.log_tail() + self.node.bad_lines() if self.node is not None else []


class Attack:
    """What a round is: its name, what is planned at the least, and the deed. Every file of rounds/ has some."""
    name = ''
    about = ''
    settings = {}
    planned = {}
    slack_bytes = 288 << 20
    # Whether the node is stopped cleanly and started again over what the attack has left.
    starts_again = True
    # Whether it takes too long for a minute: played where there are ten of them, or where it is named.
    long = False

    def play(self, scene):
        raise NotImplementedError
