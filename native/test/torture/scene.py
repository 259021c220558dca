# One round: a node in its own folder, random numbers from the seed, and the failures. When it ends, for whatever
# reason, nothing is left. The thread that runs rounds; rounds may start their own threads.
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
        """Starts a new, empty node, and ends the one before."""
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
        """Starts the node again on the same data, after a stop or a kill."""
        self.node.start()
        self.signs = VitalSigns(self.node)

    def check(self):
        arena_mebibytes = int(self.node.settings['memory-arena'].rstrip('m'))
        self.signs.check(arena_mebibytes << 20, self.attack.slack_bytes)

    def stop_and_start(self, number=signal.SIGTERM):
        status = self.node.stop(number)
        if status != 0:
            raise NodeEnded(f'status={status} limit=0 after a clean stop by signal {number}')
        self.start_again()

    @property
    def full(self):
        return len(self.failures) >= FAILURES_MAX

    def fail(self, what, frame=None):
        """Notes a defect. The report shows the frame, or the last sent frames."""
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
    """A round: its name, the least planned work, and the attack itself. Each file in rounds/ has some."""
    name = ''
    about = ''
    settings = {}
    planned = {}
    slack_bytes = 288 << 20
    # True: after the attack the node is stopped cleanly and started again on the same data.
    starts_again = True
    # True: too long for a minute. It runs when there are ten minutes, or when it is named.
    long = False

    def play(self, scene):
        raise NotImplementedError
