# What retention and deletion must not undo: the offsets of an emptied stream, the epoch of a fenced producer. Over
# clean stops and kills.
import time

from chunks import chunk
from scene import Attack
from session import Refused

PATIENCE_SECONDS = 60


def offsets(session, stream):
    """(earliest, readable head)"""
    return tuple(session.ask('ListOffsets', streamId=stream, timestampMs=which).recordOffset for which in (-2, -1))


class Emptied(Attack):
    name = 'emptied'
    about = 'a stream that retention empties, over three restarts: offsets continue; a fenced producer stays fenced'
    planned = {'restarts': 3, 'records': 500}
    starts_again = False

    def play(self, scene):
        with scene.node.session() as session:
            by_time = session.create('by-time', retentionMs=1, segmentBytesMax=1 << 20, groupSegments=1)
            by_size = session.create('by-size', retentionBytes=1, segmentBytesMax=1 << 20, groupSegments=1)
            deleted = session.create('deleted', segmentBytesMax=1 << 20)
            for stream in (by_time, by_size, deleted):
                for _ in range(50):
                    session.append_surely(chunk(stream, [b'x' * 20_000] * 4))
                scene.tally.count('records', 200)
            self.fence(scene, session, deleted)
            self.await_empty(scene, session, by_time)
        # After a kill the start replays records, which the deletion then removes.
        scene.node.kill()
        scene.start_again()
        with scene.node.session() as session:
            session.ask('DeleteBefore', streamId=deleted, recordOffset=offsets(session, deleted)[1])
            before = {stream: offsets(session, stream) for stream in (by_time, by_size, deleted)}
        for number in range(self.planned['restarts']):
            if number == 1:
                scene.node.kill()
                scene.start_again()
            else:
                scene.stop_and_start()
            scene.tally.count('restarts')
            with scene.node.session() as session:
                self.compare(scene, session, before)
                self.fenced_still(scene, session, deleted)
        with scene.node.session() as session:
            for stream, (start, head) in before.items():
                base = session.append_one(chunk(stream, [b'after']))
                if base < head:
                    scene.fail(f'stream {stream} had head={head}, and its next record got offset={base}')

    @staticmethod
    def await_empty(scene, session, stream):
        """Retention deletes closed groups, and appends close them."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while offsets(session, stream)[0] == 0:
            if time.monotonic() > deadline:
                scene.fail(f'retention has deleted nothing within {PATIENCE_SECONDS} s')
                return
            time.sleep(0.05)

    @staticmethod
    def compare(scene, session, before):
        for stream, (start, head) in list(before.items()):
            try:
                now = offsets(session, stream)
            except Refused as refused:
                scene.fail(f'stream {stream}: {refused}')
                continue
            if now[0] < start or now[1] < head:
                scene.fail(f'stream {stream}: start and head were {(start, head)} and are {now} after a restart')
            before[stream] = (max(start, now[0]), max(head, now[1]))

    def fence(self, scene, session, stream):
        self.producer = session.ask('OpenProducer', producerId=-1).producerId
        session.append_one(chunk(stream, [b'old epoch'], producer=self.producer))
        self.epoch = session.ask('OpenProducer', producerId=self.producer, producerEpoch=0).producerEpoch
        session.append_one(chunk(stream, [b'new epoch'], producer=self.producer, epoch=self.epoch))
        self.sequence = 1

    def fenced_still(self, scene, session, stream):
        try:
            session.append_one(chunk(stream, [b'fenced'], producer=self.producer, epoch=self.epoch - 1, sequence=1))
            scene.fail(f'producer {self.producer}: the fenced epoch={self.epoch - 1} is accepted again')
        except Refused as refused:
            if refused.code != 'STALE_PRODUCER_EPOCH':
                scene.fail(f'producer {self.producer}: a fenced epoch gets {refused}')
        try:
            session.append_one(chunk(stream, [b'live'], producer=self.producer, epoch=self.epoch, sequence=self.sequence))
            self.sequence += 1
        except Refused as refused:
            scene.fail(f'producer {self.producer}: the live epoch={self.epoch} gets {refused}')
