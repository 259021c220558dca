# How long each step took when it last passed, kept in build/presubmit/times.json, and the table of a run. One thread.
import json
import resource
import time


def clock_text(seconds):
    return f'{int(seconds) // 60}:{int(seconds) % 60:02d}'


class Stopwatch:
    """Since it was made: the time on the wall, and the processors' time in the programs that were run and ended."""

    def __init__(self):
        self.began = time.monotonic()
        self.used = self.processor_seconds()

    @staticmethod
    def processor_seconds():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def stop(self):
        seconds = time.monotonic() - self.began
        return {'seconds': round(seconds, 1), 'processors': round((self.processor_seconds() - self.used) / max(seconds, 0.001), 1)}


class LastTimes:
    """What `./kera test --list` shows. Without the file, or with one that nobody can read, nothing is known."""

    def __init__(self, path):
        self.path = path
        try:
            self.by_step = json.loads(path.read_text())
        except (OSError, ValueError):
            self.by_step = {}

    def text(self, name):
        return clock_text(self.by_step[name]['seconds']) if name in self.by_step else '-'

    def keep(self, name, took):
        self.by_step[name] = took
        self.path.write_text(json.dumps(self.by_step, indent=1) + '\n')


def table(rows):
    """Of (name, took, passed, failed): what a run prints at its end."""
    lines = [f'{"step":11s} {"took":>6s} {"processors":>10s} {"passed":>7s} {"failed":>6s}']
    for name, took, passed, failed in rows:
        lines.append(f'{name:11s} {clock_text(took["seconds"]):>6s} {took["processors"]:>10.1f} {passed:>7d} {failed:>6d}')
    return '\n'.join(lines)
