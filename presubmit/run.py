#!/usr/bin/env python3
# `./kera test`: runs the steps of steps.py one after the other, says how it goes, prints the end of the log of a
# step that failed and stops there unless told to keep going, and closes with what each step took and
# `N passed, N failed`. Single thread; a second one only shows progress.
import argparse
import os
import sys
import threading
import time

import step
import steps
import times
from times import clock_text

HEARTBEAT_SECONDS = 30
TAIL_LINES = 60


def parse(argv):
    parser = argparse.ArgumentParser(prog='kera test')
    parser.add_argument('--only', default='', help='steps to run, separated by commas')
    parser.add_argument('--list', action='store_true', help='name the steps, with what each took when it last passed, and stop')
    parser.add_argument('--keep-going', action='store_true', help='do not stop at the first step that fails')
    parser.add_argument('--seeds', type=int, default=int(os.environ.get('KERA_SIM_SEEDS', '200')))
    parser.add_argument('--fuzz-seconds', type=int, default=60)
    options = parser.parse_args(argv)
    options.names = [name for name in options.only.split(',') if name] or list(steps.STEPS)
    for name in options.names:
        if name not in steps.STEPS:
            parser.error(f'unknown step={name}; known: {", ".join(steps.STEPS)}')
    if options.seeds < 1 or options.fuzz_seconds < 1:
        parser.error('--seeds and --fuzz-seconds are at least 1')
    return options


def last_line(path):
    with path.open('rb') as log:
        log.seek(max(0, path.stat().st_size - 400))
        lines = log.read().decode(errors='replace').split('\n')
    return next((line.strip()[:100] for line in reversed(lines) if line.strip()), '')


class Heartbeat:
    """Says every half minute where a long step is, so that nobody wonders."""

    def __init__(self, log_path, began):
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.beat, args=(log_path, began), daemon=True)

    def beat(self, log_path, began):
        while not self.stop.wait(HEARTBEAT_SECONDS):
            print(f'        {clock_text(time.monotonic() - began)}  {last_line(log_path)}', flush=True)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def run_step(name, number, options, logs):
    """(passed, failed, what it took) of one step."""
    action, what = steps.STEPS[name]
    running = step.Step(name, options, logs / f'{name}.log')
    print(f'[{number:2d}/{len(options.names)}] {name}: {what}', flush=True)
    stopwatch = times.Stopwatch()
    passed = failed = 0
    with Heartbeat(running.log_path, stopwatch.began):
        try:
            passed = action(running)
        except step.Failed as refused:
            failed = refused.failed
        finally:
            running.log.close()
    took = stopwatch.stop()
    if failed:
        tail = running.log_path.read_text(errors='replace').splitlines()[-TAIL_LINES:]
        print('\n'.join(tail))
    for line in running.closing_lines:
        print(f'        {line}')
    print(f'        {"FAILED" if failed else "ok"} after {clock_text(took["seconds"])}' +
          (f', log: {running.log_path}' if failed else ''), flush=True)
    return passed, failed, took


def list_steps(last_times):
    print(f'{"step":11s} {"took":>6s}  holds you to')
    for name, (_, what) in steps.STEPS.items():
        print(f'{name:11s} {last_times.text(name):>6s}  {what}')


def main(argv):
    options = parse(argv)
    logs = step.BUILD / 'presubmit'
    last_times = times.LastTimes(logs / 'times.json')
    if options.list:
        list_steps(last_times)
        return 0
    logs.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    rows = []
    for number, name in enumerate(options.names, 1):
        passed, failed, took = run_step(name, number, options, logs)
        rows.append((name, took, passed, failed))
        if not failed:
            last_times.keep(name, took)
        elif not options.keep_going:
            skipped = options.names[number:]
            if skipped:
                print(f'not run: {", ".join(skipped)}')
            break
    passed, failed = sum(row[2] for row in rows), sum(row[3] for row in rows)
    print(times.table(rows))
    print(f'total time {clock_text(time.monotonic() - began)}')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
