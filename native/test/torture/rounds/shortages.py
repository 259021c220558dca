# A node that runs out of descriptors or of disk: it reports that, continues with everything else, and recovers by
# itself when there is enough again. The full disk needs its own mount, and so root.
import ctypes
import os
import subprocess
import time

from chunks import chunk
from ledger import Ledger, value
from load import read_all
from scene import Attack
from session import Refused
from tcp_peer import PeerLost, Silence

MEBIBYTE = 1 << 20
CLONE_NEWNS = 0x00020000
# A node needs half a gibibyte free. The file system uses memory only for written data.
DISK_BYTES = 2048 * MEBIBYTE
PATIENCE_SECONDS = 60
# After this time the node refuses an append that waits for a full disk.
REFUSED_MS = 2000


class Descriptors(Attack):
    name = 'descriptors'
    about = 'a node with few descriptors: it refuses connections, and nothing else'
    settings = {'descriptors': 160}
    planned = {'connections beyond': 300}

    def play(self, scene):
        with scene.node.session() as session:
            stream = session.create('kept', segmentBytesMax=MEBIBYTE)
            for attempt in range(3):
                held = []
                try:
                    for _ in range(150):
                        held.append(scene.node.tcp(timeout_seconds=5))
                        scene.tally.count('connections beyond')
                    for _ in range(12):
                        session.append_one(chunk(stream, [bytes(200_000)]), 'LEADER')
                    session.create(f'beyond-{attempt}')
                except (PeerLost, Silence):
                    pass
                except Refused as refused:
                    if refused.code not in ('DISK_FAILED', 'LIMIT_EXCEEDED', 'TIMED_OUT'):
                        raise
                finally:
                    for peer in held:
                        peer.close()
                self.await_round_trip(scene, stream)

    @staticmethod
    def await_round_trip(scene, stream):
        """A node needs a moment to notice that connections have ended."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            scene.node.must_run()
            try:
                with scene.node.session(timeout_seconds=5) as session:
                    session.append_one(chunk(stream, [b'again']))
                    return
            except (PeerLost, Silence, Refused) as why:
                if time.monotonic() > deadline:
                    scene.fail(f'{PATIENCE_SECONDS} s after descriptors are free again: {why}')
                    return
                time.sleep(0.1)


def mount_own(folder):
    """Mounts a small tmpfs that only this process and its children see, so that it ends with them."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        return os.strerror(ctypes.get_errno())
    for command in (['mount', '--make-rprivate', '/'],
                    ['mount', '-t', 'tmpfs', '-o', f'size={DISK_BYTES}', 'kera-torture', str(folder)]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return done.stderr.strip()
    return ''


def used_bytes(folder):
    disk = os.statvfs(folder)
    return (disk.f_blocks - disk.f_bfree) * disk.f_frsize


class DiskFull(Attack):
    name = 'disk-full'
    about = 'a small disk becomes full and free again, twice: data and metadata continue by themselves'
    settings = {'reactors': '2'}
    planned = {'times full': 2}
    starts_again = False

    def play(self, scene):
        folder = scene.folder / 'small'
        folder.mkdir()
        wrong = 'mounting needs root' if os.geteuid() != 0 else mount_own(folder)
        if wrong:
            print(f'disk-full: SKIPPED: {wrong}', flush=True)
            scene.tally.count('times full', self.planned['times full'])
            return
        try:
            self.fill_and_free(scene, scene.fresh_node(folder))
        finally:
            scene.node.end_group()
            subprocess.run(['umount', '-l', str(folder)], check=False)
        # The last check needs a node with free disk space.
        scene.fresh_node()

    def fill_and_free(self, scene, node):
        book, number = Ledger(), 0
        with node.session() as session:
            place = (session.create('filling', segmentBytesMax=4 * MEBIBYTE, retentionBytes=-1), 0)
        for turn in range(self.planned['times full']):
            self.resize(scene, used_bytes(scene.folder / 'small'))
            scene.tally.count('times full')
            with node.session() as session:
                number = self.write(session, book, place, number)
                self.try_administration(session, turn)
                node.must_run()
                read_all(session, place, lambda found: book.read(place, found))
            self.resize(scene, DISK_BYTES)
            self.goes_on(scene, node, place, turn)
        with node.session() as session:
            found = []
            book.whole(place, *read_all(session, place, found.append), found)
        for violation in book.violations[:5]:
            scene.fail(violation)
        scene.check()

    @staticmethod
    def resize(scene, size):
        subprocess.run(['mount', '-o', f'remount,size={size}', str(scene.folder / 'small')], check=True)

    @staticmethod
    def write(session, book, place, number):
        """Writes until a refusal, or until much was accepted, because existing files may still have space."""
        for number in range(number, number + 200):
            record = value('DISK', 1, number, bytes(50_000))
            try:
                base = session.append_one(chunk(place[0], [record]), timeout_ms=REFUSED_MS)
                book.acknowledged(place, base, [record])
            except Refused:
                break
        return number + 1

    @staticmethod
    def try_administration(session, turn):
        # So many long names that the new data does not fit into space that was allocated before.
        for attempt in range(40):
            try:
                session.create(f'while-full-{turn}-{attempt}-' + 'n' * 200)
            except Refused:
                pass

    @staticmethod
    def goes_on(scene, node, place, turn):
        """Checks that the node continues soon, and without a restart."""
        deadline, why = time.monotonic() + PATIENCE_SECONDS, ''
        while time.monotonic() < deadline:
            try:
                with node.session() as session:
                    stream = session.create(f'after-full-{turn}')
                    session.append_one(chunk(stream, [b'after']), timeout_ms=REFUSED_MS)
                return
            except Refused as refused:
                why = str(refused)
                if refused.code == 'STREAM_EXISTS':
                    why += ', although its creation was refused before'
                    turn += 1000
                time.sleep(0.2)
        scene.fail(f'{PATIENCE_SECONDS} s after the disk has room again: {why}; /healthz: {node.http("/healthz")}')
