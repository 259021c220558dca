#!/usr/bin/env python3
# The Debian package on a machine of its own: installed, started as its unit says, upgraded, removed, purged. The package
# is the argument. `machine.py` sees to it that nothing stays behind.
import os
import pathlib
import pwd
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
import urllib.request

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / 'deploy' / 'test'))
import machine
import service
from machine import run, write

UNIT = '/usr/lib/systemd/system/kera.service'
CONFIGURATION = pathlib.Path('/etc/kera/node.properties')
DATA = pathlib.Path('/var/lib/kera')
RECORDS = ''.join(f'record {number}\n' for number in range(1000))
package = ''


def dpkg(*arguments, check=True):
    """Without triggers: they are of other packages, and that of man-db takes longer than all else."""
    return run('dpkg', '--no-triggers', '--force-unsafe-io', '--force-confold', *arguments, check=check,
               env={**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'})


def paths_of_kera():
    """All that is left of the package, but for what dpkg itself remembers."""
    found = [*pathlib.Path('/etc').rglob('*kera*'), *pathlib.Path('/usr').glob('*/kera*'), *pathlib.Path('/usr/share').glob('*/kera*'),
             *pathlib.Path('/usr/share/man').glob('*/kera*'), *pathlib.Path('/var/lib').glob('kera*'),
             *pathlib.Path('/usr/lib/systemd').rglob('kera*')]
    return sorted(str(path) for path in found)


def setUpModule():
    """The package as it is handed out installs; from here on one that unpacks faster will do."""
    global package
    dpkg('--install', package)
    version = run('dpkg-query', '--show', '--showformat=${Version}', 'kera').stdout
    dpkg('--purge', 'kera')
    package = machine.repack(package, tempfile.mkdtemp(), version)


class PackageTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        # A small arena, for the test's machine is small; not in the file, which is one of the things that are tested.
        self.environment = {'KERA_MEMORY_ARENA': '64m', 'KERA_SHUTDOWN_TIMEOUT': '20s'}
        self.service = None
        dpkg('--install', package)
        self.addCleanup(dpkg, '--purge', 'kera')
        self.addCleanup(self.end_service)

    def end_service(self):
        if self.service is not None:
            self.service.end()

    def start(self, wait=True, **options):
        self.end_service()
        self.service = service.Service(UNIT, **options)
        return self.service.start(self.environment, wait)

    def fill(self):
        run('kera', 'stream', 'create', 'clicks')
        subprocess.run(['kera', 'produce', 'clicks', '--acks', 'disk'], input=RECORDS, text=True, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def read_back(self):
        return subprocess.run(['kera', 'consume', 'clicks', '--from', 'earliest'], text=True, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL).stdout

    # --- what is installed

    def test_installs_a_user_folders_and_settings_that_only_they_may_read(self):
        user = pwd.getpwnam('kera')
        self.assertEqual('/usr/sbin/nologin', user.pw_shell)
        for path, mode, owner in ((DATA, 0o700, user.pw_uid), (CONFIGURATION, 0o640, 0)):
            found = path.stat()
            self.assertEqual((oct(mode), owner, user.pw_gid), (oct(stat.S_IMODE(found.st_mode)), found.st_uid, found.st_gid), path)
        self.assertIn('kera 0.', run('kera', '--version').stdout)
        self.assertEqual('', run('dpkg', '--verify', 'kera').stdout.replace('??5?????? c /etc/kera/node.properties', '').strip())

    def test_completes_in_bash(self):
        script = '/usr/share/bash-completion/completions/kera'
        done = run('bash', '-c', f'source {script}; compopt() {{ :; }}; COMP_WORDS=(kera stream cr); COMP_CWORD=2; '
                                 '_complete_kera; echo ${COMPREPLY[@]}')
        self.assertEqual('create', done.stdout.strip())

    def test_has_pages_for_man_without_a_warning(self):
        for page in ('man1/kera.1.gz', 'man8/kera-host.8.gz'):
            path = f'/usr/share/man/{page}'
            plain = os.path.join(self.folder, os.path.basename(page)[:-3])
            write(plain, run('gzip', '-dc', path).stdout)
            linted = run('mandoc', '-T', 'lint', '-W', 'warning', plain, check=False).stdout
            wrong = [line for line in linted.splitlines() if 'missing date' not in line]
            self.assertEqual([], wrong)
        manual = run('gzip', '-dc', '/usr/share/man/man1/kera.1.gz').stdout
        self.assertIn('.SS kera stream create ', manual)

    def test_has_units_that_systemd_understands_and_that_expose_little(self):
        run('systemd-analyze', 'verify', '--man=no', UNIT, '/usr/lib/systemd/system/kera-host.service')
        done = run('systemd-analyze', 'security', '--offline=yes', '--no-pager', '--threshold=13', UNIT)
        print(done.stdout.strip().splitlines()[-1])

    def test_says_what_to_install_where_there_is_no_java(self):
        done = run('/usr/bin/kera', '--version', check=False, env={'PATH': '/usr/bin:/bin', 'KERA_JAVA': '/nowhere/java'})
        self.assertEqual(1, done.returncode)
        self.assertIn('install Java 17', done.stdout)
        depends = run('dpkg-query', '--show', '--showformat=${Depends}', 'kera').stdout
        self.assertIn('default-jre-headless (>= 2:1.17) | java17-runtime-headless', depends)

    # --- as a service

    def test_tells_systemd_how_it_is_and_stops_with_0(self):
        node = self.start()
        self.assertTrue([line for line in node.messages if line.startswith('STATUS=streams=0 listen=tcp:127.0.0.1:4150')])
        self.fill()
        self.assertEqual(0, node.stop(), node.text())
        self.assertIn('STOPPING=1', node.messages)
        self.assertIn('EXTEND_TIMEOUT_USEC=35000000', node.messages)
        self.assertNotIn('supervisor_not_told', node.text())

    def test_exits_with_2_where_its_settings_are_wrong_so_that_nobody_starts_it_again(self):
        CONFIGURATION.write_text('reactors=many\n')
        node = self.start(wait=False)
        self.assertEqual(2, node.wait(), node.text())
        self.assertEqual('2', node.one('RestartPreventExitStatus'))
        self.assertIn('key=reactors value=many', node.text())

    def test_is_not_pinged_for_when_a_reactor_does_not_turn(self):
        node = self.start(watchdog_seconds=2)
        self.assertGreaterEqual(node.pings_in(2), 2)
        with machine.Stopped(node.thread('kera-0')):
            # A reactor may sleep for retention.interval, 1 s; one more is slack.
            node.pings_in(3)
            node.forget_messages()
            self.assertEqual(0, node.pings_in(2), node.messages)
        node.wait_for('WATCHDOG=1')
        self.assertEqual(0, node.stop(), node.text())

    def test_serves_other_users_over_tcp_and_keeps_its_socket_for_root(self):
        node = self.start()
        self.fill()
        done = run('setpriv', '--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', 'kera', 'stream', 'list', '--json',
                   env={'PATH': os.environ['PATH'], 'HOME': '/nonexistent'})
        self.assertIn('"clicks"', done.stdout)
        refused = run('setpriv', '--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', 'kera', 'stream', 'list',
                      '--uri', 'shm:/run/kera/node.sock', check=False)
        self.assertNotEqual(0, refused.returncode)
        self.assertIn('"clicks"', run('kera', 'stream', 'list', '--json', '--uri',
                                      f'shm:/run/kera/node.sock?uid={pwd.getpwnam("kera").pw_uid}').stdout)
        self.assertEqual(0, node.stop())

    # --- in a container

    def test_runs_with_the_java_that_the_container_file_makes_and_answers_its_health_check(self):
        folder = CHECKOUT / 'deploy' / 'container'
        modules = re.search(r'--add-modules \\\n *(\S+)', (folder / 'Containerfile').read_text()).group(1)
        java = pathlib.Path(self.folder) / 'java'
        run('jlink', '--strip-debug', '--no-man-pages', '--no-header-files', '--output', java, '--add-modules', modules)
        pathlib.Path(self.folder).chmod(0o755)
        self.environment['KERA_JAVA'] = str(java / 'bin' / 'java')
        self.assertNotEqual(0, run(folder / 'health', check=False).returncode)
        node = self.start()
        run(folder / 'health')
        self.assertNotEqual(0, run(folder / 'health', check=False, env={'KERA_HTTP_LISTEN': '127.0.0.1:4150'}).returncode)
        with unittest.mock.patch.dict(os.environ, self.environment):
            self.fill()
            self.assertEqual(RECORDS, self.read_back())
            self.assertIn('kera_reactor_duty_cycles_total', self.page_of_metrics())
        self.assertEqual(0, node.stop(), node.text())

    @staticmethod
    def page_of_metrics():
        with urllib.request.urlopen('http://127.0.0.1:4151/metrics', timeout=30) as page:
            return page.read().decode()

    # --- upgrade, removal, purge

    def pretend_systemd(self):
        """Programs in front of the real ones say which service was told what, and stop the one that runs."""
        os.makedirs('/run/systemd/system', exist_ok=True)
        self.addCleanup(os.rmdir, '/run/systemd/system')
        told = pathlib.Path(self.folder) / 'told'
        for name in ('systemctl', 'deb-systemd-invoke'):
            write(f'/usr/local/sbin/{name}', f'''#!/bin/sh
echo "{name} $*" >>{told}
if [ "{name} $*" = "deb-systemd-invoke stop kera.service" ]; then
    kill -TERM {self.service.process.pid}
    while grep -q '^State:\t[^Z]' /proc/{self.service.process.pid}/status 2>/dev/null; do sleep 0.05; done
fi
''', 0o755)
            self.addCleanup(os.remove, f'/usr/local/sbin/{name}')
        return told

    def test_upgrades_a_node_that_runs_and_keeps_its_data_and_settings(self):
        node = self.start()
        self.fill()
        CONFIGURATION.write_text(CONFIGURATION.read_text() + 'node.name=mine\n')
        DATA.chmod(0o750)

        def change(root):
            path = root / 'etc/kera/node.properties'
            path.write_text('# a new first line\n' + path.read_text())

        told = self.pretend_systemd()
        dpkg('--install', machine.repack(package, self.folder, '99.1', change))
        self.assertEqual(0, node.wait(), node.text())
        self.assertEqual(['deb-systemd-invoke stop kera.service', 'systemctl --system daemon-reload',
                          'systemctl --system daemon-reload', 'deb-systemd-invoke start kera-host.service kera.service'], told.read_text().splitlines())
        self.assertTrue(CONFIGURATION.read_text().endswith('node.name=mine\n'))
        self.assertTrue(CONFIGURATION.with_suffix('.properties.dpkg-dist').read_text().startswith('# a new first line'))
        self.assertEqual('0o640', oct(stat.S_IMODE(CONFIGURATION.stat().st_mode)))
        self.assertEqual('0o750', oct(stat.S_IMODE(DATA.stat().st_mode)))
        self.start()
        self.assertEqual(RECORDS, self.read_back())
        self.assertIn('"mine"', self.service.text())
        self.assertEqual(0, self.service.stop())

    def test_keeps_data_and_settings_when_it_is_removed_and_deletes_them_when_purged(self):
        before = pathlib.Path('/etc/passwd').read_text()
        self.start()
        self.fill()
        self.service.stop()
        CONFIGURATION.write_text(CONFIGURATION.read_text() + 'node.name=mine\n')
        run('/usr/sbin/kera-host', 'tune', '--limits=kera')
        dpkg('--remove', 'kera')
        self.assertFalse(pathlib.Path('/etc/security/limits.d/60-kera.conf').exists())
        self.assertIn('node.name=mine', CONFIGURATION.read_text())
        dpkg('--install', package)
        self.assertIn('node.name=mine', CONFIGURATION.read_text())
        self.start()
        self.assertEqual(RECORDS, self.read_back())
        self.service.stop()
        dpkg('--purge', 'kera')
        self.assertEqual([], paths_of_kera())
        self.assertNotIn('\nkera:', pathlib.Path('/etc/passwd').read_text())
        self.assertIn('\nkera:', before)

    def test_purges_a_data_folder_that_is_a_disk_or_a_link(self):
        run('mount', '-t', 'tmpfs', 'tmpfs', DATA)
        write(DATA / 'old', 'data')
        dpkg('--purge', 'kera')
        self.assertEqual([], os.listdir(DATA))
        run('umount', DATA)
        DATA.rmdir()
        elsewhere = pathlib.Path(self.folder) / 'elsewhere'
        write(elsewhere / 'old', 'data')
        DATA.symlink_to(elsewhere)
        dpkg('--install', package)
        dpkg('--purge', 'kera')
        self.assertEqual([], os.listdir(elsewhere))
        self.assertFalse(DATA.is_symlink())

    def test_stays_whole_where_the_disk_is_full(self):
        run('mount', '-t', 'tmpfs', '-o', 'size=16m,mode=700,uid=kera,gid=kera', 'tmpfs', DATA)
        self.addCleanup(run, 'umount', DATA)
        with open(DATA / 'ballast', 'wb') as ballast:
            try:
                while ballast.write(bytes(1 << 20)):
                    ballast.flush()
            except OSError:
                pass
        node = self.start(wait=False)
        self.assertEqual(1, node.wait(), node.text())
        self.assertNotIn('Exception', node.text())
        self.assertIn('/var/lib/kera', node.text())
        dpkg('--install', machine.repack(package, self.folder, '99.2'))
        self.assertIn('99.2', run('dpkg-query', '--show', 'kera').stdout)


if __name__ == '__main__':
    package = str(pathlib.Path(sys.argv[1]).resolve())
    machine.enter(CHECKOUT)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
