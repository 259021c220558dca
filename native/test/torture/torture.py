#!/usr/bin/env python3
# `./kera torture`: attacks a real node from outside in rounds, and checks after each round that it works. The seed
# decides everything random. At the end it prints a table of what was done, and `N passed, N failed`.
#
#   torture.py [--minutes N] [--seed S] [--round NAME,...] [--list] [--kera PROGRAM]
import argparse
import pathlib
import signal
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tally
from rounds import ATTACKS
from scene import Scene

LONG_MINUTES = 10
ROOT = pathlib.Path(__file__).resolve().parents[3]


def built_kera():
    found = sorted(ROOT.glob('java-api/kera-dist/target/kera-*/kera-*/bin/kera'))
    return found[0] if found else None


def parse(argv):
    parser = argparse.ArgumentParser(prog='kera torture')
    parser.add_argument('--minutes', type=float, help='repeat the rounds with new seeds for so long (default 1)')
    parser.add_argument('--seed', type=int, default=1, help='the seed of the first pass; each later pass adds one (default 1)')
    parser.add_argument('--round', default='', help='the rounds to run, separated by commas; once, unless --minutes is given')
    parser.add_argument('--list', action='store_true', help='list the rounds and stop')
    parser.add_argument('--kera', type=pathlib.Path, default=built_kera(), help='the kera command to attack')
    options = parser.parse_args(argv)
    if options.minutes is None:
        options.minutes = 0 if options.round else 1
    names = [attack.name for attack in ATTACKS]
    short = [attack.name for attack in ATTACKS if not attack.long or options.minutes >= LONG_MINUTES]
    options.names = [name for name in options.round.split(',') if name] or short
    for name in options.names:
        if name not in names:
            parser.error(f'unknown round={name}; known: {", ".join(names)}')
    if not options.list and (options.kera is None or not options.kera.exists()):
        parser.error(f'kera={options.kera} does not exist; build it: ./kera build dist')
    return options


def run(attack, seed, kera):
    """(failures, tally, log tail) of one round."""
    with Scene(kera, seed, attack) as scene:
        try:
            scene.fresh_node()
            attack.play(scene)
            scene.check()
            if attack.starts_again:
                scene.stop_and_start()
                scene.check()
        except Exception as failed:
            where = traceback.extract_tb(failed.__traceback__)
            at = next((frame for frame in reversed(where) if 'rounds' in frame.filename), where[-1])
            scene.fail(f'{type(failed).__name__}: {failed} ({pathlib.Path(at.filename).name}:{at.lineno})')
        for lack in scene.tally.lacking(attack.planned):
            if not scene.failures:
                scene.fail(f'the round did less than planned: {lack}')
        return scene.failures, scene.tally, scene.log_tail() if scene.failures else []


def report(attack, seed, failures, log_tail):
    for failure in failures:
        print(f'FAILED seed={seed} round={attack.name}: {failure}')
    print(f'  end of the node\'s log:')
    for line in log_tail:
        print(f'    {line}')
    print(f'  to repeat: ./kera torture --seed {seed} --round {attack.name}', flush=True)


def leave(number, _):
    """Ends as after Ctrl-C, so that everything is cleaned up."""
    raise KeyboardInterrupt(number)


def main(argv):
    options = parse(argv)
    chosen = [attack for attack in ATTACKS if attack.name in options.names]
    if options.list:
        for attack in ATTACKS:
            print(f'{attack.name:18s} {attack.about}')
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    began, passed, failed, rows, seed = time.monotonic(), 0, 0, {}, options.seed
    while True:
        for attack in chosen:
            round_began = time.monotonic()
            failures, done, log_tail = run(attack, seed, options.kera)
            seconds = time.monotonic() - round_began
            print(f'seed={seed} {attack.name}: {"FAILED" if failures else "ok"} after {seconds:.1f} s', flush=True)
            if failures:
                report(attack, seed, failures, log_tail)
            passed, failed = passed + (not failures), failed + len(failures)
            _, before, spent, counts = rows.get(attack.name, (attack.name, 'ok', 0, tally.Tally().counts))
            verdict = 'FAILED' if failures or before != 'ok' else 'ok'
            rows[attack.name] = (attack.name, verdict, spent + seconds, counts + done.counts)
        seed += 1
        # Every round has run once more. There is another pass only if there is time for one of this length.
        spent = time.monotonic() - began
        if failed or spent + spent / (seed - options.seed) > options.minutes * 60:
            break
    print('\n'.join(['', *tally.table(rows.values())]))
    print(f'{seed - options.seed} passes from seed={options.seed}, {time.monotonic() - began:.0f} s')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print('torture: interrupted; nothing is left behind', file=sys.stderr)
        sys.exit(130)
