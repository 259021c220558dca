# Counts what was done to nodes in each round: frames, kills, faults. Any thread.
import collections
import threading


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.recent_frames = collections.deque(maxlen=4)

    def count(self, what, times=1):
        with self.lock:
            self.counts[what] += times

    def sent(self, frame):
        with self.lock:
            self.counts['frames sent'] += 1
            self.recent_frames.append(frame)

    def lacking(self, planned):
        """What happened less often than planned, as text."""
        with self.lock:
            return [f'{what}: {self.counts[what]} of {times} planned' for what, times in planned.items()
                    if self.counts[what] < times]


def table(rows):
    """The lines of a table: a round's name, its result, and what was done."""
    lines = []
    for name, verdict, seconds, counts in rows:
        done = ', '.join(f'{counts[what]:,} {what}' for what in sorted(counts))
        lines.append(f'{name:18s} {verdict:7s} {seconds:6.1f} s  {done}')
    return lines
