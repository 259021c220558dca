# What systemd does for a service of Type=notify, as far as kera.service needs it: reads the unit, makes its folders, starts
# the program as its user without privileges, hears its messages, stops it. One thread hears.
import os
import pathlib
import pwd
import re
import select
import shlex
import signal
import socket
import subprocess
import time

PATIENCE_SECONDS = 60


class Service:
    def __init__(self, unit, watchdog_seconds=30):
        self.settings = self.read(pathlib.Path(unit).read_text())
        self.watchdog_seconds = watchdog_seconds
        self.messages = []
        self.process = None
        self.log = ''
        self.socket_path = pathlib.Path('/run/kera-test-notify')

    @staticmethod
    def read(text):
        settings = {}
        for line in text.splitlines():
            match = re.match(r'(\w+)=(.*)', line)
            if match:
                settings.setdefault(match.group(1), []).append(match.group(2))
        return settings

    def one(self, name):
        return self.settings[name][-1]

    def folder(self, above, name):
        path = pathlib.Path(above) / self.one(name)
        path.mkdir(exist_ok=True)
        path.chmod(int(self.one(name + 'Mode'), 8))
        os.chown(path, pwd.getpwnam(self.one('User')).pw_uid, pwd.getpwnam(self.one('Group')).pw_gid)

    def start(self, extra_environment=None, wait=True):
        self.folder('/run', 'RuntimeDirectory')
        if not os.path.ismount('/var/lib/kera'):
            self.folder('/var/lib', 'StateDirectory')
        self.messages = []
        self.socket_path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.socket.bind(str(self.socket_path))
        self.socket_path.chmod(0o777)
        user = self.one('User')
        environment = {
            'PATH': os.environ['PATH'], 'HOME': pwd.getpwnam(user).pw_dir, 'USER': user, 'LANG': 'C.UTF-8',
            'NOTIFY_SOCKET': str(self.socket_path), 'WATCHDOG_USEC': str(int(self.watchdog_seconds * 1e6)),
            **(extra_environment or {})}
        self.output = open('/run/kera-test-output', 'w+b')
        self.process = subprocess.Popen(
            ['setpriv', '--reuid', user, '--regid', self.one('Group'), '--clear-groups', '--no-new-privs', '--inh-caps=-all',
             '--bounding-set=-all', *shlex.split(self.one('ExecStart'))],
            env=environment, cwd=self.one('WorkingDirectory'), umask=int(self.one('UMask'), 8), stdin=subprocess.DEVNULL,
            stdout=self.output, stderr=subprocess.STDOUT)
        if wait:
            self.wait_for('READY=1')
        return self

    def hear(self, seconds):
        """Messages of the next seconds, or until one has come."""
        if not select.select([self.socket], [], [], seconds)[0]:
            return []
        message = self.socket.recv(65536).decode().split('\n')
        self.messages += message
        return message

    def wait_for(self, line):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if any(one.startswith(line) for one in self.hear(0.1)):
                return
            if self.process.poll() is not None and not select.select([self.socket], [], [], 0)[0]:
                break
        raise AssertionError(f'no {line!r} among {self.messages}; status {self.process.poll()}:\n{self.text()}')

    def pings_in(self, seconds):
        """How many pings come in that time."""
        deadline, count = time.monotonic() + seconds, 0
        while time.monotonic() < deadline:
            count += self.hear(max(0, deadline - time.monotonic())).count('WATCHDOG=1')
        return count

    def forget_messages(self):
        while self.hear(0):
            pass
        self.messages = []

    def text(self):
        self.output.seek(0)
        return self.output.read().decode(errors='replace')

    def wait(self):
        return self.process.wait(PATIENCE_SECONDS)

    def stop(self):
        """By SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.wait()
        while self.hear(0):
            pass
        return status

    def end(self):
        """Whatever it does."""
        self.process.kill()
        self.process.wait()
        self.socket.close()
        self.output.close()

    def thread(self, name):
        """The id of a thread of the process."""
        for task in pathlib.Path(f'/proc/{self.process.pid}/task').iterdir():
            if (task / 'comm').read_text().strip() == name:
                return int(task.name)
        raise AssertionError(f'no thread {name}')
