# Checks that a node works: the same process; /healthz; Hello over both transports; a stream that is created, described,
# written at `disk` and read; memory and descriptors within limits; no line in its log that is never allowed.
import time

import chunks

SETTLE_SECONDS = 30
MEBIBYTE = 1 << 20
# The memory that a node may use beyond its arena after an attack: the virtual machine's heap, and buffers that the node
# keeps.
RESIDENT_SLACK_BYTES = 288 * MEBIBYTE
DESCRIPTORS_SLACK = 64


class Ill(Exception):
    """What is wrong with a node."""


class VitalSigns:
    def __init__(self, node):
        self.node = node
        self.pid = node.pid
        self.round_trips = 0
        for kind in ('tcp', 'shm'):
            self.round_trip(kind)
        self.resident_bytes = node.resident_bytes()
        self.descriptors = node.descriptors()

    def round_trip(self, kind):
        """Needs no earlier data, and leaves none."""
        self.round_trips += 1
        name = f'vital-{self.pid}-{self.round_trips}'
        with self.node.session(kind) as session:
            stream = session.create(name)
            if session.ask('DescribeStream', streamId=-1, name=name.encode()).streamId != stream:
                raise Ill(f'{kind}: DescribeStream gives another id for stream {name}')
            values = [b'alive %d' % number for number in range(3)]
            base = session.append_one(chunks.chunk(stream, values))
            _, read = session.fetch(stream, base, wait_ms=5000)
            if base != 0 or [value for chunk in read for value in chunk.values] != values:
                raise Ill(f'{kind}: a round trip read {read} at offset={base}')
            session.ask('DeleteStream', streamId=stream)

    def check(self, arena_bytes, slack_bytes=RESIDENT_SLACK_BYTES):
        self.node.must_run()
        if self.node.pid != self.pid:
            raise Ill(f'the process changed: pid={self.node.pid}, before {self.pid}')
        status, text = self.node.http('/healthz')
        if status != 200:
            raise Ill(f'/healthz: {status} {text.strip()}')
        for kind in ('tcp', 'shm'):
            self.round_trip(kind)
        self.within('resident_bytes', self.node.resident_bytes, self.resident_bytes + arena_bytes + slack_bytes)
        self.within('descriptors', self.node.descriptors, self.descriptors + DESCRIPTORS_SLACK)
        if self.node.bad_lines():
            raise Ill('log: ' + self.node.bad_lines()[0])

    @staticmethod
    def within(name, measure, limit):
        """A node may need a moment to give back what it held for closed connections."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while measure() > limit:
            if time.monotonic() > deadline:
                raise Ill(f'{name}={measure()} limit={limit}')
            time.sleep(0.1)
