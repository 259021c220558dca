# Writers and readers that keep a node busy through crashes, and note everything in a ledger. An unacknowledged chunk is
# sent again with its sequence, so a node that has it already answers so. One thread each; `Load` owns them.
import collections
import threading
import time

import chunks
import ledger as ledgers
from session import Refused
from tcp_peer import PeerLost, Silence

WINDOW = 8
AGAIN_SECONDS = 0.02
# Refusals that pass by themselves: the chunk is sent again.
PASSING = {'WOULD_BLOCK', 'MEMORY_EXHAUSTED', 'DISK_FULL', 'DISK_FAILED', 'TIMED_OUT', 'LIMIT_EXCEEDED', 'SEQUENCE_GAP',
           'SHUTTING_DOWN'}
FORGOTTEN = {'SEQUENCE_GAP', 'UNKNOWN_PRODUCER', 'STALE_PRODUCER_EPOCH'}


class Writer:
    """One producer of one place, at one level. It continues over restarts of the node."""

    def __init__(self, number, place, level, kind, rng, record_bytes=200, pause_seconds=0):
        self.number, self.place, self.level, self.kind = number, place, level, kind
        self.random = rng
        self.record_bytes = record_bytes
        self.pause_seconds = pause_seconds
        self.producer = None
        self.next_number = self.next_sequence = 0
        self.pending = collections.deque()    # (records, chunk) without acknowledgement, in order
        self.acknowledged = 0

    def run(self, node, book, stop):
        try:
            with node.session(self.kind) as session:
                if self.producer is None:
                    self.open(session)
                while not stop.wait(self.pause_seconds):
                    self.turn(session, book)
                self.turn(session, book, grows=False)
        except (PeerLost, Silence):
            pass
        except Refused as refused:
            if refused.code != 'SHUTTING_DOWN':
                book.violated(f'writer {self.number} at {self.level}: {refused}')

    def open(self, session):
        answer = session.ask('OpenProducer', producerId=-1)
        self.producer, self.next_sequence = answer.producerId, 0

    def build(self):
        count = self.random.randrange(1, 6)
        records = [ledgers.value(self.level, self.number, self.next_number + index,
                                 b'.' * self.random.randrange(self.record_bytes)) for index in range(count)]
        chunk = chunks.chunk(self.place[0], records, streamlet=self.place[1], producer=self.producer,
                             sequence=self.next_sequence)
        self.next_number += count
        self.next_sequence += count
        self.pending.append((records, chunk))

    def turn(self, session, book, grows=True):
        """Fills the window, sends it, waits for all answers. From the first refusal on, everything is sent again."""
        while grows and len(self.pending) < WINDOW:
            self.build()
        ack = session.schema.value('AckLevel', self.level)
        asked = [session.send('Append', chunk, chunkCount=1, ackLevel=ack) for _, chunk in self.pending]
        codes = []
        if self.level == 'NONE':
            self.pending.clear()
            session.ask('Ping')
            return
        for correlation_id, (records, _) in zip(asked, list(self.pending)):
            result = session.checked(session.answer(correlation_id)).results[0]
            codes.append(session.code(result['code']))
            if codes[-1] == 'OK':
                book.acknowledged(self.place, result['baseOffset'], records)
                self.acknowledged += 1
        while codes and codes[0] == 'OK':
            codes.pop(0)
            self.pending.popleft()
        if codes:
            self.recover(session, book, codes[0])

    def recover(self, session, book, code):
        """The first refusal decides, because it causes the gaps behind it."""
        if code in FORGOTTEN and self.level != 'DISK':
            self.pending.clear()
            self.open(session)
        elif code in FORGOTTEN or code not in PASSING:
            raise Refused(code, f'producer {self.producer}: refused behind acknowledged records')
        time.sleep(AGAIN_SECONDS)


class Reader:
    """Reads a place from its start, again and again, and notes it in the ledger."""

    def __init__(self, place, kind, pause_seconds=0):
        self.place, self.kind, self.pause_seconds = place, kind, pause_seconds

    def run(self, node, book, stop):
        try:
            with node.session(self.kind) as session:
                while not stop.wait(self.pause_seconds):
                    read_all(session, self.place, lambda chunk: book.read(self.place, chunk), stop)
        except (PeerLost, Silence):
            pass
        except (Refused, chunks.Rotten) as wrong:
            if not isinstance(wrong, Refused) or wrong.code != 'OFFSET_OUT_OF_RANGE':
                book.violated(f'reader of {self.place}: {type(wrong).__name__}: {wrong}')


def read_all(session, place, take, stop=None, tries=200):
    """Reads all of a place and returns (start, head); `take` gets every chunk."""
    offset, idle = None, 0
    while True:
        entry, found = session.fetch(place[0], offset or 0, streamlet=place[1]) if offset is not None else \
            session.fetch(place[0], start_of(session, place), streamlet=place[1])
        for chunk in found:
            take(chunk)
        idle = 0 if found or entry['nextOffset'] != offset else idle + 1
        offset = entry['nextOffset']
        if offset >= entry['readableHead'] or (stop is not None and stop.is_set()):
            return entry['startOffset'], entry['readableHead']
        if idle > tries:
            raise Refused('NOTHING', f'{tries} answers with neither a chunk nor an error at offset={offset}',
                          entry['readableHead'], offset)


def start_of(session, place):
    return session.ask('ListOffsets', streamId=place[0], streamletId=place[1], timestampMs=-2).recordOffset


class Load:
    """Runs writers and readers on a node until end() or until the node has ended."""

    def __init__(self, book, writers, readers=()):
        self.book, self.writers, self.readers = book, list(writers), list(readers)
        self.threads = []

    def start(self, node):
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=part.run, args=(node, self.book, self.stop), daemon=True)
                        for part in (*self.writers, *self.readers)]
        for thread in self.threads:
            thread.start()

    def acknowledged(self):
        return sum(writer.acknowledged for writer in self.writers)

    def await_acknowledged(self, more, node, seconds=60):
        """Waits until so many more chunks are acknowledged, so that slow machines do the same work."""
        wanted, deadline = self.acknowledged() + more, time.monotonic() + seconds
        while self.acknowledged() < wanted:
            if time.monotonic() > deadline or not node.running() or not any(thread.is_alive() for thread in self.threads):
                return False
            time.sleep(0.01)
        return True

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def check(self, node):
        """Reads all places and checks them against the ledger."""
        with node.session() as session:
            for place in sorted({writer.place for writer in self.writers}):
                found = []
                start, head = read_all(session, place, found.append)
                self.book.whole(place, start, head, found)
