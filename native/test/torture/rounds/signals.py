# Signals under load, with a ledger: kill -9 in a loop, SIGSTOP and SIGCONT, clean stops by each signal that requests
# one.
import random
import signal
import time

from ledger import Ledger
from load import Load, Reader, Writer
from node import NodeEnded
from scene import Attack


def streams(scene, shapes):
    """Creates a stream for each (streamlets, lanes), and returns all places."""
    places = []
    with scene.node.session() as session:
        for number, (streamlets, lanes) in enumerate(shapes):
            stream = session.create(f'load-{number}', streamlets=streamlets, lanes=lanes, segmentBytesMax=1 << 20,
                                    groupSegments=2)
            places += [(stream, streamlet) for streamlet in range(streamlets)]
    return places


def load_of(scene, levels=('DISK', 'DISK', 'LEADER'), record_bytes=400, pause_seconds=0):
    """Writers of each level in each place, half of them over shared memory, and readers."""
    places = streams(scene, ((1, 1), (2, 2)))
    writers = [Writer(number, place, level, ('tcp', 'shm')[number % 2], random.Random(scene.random.getrandbits(64)),
                      record_bytes, pause_seconds)
               for number, (place, level) in enumerate((place, level) for place in places for level in levels)]
    return Load(Ledger(), writers, [Reader(places[0], 'tcp', pause_seconds), Reader(places[-1], 'shm', pause_seconds)])


def tell(scene, load):
    scene.tally.count('chunks acknowledged', load.acknowledged() - scene.tally.counts['chunks acknowledged'])
    for violation in load.book.violations[:5]:
        scene.fail(violation)
    load.book.violations.clear()


class Kills(Attack):
    name = 'kills'
    about = 'kill -9 in a loop under load: all acknowledged records are there, same bytes, same offset'
    settings = {'reactors': '2'}
    planned = {'kills': 4, 'chunks acknowledged': 300}
    starts_again = False
    # Whether somebody keeps the memory of a node that was killed.
    keeps_memory = True

    def play(self, scene):
        load = load_of(scene)
        while scene.tally.counts['kills'] < self.planned['kills'] and not scene.failures:
            load.start(scene.node)
            if not load.await_acknowledged(80, scene.node):
                scene.fail('the node accepts no more chunks')
            time.sleep(scene.random.random() * 0.2)
            scene.node.kill()
            load.end()
            if not self.keeps_memory:
                load.book.crashed()
            if scene.random.random() < 0.3:
                scene.node.start_and_kill(scene.random.random() * 2)
            scene.start_again()
            load.check(scene.node)
            tell(scene, load)


class KillsWithoutKeeper(Kills):
    name = 'kills-unkept'
    about = 'the same without a keeper: records acknowledged at `disk` are there'
    settings = {**Kills.settings, 'memory-kept': '0s'}
    planned = {'kills': 2, 'chunks acknowledged': 150}
    keeps_memory = False


class Pauses(Attack):
    name = 'pauses'
    about = 'SIGSTOP and SIGCONT under load'
    planned = {'pauses': 4, 'chunks acknowledged': 300}

    def play(self, scene):
        load = load_of(scene)
        load.start(scene.node)
        for _ in range(self.planned['pauses']):
            if not load.await_acknowledged(60, scene.node):
                scene.fail('the node accepts no more chunks')
                break
            scene.node.send_signal(signal.SIGSTOP)
            time.sleep(0.2 + scene.random.random() * 0.6)
            scene.node.send_signal(signal.SIGCONT)
            scene.tally.count('pauses')
        load.await_acknowledged(60, scene.node)
        load.end()
        load.check(scene.node)
        tell(scene, load)
        scene.stop_and_start()
        load.check(scene.node)
        tell(scene, load)


class CleanStops(Attack):
    name = 'clean-stops'
    about = 'SIGTERM, SIGINT and SIGHUP under load: records acknowledged at `leader` are there'
    planned = {'clean stops': 3, 'chunks acknowledged': 200}
    starts_again = False

    def play(self, scene):
        load = load_of(scene, ('LEADER', 'DISK'))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            load.start(scene.node)
            if not load.await_acknowledged(80, scene.node):
                scene.fail('the node accepts no more chunks')
            status = scene.node.stop(number)
            load.end()
            scene.tally.count('clean stops')
            if status != 0:
                scene.fail(f'status={status} limit=0 after {signal.Signals(number).name}: the node did not stop cleanly')
            scene.start_again()
            load.check(scene.node)
            tell(scene, load)
