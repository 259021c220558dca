# A machine of its own for a test: this process starts itself again in new namespaces, on a root that shows the real one
# and keeps every change in memory. When it ends, however it does, its processes, mounts and files are gone. Needs root.
import ctypes
import fcntl
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile

INSIDE = 'KERA_DEPLOY_TEST_INSIDE'
SIOCSIFFLAGS = 0x8914
IFF_UP = 1
PR_SET_PDEATHSIG = 1


def run(*command, check=True, **options):
    """Of a command: the finished process, with its output as text."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, check=False, **options)
    if check and done.returncode != 0:
        raise AssertionError(f'{command} ended with status {done.returncode}:\n{done.stdout}')
    return done


def enter(checkout):
    """Returns inside of a new machine; outside it ends this process with the status of the one inside."""
    if os.environ.get(INSIDE):
        build_root(pathlib.Path(os.environ[INSIDE]), checkout)
        return
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    folder = tempfile.mkdtemp(prefix='kera-deploy-')
    try:
        with subprocess.Popen(
                ['unshare', '--mount', '--pid', '--ipc', '--uts', '--net', '--fork', '--kill-child', '--propagation', 'private',
                 sys.executable, '-B', *sys.argv], env={**os.environ, INSIDE: folder}, preexec_fn=die_with_parent) as inside:
            try:
                status = inside.wait()
            finally:
                inside.kill()
    finally:
        os.rmdir(folder)
    sys.exit(status)


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def build_root(folder, checkout):
    run('mount', '-t', 'tmpfs', '-o', 'size=3g,mode=755', 'kera-deploy', folder)
    for name in ('upper', 'work', 'root'):
        (folder / name).mkdir()
    root = folder / 'root'
    run('mount', '-t', 'overlay', '-o', f'lowerdir=/,upperdir={folder}/upper,workdir={folder}/work', 'overlay', root)
    run('mount', '-t', 'proc', 'proc', root / 'proc')
    run('mount', '--rbind', '/sys', root / 'sys')
    run('mount', '--rbind', '/dev', root / 'dev')
    for name in ('run', 'dev/shm'):
        run('mount', '-t', 'tmpfs', '-o', 'mode=755' if name == 'run' else 'mode=1777', 'tmpfs', root / name)
    for path in {pathlib.Path(checkout), pathlib.Path(sys.prefix)}:
        if not (root / path.relative_to('/')).exists():
            (root / path.relative_to('/')).mkdir(parents=True)
            run('mount', '--bind', path, root / path.relative_to('/'))
    os.chroot(root)
    os.chdir('/')
    raise_loopback()


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack('16sh14x', b'lo', IFF_UP))


class Stopped:
    """One thread of another process, stopped by ptrace while this is entered; all others go on."""
    SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17

    def __init__(self, thread):
        self.thread = thread
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long] * 4

    def ask(self, request):
        if self.libc.ptrace(request, self.thread, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f'ptrace request={request} thread={self.thread}')

    def __enter__(self):
        self.ask(self.SEIZE)
        self.ask(self.INTERRUPT)
        os.waitpid(self.thread, 0x40000000)  # __WALL
        return self

    def __exit__(self, *_):
        self.ask(self.DETACH)


def write(path, text, mode=0o644):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def repack(package, folder, version, change=lambda root: None):
    """The same package with another version, and what `change` did to its files."""
    root = pathlib.Path(folder) / version
    run('dpkg-deb', '--raw-extract', package, root)
    control = root / 'DEBIAN' / 'control'
    lines = [f'Version: {version}' if line.startswith('Version:') else line for line in control.read_text().splitlines()]
    control.write_text('\n'.join(lines) + '\n')
    change(root)
    made = pathlib.Path(folder) / f'kera_{version}.deb'
    run('dpkg-deb', '--root-owner-group', '-Znone', '--build', root, made)
    shutil.rmtree(root)
    return made
