# What a node promised, and whether it kept it: which record was acknowledged at which level and offset, what was read
# where. One value per offset for ever, each writer's numbers in order and once, offsets never go back. Any thread.
import re
import threading

VALUE = re.compile(rb'([NLD])(\d+)\.(\d+)\.')
LEVELS = {b'N': 'NONE', b'L': 'LEADER', b'D': 'DISK'}


def value(level, writer, number, filler=b''):
    """A record that says who wrote it, for which level, and which of its records it is."""
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
        self.fixed = {}             # place -> {offset: record} that is there for ever
        self.seen = {}              # the same, of what a crash may take back
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
                    self.violations.append(f'{place} offset={offset} acknowledged for {record[:24]} and {kept[offset][:24]}')
                self._bind(place, offset, record)

    def read(self, place, chunk):
        with self.lock:
            for offset, record in enumerate(chunk.values, chunk.base_offset):
                self._bind(place, offset, record)

    def _bind(self, place, offset, record):
        """What was shown or acknowledged for the disk is there for ever, anything else until a crash."""
        written = author(record)
        for_ever = written is not None and written[0] == 'DISK'
        for known in (self.fixed, self.seen):
            before = known.get(place, {}).get(offset)
            if before is not None and before != record:
                self.violations.append(f'{place} offset={offset} was {before[:24]}, is {record[:24]}')
        (self.fixed if for_ever else self.seen).setdefault(place, {})[offset] = record

    def crashed(self):
        """What was not acknowledged at `disk` may be gone, and its offsets given anew."""
        with self.lock:
            self.seen.clear()
            for kept in self.acknowledged_at.values():
                for offset in [offset for offset, record in kept.items() if author(record)[0] != 'DISK']:
                    del kept[offset]

    def whole(self, place, start, head, found):
        """Of everything that is readable in a place after a stop of any kind: is it what was promised?"""
        with self.lock:
            there, next_offset, numbers = {}, start, {}
            for chunk in found:
                if chunk.base_offset < next_offset and chunk is not found[0]:
                    self.violations.append(f'{place} offset={chunk.base_offset} is read after {next_offset}')
                next_offset = chunk.next_offset
                for offset, record in enumerate(chunk.values, chunk.base_offset):
                    there[offset] = record
                    self._bind(place, offset, record)
                    self._in_order(place, offset, record, numbers)
            for kept in (self.acknowledged_at.get(place, {}), self.fixed.get(place, {})):
                lost = [offset for offset in kept if offset >= start and offset not in there]
                if lost:
                    self.violations.append(f'{place}: {len(lost)} records are gone, the first at offset={min(lost)}: '
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
            self.violations.append(f'{place}: head={head} was {max(least, self.heads.get(place, 0))}')
        if start < self.starts.get(place, 0):
            self.violations.append(f'{place}: start={start} was {self.starts[place]}')
        self.starts[place] = start
        # What has come back from the disk is on it.
        self.heads[place] = max(self.heads.get(place, 0), least)
