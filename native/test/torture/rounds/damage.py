# A node's files are removed, cut, and changed by bits: while it is down, and while it runs. It starts, or names the
# file because of which it does not start. It serves every other stream, reports lost data, and never serves damaged
# data.
import signal

import chunks
import files
from chunks import chunk
from ledger import Ledger, value
from load import read_all
from node import NodeEnded
from scene import Attack
from session import Refused
from tcp_peer import PeerLost, Silence

MEBIBYTE = 1 << 20
TRIES = 5
FAILURES_ENOUGH = 3


def names(said, stream):
    """True when a warning or an error in the log names this stream."""
    marks = (f'stream={stream} ', f'stream={stream}\n', f'streams/{stream}/', f'streams/{stream} ', f'stream_id={stream} ',
             f'streams/{stream}"', f'streams/{stream}\n')
    return any(mark in line + '\n' for line in said.splitlines() if 'level=warn' in line or 'level=error' in line
               for mark in marks)


class DamageWhileDown(Attack):
    name = 'damage-down'
    about = 'files of streams, journals and metadata are damaged between a stop and a start'
    planned = {'files damaged': 12, 'starts over damage': 4}
    starts_again = False
    CHUNKS = 8

    def play(self, scene):
        self.book = Ledger()
        with scene.node.session() as session:
            self.streams = {kind: session.create('damaged-' + kind.replace(' ', '-'), segmentBytesMax=MEBIBYTE, groupSegments=2)
                            for kind in ('nothing', *files.STREAM_DAMAGES)}
            for stream in self.streams.values():
                self.write(session, stream, 0, self.CHUNKS)
        self.streams_round(scene)
        self.journal_round(scene)
        self.metadata_round(scene)

    def write(self, session, stream, first, count):
        for number in range(first, first + count):
            record = value('DISK', stream, number, bytes(180_000))
            base = session.append_surely(chunk(stream, [record]))
            self.book.acknowledged((stream, 0), base, [record])

    def start(self, scene):
        """Starts on damaged files. False when the node refuses; then its log must name a file."""
        scene.tally.count('starts over damage')
        before = len(scene.node.log_from())
        try:
            scene.start_again()
            return True
        except NodeEnded as ended:
            said = scene.node.log_from()[before:]
            if 'status=1' not in str(ended) or '/data/' not in said:
                scene.fail(f'{ended}: the node neither starts nor names a file: {said[-300:]}')
            return False

    def streams_round(self, scene):
        scene.node.stop()
        kept = self.chunks_without_settings(scene)
        for kind, damage in files.STREAM_DAMAGES.items():
            damage(scene.node.data, self.streams[kind], scene.random)
            scene.tally.count('files damaged')
        for _ in range(2):
            said_from = len(scene.node.log_from())
            if not self.start(scene):
                scene.fail('the node does not start because of damage to single streams')
                return
            for kind, stream in self.streams.items():
                self.judge(scene, kind, stream, scene.node.log_from()[said_from:])
            if not kept <= self.chunks_without_settings(scene):
                scene.fail('the node deleted chunks of a stream with damaged settings')
            if scene.node.stop() != 0:
                scene.fail('the node does not stop cleanly with damaged streams')
        scene.start_again()

    def chunks_without_settings(self, scene):
        streams = [self.streams[kind] for kind in files.SETTINGS_DAMAGES]
        return {(stream, base) for stream in streams for base, _ in files.chunks_of(scene.node.data, stream)}

    def judge(self, scene, kind, stream, said):
        """One stream: correct, or refused, or with fewer records and a log line about that."""
        place, found = (stream, 0), []
        head = max(self.book.acknowledged_at[place]) + 1
        try:
            with scene.node.session() as session:
                read_all(session, place, found.append)
                there = {offset: record for part in found for offset, record in enumerate(part.values, part.base_offset)}
                self.compare(scene, kind, place, there, said)
                record = value('DISK', stream, 10_000 + scene.tally.counts['appends over damage'])
                base = session.append_one(chunk(stream, [record]))
                scene.tally.count('appends over damage')
                if base < head:
                    scene.fail(f'{kind}: stream {stream} has head={head} and gave offset={base} a second time')
                self.book.acknowledged(place, base, [record])
        except Refused as refused:
            if kind == 'nothing':
                scene.fail(f'{kind}: stream {stream}: {refused}')
            elif not names(said, stream):
                scene.fail(f'{kind}: stream {stream}: {refused}, and the log does not name it')
        except (chunks.Rotten, PeerLost, Silence) as wrong:
            scene.fail(f'{kind}: stream {stream}: {type(wrong).__name__}: {wrong}')

    def compare(self, scene, kind, place, there, said):
        acknowledged = self.book.acknowledged_at[place]
        wrong = [offset for offset, record in there.items() if acknowledged.get(offset, record) != record]
        lost = [offset for offset in acknowledged if offset not in there]
        if wrong:
            scene.fail(f'{kind}: {place} offset={wrong[0]} has another record than the acknowledged one')
        if lost and (kind == 'nothing' or not names(said, place[0])):
            scene.fail(f'{kind}: {place}: {len(lost)} of {len(acknowledged)} records are gone, and the log does not report it')

    def journal_round(self, scene):
        """Damage in a journal after a kill: the node must report lost records."""
        stream = self.streams['nothing']
        for damage in (files.flip, files.cut, files.rot_head):
            with scene.node.session() as session:
                self.write(session, stream, 1000 * scene.tally.counts['starts over damage'], 6)
            scene.node.kill()
            for journal in files.journals(scene.node.data)[:3]:
                damage(files.whole(journal), scene.random)
                scene.tally.count('files damaged')
            said_from = len(scene.node.log_from())
            if not self.start(scene):
                scene.fail(f'the node does not start with a journal damaged by {damage.__name__}')
                return
            said, found = scene.node.log_from()[said_from:], []
            with scene.node.session() as session:
                read_all(session, (stream, 0), found.append)
            there = {offset: record for part in found for offset, record in enumerate(part.values, part.base_offset)}
            self.compare_journal(scene, damage, (stream, 0), there, said)

    def compare_journal(self, scene, damage, place, there, said):
        acknowledged = self.book.acknowledged_at[place]
        lost = [offset for offset in acknowledged if offset not in there]
        if [offset for offset, record in there.items() if acknowledged.get(offset, record) != record]:
            scene.fail(f'journal {damage.__name__}: {place}: another record than the acknowledged one')
        if lost and not any('level=warn' in line or 'level=error' in line for line in said.splitlines()):
            scene.fail(f'journal {damage.__name__}: {place}: {len(lost)} records are gone, and the log does not report it')
        for offset in lost:
            del acknowledged[offset]
            self.book.fixed.get(place, {}).pop(offset, None)

    def metadata_round(self, scene):
        """The node refuses to start and names the file. With the original file it starts."""
        scene.node.stop()
        for log in files.metadata_files(scene.node.data)[:2]:
            whole = log.read_bytes()
            files.flip(files.whole(log), scene.random)
            scene.tally.count('files damaged')
            if self.start(scene):
                scene.node.stop(signal.SIGTERM)
            log.write_bytes(whole)
            scene.start_again()
            scene.node.stop()
        scene.start_again()


