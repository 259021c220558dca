# A real node as a process: the `kera` command of the distribution, with its own folder, with ports that the system
# chooses, and in a process group that ends with this process. Starts, signals and kills it; reads its log and its use
# of resources.
import ctypes
import os
import pathlib
import re
import resource
import signal
import subprocess
import time
import urllib.error
import urllib.request

import schema
import session
import tcp_peer
from shm_peer import ShmPeer

START_SECONDS = 120
STOP_SECONDS = 90
PR_SET_PDEATHSIG = 1
SETTINGS = {
    'listen': 'tcp:127.0.0.1:0,shm:{folder}/node.sock', 'http-listen': '127.0.0.1:0', 'memory-arena': '96m',
    'memory-loaded': '16m', 'memory-pages': 'small', 'memory-touch': 'false', 'reactors': '1',
    'reactors-idle': 'park', 'retention-interval': '50ms'}
BAD_LINES = re.compile(r'assertion failed|fatal error has been detected|terminate called|AddressSanitizer|'
                       r'exception_in_request|control_agent_error|UnsatisfiedLink|OutOfMemoryError|event=internal')
LIBC = ctypes.CDLL(None, use_errno=True)


class NodeEnded(Exception):
    """The node ended by itself, or does not start."""


class Node:
    def __init__(self, kera, folder, tally=None, descriptors=0, **settings):
        self.kera = kera
        self.folder = pathlib.Path(folder)
        self.data = self.folder / 'data'
        self.log_path = self.folder / 'node.log'
        self.settings = {**SETTINGS, 'data-folder': '{folder}/data', **settings}
        self.descriptors_max = descriptors
        self.schema = schema.client_schema()
        self.tally = tally
        self.process = None
        self.log_read = 0

    # Start and end.

    def prepare(self):
        """Between fork and exec: the node ends with its parent, writes no core file, has few descriptors if the round says so."""
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if self.descriptors_max:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors_max, self.descriptors_max))
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)

    def launch(self):
        """Starts the process, and returns the position in the log where its lines begin."""
        arguments = [f'--{key}={value.format(folder=self.folder)}' for key, value in self.settings.items()]
        began = self.log_path.stat().st_size if self.log_path.exists() else 0
        with self.log_path.open('ab') as log:
            self.process = subprocess.Popen(
                [str(self.kera), 'node', *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=self.prepare,
                env={name: value for name, value in os.environ.items() if not name.startswith('KERA_')})
        return began

    def start(self):
        began, deadline = self.launch(), time.monotonic() + START_SECONDS
        while True:
            said = self.log_from(began)
            if re.search(r'^KerA node .* ready after', said, re.MULTILINE) and 'retention.interval ' in said:
                break
            if self.process.poll() is not None:
                raise NodeEnded(f'start: status={self.process.returncode}')
            if time.monotonic() > deadline:
                raise NodeEnded(f'start: not ready after {START_SECONDS} s')
            time.sleep(0.02)
        self.port = int(re.search(r'clients +tcp:127\.0\.0\.1:(\d+)', said).group(1))
        self.http_port = int(re.search(r'http +port (\d+)', said).group(1))
        return self

    def start_and_kill(self, seconds):
        """Kills it in the middle of its start, or shortly after."""
        self.launch()
        time.sleep(seconds)
        self.kill()

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process is not None and self.process.poll() is None

    def send_signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        """Kills it at once. Unlike after a power cut, the kernel still writes what it has."""
        if self.tally is not None:
            self.tally.count('kills')
        self.end_group()

    def stop(self, number=signal.SIGTERM):
        """Stops it cleanly and returns its exit status."""
        self.must_run()
        self.send_signal(number)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise NodeEnded(f'stop: still running {STOP_SECONDS} s after signal {number}') from None
        return status

    def end_group(self):
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()

    def must_run(self):
        if not self.running():
            raise NodeEnded(f'status={None if self.process is None else self.process.returncode} ; the node ended by itself')

    def lives(self):
        """True when it accepts a session. A process that is ending may still exist for a while, writing the reason."""
        deadline = time.monotonic() + START_SECONDS
        while self.running():
            try:
                self.session().close()
                return True
            except (tcp_peer.PeerLost, tcp_peer.Silence):
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.05)
        return False

    # Connections to it.

    def tcp(self, **options):
        return tcp_peer.TcpPeer('127.0.0.1', self.port, **options)

    def shm(self):
        return ShmPeer(self.folder / 'node.sock')

    def session(self, kind='tcp', **options):
        token = self.settings.get('auth-token', '').encode()
        return session.Session.greeted(self.tcp(**options) if kind == 'tcp' else self.shm(), self.schema, self.tally, token)

    def http(self, path, seconds=30):
        """(status, text)"""
        try:
            with urllib.request.urlopen(f'http://127.0.0.1:{self.http_port}{path}', timeout=seconds) as page:
                return page.status, page.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode(errors='replace')
        except OSError as lost:
            return 0, str(lost)

    # Its log and resources.

    def log_from(self, at=0):
        with self.log_path.open('rb') as log:
            log.seek(at)
            return log.read().decode(errors='replace')

    def log_tail(self, lines=40):
        """The last lines of its log, without its settings."""
        said = self.log_from().splitlines() if self.log_path.exists() else []
        return [line for line in said if not line.startswith('  ')][-lines:]

    def bad_lines(self):
        """Lines that no attack may cause: assertions, crashes."""
        found = [line for line in self.log_from().splitlines() if BAD_LINES.search(line)] if self.log_path.exists() else []
        return found + [f'crash report {path.name}' for path in self.folder.glob('hs_err_pid*')]

    def resident_bytes(self):
        status = pathlib.Path(f'/proc/{self.pid}/status').read_text()
        return int(re.search(r'VmRSS:\s+(\d+) kB', status).group(1)) * 1024

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.pid}/fd'))
