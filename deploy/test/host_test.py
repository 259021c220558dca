#!/usr/bin/env python3
# Tests of kera-host: on a pretended machine below a folder with a space in its name, and huge pages on this machine, where
# it may.
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

KERA_HOST = pathlib.Path(__file__).resolve().parents[1] / 'host' / 'kera-host'
HUGE_PAGES = pathlib.Path('/proc/sys/vm/nr_hugepages')


class HostTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='kera host '))
        self.addCleanup(shutil.rmtree, self.folder)
        for path, text in (
                ('proc/sys/vm/nr_hugepages', '7'), ('proc/sys/vm/swappiness', '60'),
                ('proc/irq/3/smp_affinity_list', '0-3'), ('proc/irq/4/smp_affinity_list', '3'),
                ('sys/kernel/mm/transparent_hugepage/shmem_enabled', 'always within_size [never] advise'),
                ('sys/devices/system/cpu/online', '0-3'),
                ('sys/devices/system/cpu/cpu0/cpufreq/scaling_governor', 'powersave'),
                ('sys/devices/system/cpu/cpu1/cpufreq/scaling_governor', 'performance'),
                ('usr/lib/systemd/system/irqbalance.service', '[Unit]'), ('etc/passwd', 'root'), ('var/lib/x', '')):
            self.file(path).parent.mkdir(parents=True, exist_ok=True)
            self.file(path).write_text(text + '\n')
        self.before = self.all_files()

    def file(self, path):
        return self.folder / path

    def text(self, path):
        return self.file(path).read_text().strip()

    def all_files(self):
        """Every file with its text, and every folder; the one choice is the same with and without the others around it."""
        found = {str(path): path.read_text() if path.is_file() else None for path in self.folder.rglob('*')}
        shmem = str(self.file('sys/kernel/mm/transparent_hugepage/shmem_enabled'))
        if '[never]' in found[shmem]:
            found[shmem] = 'never\n'
        return found

    def run_host(self, *arguments, status=0, root=None):
        done = subprocess.run([KERA_HOST, f'--root={root or self.folder}', *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(status, done.returncode, done.stdout)
        return done.stdout

    EVERYTHING = ('tune', '--huge-pages=12', '--transparent-huge-pages', '--swappiness', '--performance', '--limits=ada',
                  '--isolate=0-1', '--no-interrupts=0-1')

    def test_undoes_exactly_what_it_did(self):
        self.run_host(*self.EVERYTHING)
        self.assertEqual('12', self.text('proc/sys/vm/nr_hugepages'))
        self.assertEqual('advise', self.text('sys/kernel/mm/transparent_hugepage/shmem_enabled'))
        self.assertEqual('1', self.text('proc/sys/vm/swappiness'))
        self.assertEqual('performance', self.text('sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'))
        self.assertEqual('ada - memlock unlimited\nada - nofile 65536', self.text('etc/security/limits.d/60-kera.conf'))
        self.assertEqual('[Slice]\nAllowedCPUs=2,3', self.text('etc/systemd/system/system.slice.d/60-kera.conf'))
        self.assertEqual('2,3', self.text('proc/irq/3/smp_affinity_list'))
        self.assertEqual('3', self.text('proc/irq/4/smp_affinity_list'))
        self.assertIn('/proc/sys/vm/nr_hugepages: was 7, wanted 12, is 12', self.run_host('status'))
        self.run_host('undo')
        self.assertEqual(self.before, self.all_files())

    def test_undoes_once_what_was_done_twice_and_nothing_the_second_time(self):
        self.run_host(*self.EVERYTHING)
        self.run_host(*self.EVERYTHING)
        self.run_host('tune', '--huge-pages=20', '--isolate=0')
        self.run_host('undo')
        self.assertEqual(self.before, self.all_files())
        self.assertIn('nothing to undo', self.run_host('undo'))
        self.assertIn('nothing was changed', self.run_host('status'))
        self.assertEqual(self.before, self.all_files())

    def test_leaves_what_somebody_else_has_changed_since(self):
        self.run_host(*self.EVERYTHING)
        self.file('proc/sys/vm/nr_hugepages').write_text('99\n')
        self.file('etc/security/limits.d/60-kera.conf').write_text('mine\n')
        self.assertIn('somebody else', self.run_host('status'))
        self.assertIn('left at 99', self.run_host('undo'))
        self.assertEqual('99', self.text('proc/sys/vm/nr_hugepages'))
        self.assertEqual('mine', self.text('etc/security/limits.d/60-kera.conf'))
        self.assertEqual('60', self.text('proc/sys/vm/swappiness'))
        self.assertFalse(self.file('var/lib/kera-host/changes').exists())

    def test_does_not_overwrite_files_of_others(self):
        self.file('etc/security/limits.d').mkdir(parents=True)
        self.file('etc/security/limits.d/60-kera.conf').write_text('mine\n')
        self.run_host('tune', '--limits=ada', status=1)
        self.run_host('undo')
        self.assertEqual('mine', self.text('etc/security/limits.d/60-kera.conf'))

    def test_takes_no_huge_pages_away(self):
        self.assertIn('is 7 already', self.run_host('tune', '--huge-pages=3'))
        self.assertIn('nothing to undo', self.run_host('undo'))

    def test_applies_again_after_a_boot_and_still_knows_how_it_was(self):
        self.run_host('tune', '--huge-pages=12', '--limits=ada')
        self.file('proc/sys/vm/nr_hugepages').write_text('0\n')
        self.run_host('apply')
        self.assertEqual('12', self.text('proc/sys/vm/nr_hugepages'))
        self.run_host('undo')
        self.assertEqual(self.before, self.all_files())
        self.run_host('apply')
        self.assertEqual(self.before, self.all_files())

    def test_undoes_what_was_recorded_before_a_crash(self):
        state = self.file('var/lib/kera-host')
        state.mkdir(parents=True)
        state.joinpath('changes').write_text(
            'value\t/proc/sys/vm/nr_hugepages\t7\t12\t12\nfolder\t/etc/security\n'
            'file\t/etc/security/60-kera.conf\tsum\t-\n')
        self.run_host('undo')
        self.assertEqual(self.before, {path: text for path, text in self.all_files().items() if '/var/lib/kera' not in path})

    def test_tries_nothing_when_the_command_line_is_wrong(self):
        for wrong in (('tune',), ('tune', '--huge-pages=20', '--huge-pages=0'), ('tune', '--huge-pages=20', '--else'),
                      ('tune', '--huge-pages=20', '--isolate=0-3'), ('tune', '--isolate=4'), ('tune', '--isolate=3-1'), ('tune', '--isolate='),
                      ('tune', '--no-interrupts=0;reboot'), ('tune', '--limits=a b'), ('undo', '--swappiness'), (),
                      ('tune', 'undo')):
            self.run_host(*wrong, status=2)
        self.assertEqual(self.before, self.all_files())

    def test_says_what_the_machine_does_not_have_and_does_the_rest(self):
        self.file('sys/kernel/mm/transparent_hugepage/shmem_enabled').unlink()
        self.assertIn('is not there', self.run_host('tune', '--transparent-huge-pages', '--swappiness', status=1))
        self.assertEqual('1', self.text('proc/sys/vm/swappiness'))

    @unittest.skipUnless(os.access(HUGE_PAGES, os.W_OK), 'needs root')
    def test_reserves_and_returns_huge_pages_of_this_machine(self):
        """The record is in the test's folder; /proc is this machine's."""
        shutil.rmtree(self.file('proc'))
        self.file('proc').symlink_to('/proc')
        before = int(HUGE_PAGES.read_text())
        self.addCleanup(HUGE_PAGES.write_text, f'{before}\n')
        self.run_host('tune', f'--huge-pages={before + 2}')
        self.assertEqual(before + 2, int(HUGE_PAGES.read_text()))
        self.run_host('undo')
        self.assertEqual(before, int(HUGE_PAGES.read_text()))


if __name__ == '__main__':
    unittest.main()