class DamageWhileRunning(Attack):
    name = 'damage-running'
    about = 'log files are changed and removed under a running node that has evicted what they hold'
    settings = {'memory-arena': '24m', 'memory-loaded': '4m'}
    planned = {'chunks damaged': 24, 'records read': 20, 'files removed': 1}
    CHUNKS = 72

    def play(self, scene):
        self.book, place = Ledger(), None
        with scene.node.session() as session:
            place = (session.create('under-damage', segmentBytesMax=MEBIBYTE, groupSegments=4), 0)
            for number in range(self.CHUNKS):
                record = value('DISK', 1, number, scene.random.randbytes(900_000))
                self.book.acknowledged(place, session.append_surely(chunk(place[0], [record])), [record])
        chosen = scene.random.sample(files.chunks_of(scene.node.data, place[0]), self.planned['chunks damaged'])
        for number, (_, there) in enumerate(chosen):
            files.CHUNK_DAMAGES[number % len(files.CHUNK_DAMAGES)](there, scene.random)
            scene.tally.count('chunks damaged')
        refused = 0
        for kind in ('tcp', 'shm'):
            refused += self.fetch_each(scene, place, kind)
        self.subscribe_each(scene, place)
        self.remove_a_file(scene)
        refused += self.fetch_each(scene, place, 'tcp')
        scene.tally.count('records refused', refused)
        self.lose_settings(scene)
        for violation in self.book.violations[:5]:
            scene.fail(violation)
        scene.node.must_run()

    def remove_a_file(self, scene):
        """One that is full. Its records are refused from then on, unless they are in memory."""
        full = [path for path in files.journals(scene.node.data) if path.stat().st_size > MEBIBYTE][:-2]
        scene.random.choice(full).unlink()
        scene.tally.count('files removed')

    def lose_settings(self, scene):
        """A stream that is still written: after a restart its records are there, or the log names the stream."""
        with scene.node.session() as session:
            stream = session.create('settings-lost', segmentBytesMax=MEBIBYTE)
            for number in range(6):
                record = value('DISK', 2, number, bytes(300_000))
                self.book.acknowledged((stream, 0), session.append_surely(chunk(stream, [record])), [record])
                if number == 2:
                    (files.stream_folder(scene.node.data, stream) / 'stream.kera').unlink()
        said_from = len(scene.node.log_from())
        scene.stop_and_start()
        try:
            with scene.node.session() as session:
                found = []
                self.book.whole((stream, 0), *read_all(session, (stream, 0), found.append), found)
        except Refused as refused:
            if not names(scene.node.log_from()[said_from:], stream):
                scene.fail(f'stream {stream}, whose settings were removed: {refused}, and the log does not name it')

    def fetch_each(self, scene, place, kind):
        """Fetches each offset alone, and returns how many were refused."""
        refused = 0
        session = scene.node.session(kind)
        try:
            for offset in range(self.CHUNKS):
                if len(scene.failures) >= FAILURES_ENOUGH:
                    break
                try:
                    self.fetch_one(scene, session, place, offset)
                except Refused:
                    refused += 1
        finally:
            session.close()
        return refused

    def fetch_one(self, scene, session, place, offset):
        for _ in range(TRIES):
            try:
                _, found = session.fetch(place[0], offset, wait_ms=200, bytes_max=100_000)
            except chunks.Rotten as rotten:
                scene.fail(f'{session.peer.kind} offset={offset}: the node serves damaged data: {rotten}')
                return
            if found:
                for part in found:
                    self.book.read(place, part)
                    scene.tally.count('records read', len(part.values))
                return
        scene.fail(f'{session.peer.kind} offset={offset}: {TRIES} answers with neither a record nor an error')

    def subscribe_each(self, scene, place):
        """A subscription ends with a code at damaged data. Damaged data is never pushed, and silence is a failure."""
        for offset in range(0, self.CHUNKS, 9):
            if len(scene.failures) >= FAILURES_ENOUGH:
                break
            with scene.node.session() as session:
                session.ask('Subscribe', subscriptionId=5, streamId=place[0], recordOffset=offset, creditBytes=1)
                try:
                    push = session.unasked.pop(0) if session.unasked else session.answer(-1, 20)
                    for part in chunks.read_chunks(push.tail[:push.dataBytes]):
                        self.book.read(place, part)
                except chunks.Rotten as rotten:
                    scene.fail(f'push of offset={offset}: the node pushes damaged data: {rotten}')
                except Silence:
                    scene.fail(f'push of offset={offset}: neither a record nor an error')
