# Checks whether a node kept its promises. It records which record was acknowledged at which level and offset, and what
# was read where. An offset has one value for ever; each writer's numbers come once and in order; offsets never go back.
# A place is (stream, streamlet). Any thread.
import re
import threading

VALUE = re.compile(rb'([NLD])(\d+)\.(\d+)\.')
LEVELS = {b'N': 'NONE', b'L': 'LEADER', b'D': 'DISK'}


def value(level, writer, number, filler=b''):
    """A record that contains its level, its writer and its number."""
    return b'%c%d.%d.' % (level[:1].encode(), writer, number) + filler


def author(record):
    """(level, writer, number)"""
    match = VALUE.match(record)
    if match is None:
        return None
    return LEVELS[match.group(1)], int(match.group(2)), int(match.group(3))


class Ledger:
    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged_at = {}   # place -> {offset: record}; its level is in the record
        self.fixed = {}             # place -> {offset: record} that must stay for ever
        self.seen = {}              # the same, for records that a crash may remove
        self.starts = {}
        self.heads = {}
        self.violations = []
        self.acknowledged_count = 0

    def violated(self, what):
        with self.lock:
            self.violations.append(what)

    def acknowledged(self, place, base_offset, records):
        with self.lock:
            self.acknowledged_count += len(records)
            kept = self.acknowledged_at.setdefault(place, {})
            for offset, record in enumerate(records, base_offset):
                if kept.setdefault(offset, record) != record:
                    self.violations.append(f'{place} offset={offset} acknowledged for two records: {record[:24]} and {kept[offset][:24]}')
                self._bind(place, offset, record)

    def read(self, place, chunk):
        with self.lock:
            for offset, record in enumerate(chunk.values, chunk.base_offset):
                self._bind(place, offset, record)

    def _bind(self, place, offset, record):
        """A record for the disk, once read or acknowledged, keeps its offset for ever; any other one until a crash."""
        written = author(record)
        for_ever = written is not None and written[0] == 'DISK'
        for known in (self.fixed, self.seen):
            before = known.get(place, {}).get(offset)
            if before is not None and before != record:
                self.violations.append(f'{place} offset={offset} was {before[:24]} and is now {record[:24]}')
        (self.fixed if for_ever else self.seen).setdefault(place, {})[offset] = record

    def crashed(self):
        """Records that were not acknowledged at `disk` may be lost, and their offsets given to others."""
        with self.lock:
            self.seen.clear()
            for kept in self.acknowledged_at.values():
                for offset in [offset for offset, record in kept.items() if author(record)[0] != 'DISK']:
                    del kept[offset]

    def whole(self, place, start, head, found):
        """Checks all that is readable in a place after any kind of stop against what was promised."""
        with self.lock:
            there, next_offset, numbers = {}, start, {}
            for chunk in found:
                if chunk.base_offset < next_offset and chunk is not found[0]:
                    self.violations.append(f'{place} offset={chunk.base_offset} is read after offset={next_offset}')
                next_offset = chunk.next_offset
                for offset, record in enumerate(chunk.values, chunk.base_offset):
                    there[offset] = record
                    self._bind(place, offset, record)
                    self._in_order(place, offset, record, numbers)
            for kept in (self.acknowledged_at.get(place, {}), self.fixed.get(place, {})):
                lost = [offset for offset in kept if offset >= start and offset not in there]
                if lost:
                    self.violations.append(f'{place}: {len(lost)} records are gone, the first one at offset={min(lost)}: '
                                           f'{kept[min(lost)][:24]}; start={start} head={head}')
            self._never_back(place, start, head)

    def _in_order(self, place, offset, record, numbers):
        _, writer, number = author(record) or ('', -1, offset)
        if number <= numbers.get(writer, -1):
            self.violations.append(f'{place} offset={offset}: writer={writer} number={number} after {numbers[writer]}')
        numbers[writer] = number

    def _never_back(self, place, start, head):
        least = max(self.fixed.get(place, {-1: b''})) + 1
        if head < max(least, self.heads.get(place, 0)):
            self.violations.append(f'{place}: head={head} went back from {max(least, self.heads.get(place, 0))}')
        if start < self.starts.get(place, 0):
            self.violations.append(f'{place}: start={start} went back from {self.starts[place]}')
        self.starts[place] = start
        # Records that were read back from the disk are on it.
        self.heads[place] = max(self.heads.get(place, 0), least)
