# The steps that Maven does. Libkera is built before, for most tests load it.
import hashlib
import os
import pathlib
import re
import shutil

from native_steps import build
from step import BUILD, ROOT, Failed, counted


def maven(step, *arguments):
    """Maven without the network when its cache has all, else with it."""
    options = ['-B', '-ntp', '-Dmaven.wagon.http.retryHandler.count=5']
    if step.call('mvn', '-o', *options, *arguments):
        return True
    if not re.search(r'in offline mode|system is offline', step.log_path.read_text(errors='replace')):
        return False
    return step.call('mvn', *options, *arguments)


def run_maven(step, *arguments):
    """What Maven's goals and tests say; how many tests passed."""
    for folder in ROOT.rglob('target/surefire-reports'):
        shutil.rmtree(folder)
    succeeded = maven(step, *arguments)
    step.keep_lines(r'BUILD (SUCCESS|FAILURE)|Tests run: \d+, Failures: \d+, Errors: \d+, Skipped: \d+$')
    passed = failed = 0
    for folder in ROOT.rglob('target/surefire-reports'):
        more_passed, more_failed = counted(folder)
        passed, failed = passed + more_passed, failed + more_failed
    if not succeeded:
        raise Failed(max(failed, 1))
    return passed + 1


def java_step(step):
    build(step, 'release', 'kera')
    return run_maven(step, 'verify')


def dist_step(step):
    """What is handed out has the same bytes wherever, and under whatever umask, it is made from the same sources."""
    made = []
    for place, umask in (('one', '022'), ('another/place', '077')):
        checkout = BUILD / 'presubmit' / 'dist' / place
        shutil.rmtree(checkout, ignore_errors=True)
        shutil.copytree(ROOT, checkout, symlinks=True, ignore=shutil.ignore_patterns('build', 'target', '.git'))
        step.must('sh', '-c', f'umask {umask} && exec "$0" build deb', checkout / 'kera')
        found = (checkout / 'java-api' / 'kera-dist' / 'target').glob('kera[-_]*')
        made.append(sorted(path for path in found if path.is_file()))
    for one, other in zip(*made, strict=True):
        step.closing_lines.append(f'{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}')
        if one.read_bytes() != other.read_bytes():
            step.say(f'these differ: {one} {other}')
            raise Failed()
    shutil.rmtree(BUILD / 'presubmit' / 'dist')
    return len(made[0])


def docs_step(step):
    """The pages of the interfaces can be made: no comment there is wrong."""
    step.must(ROOT / 'presubmit' / 'docs')
    return 1


def java25():
    """The java program of a JDK 25, or None."""
    homes = [os.environ.get('KERA_JAVA25_HOME', ''), *sorted(str(path) for path in pathlib.Path('/usr/lib/jvm').glob('*25*'))]
    return next((path for path in (pathlib.Path(home) / 'bin' / 'java' for home in homes if home) if path.exists()), None)


def java25_step(step):
    java = java25()
    if java is None:
        step.closing_lines.append('SKIPPED: no JDK 25 below /usr/lib/jvm, and KERA_JAVA25_HOME does not name one')
        return 0
    build(step, 'release', 'kera')
    return run_maven(step, 'test', f'-Djvm={java}')


def java_asan_step(step):
    build(step, 'asan', 'kera')
    step.must(ROOT / 'java-api' / 'test-asan')
    return 1
