# Java packages: how many sources one may have. What a package may use is checked in java-api/kera-rules.
import collections
import re

PACKAGE_SOURCES_MAX = 30
MAIN_SOURCE = re.compile(r'(?:^|/)src/main/java/.+/[^/]+\.java$')


def check_packages(paths):
    """(path, rule, line, what) of packages that are too full. Tests do not count, and neither does module-info."""
    sources = collections.Counter(path.rpartition('/')[0] for path in paths if MAIN_SOURCE.search(path))
    for folder, count in sorted(sources.items()):
        if count > PACKAGE_SOURCES_MAX:
            yield (folder, 'package-size', 1,
                   f'{count} sources, limit {PACKAGE_SOURCES_MAX}: it is several packages')
