#!/usr/bin/env python3
# Tests of `docs` with the real doxygen and javadoc, in a tree of its own with one header and one module. Nothing is built.
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLIENT = 'java-api/kera-client/src/main/java'
HEADER = '''/* How to open things.
 *
 * Any thread may call it.
 */
#pragma once

/* Opens a thing, as kera_open() does. */
int kera_open(int flags);

struct kera_thing {
    int size; /* in bytes */
};
'''


class DocsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for path in ('presubmit/docs', 'native/include/Doxyfile'):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, self.root / path)
        self.write('presubmit/freshen', '#!/bin/sh\n')
        (self.root / 'presubmit/freshen').chmod(0o755)
        self.write('build/launcher/home', str(self.root))
        (self.root / 'lib').mkdir()
        self.write('native/include/kera/kera.h', HEADER)
        self.write(f'{CLIENT}/module-info.java', 'module io.kera.client {\n    exports io.kera.client;\n}\n')
        self.java('Shown', '/** A thing that users see. */')
        self.write(f'{CLIENT}/io/kera/client/internal/Hidden.java', 'package io.kera.client.internal;\npublic class Hidden {}\n')

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def java(self, name, comment):
        self.write(f'{CLIENT}/io/kera/client/{name}.java', f'package io.kera.client;\n{comment}\npublic class {name} {{}}\n')

    def docs(self):
        return subprocess.run([self.root / 'presubmit/docs'], capture_output=True, text=True, check=False)

    def page(self, path):
        return (self.root / 'build/docs' / path).read_text()

    def test_shows_plain_comments_of_headers(self):
        done = self.docs()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        page = self.page('c/kera_8h.html')
        for text in ('How to open things', 'Any thread may call it', 'Opens a thing, as'):
            self.assertIn(text, page)
        self.assertIn('in bytes', self.page('c/structkera__thing.html'))

    def test_shows_what_the_module_exports_and_nothing_else(self):
        done = self.docs()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn('A thing that users see.', self.page('java/io/kera/client/Shown.html'))
        self.assertEqual(list((self.root / 'build/docs/java').rglob('Hidden*')), [])

    def test_says_where_the_pages_are(self):
        for line in self.docs().stdout.splitlines():
            self.assertTrue(pathlib.Path(line).exists(), line)

    def test_fails_where_a_header_names_what_is_not_there(self):
        self.write('native/include/kera/kera.h', HEADER.replace('as kera_open() does', r'as \ref kera_shut does'))
        done = self.docs()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('kera_shut', done.stderr)

    def test_fails_where_javadoc_names_what_is_not_there(self):
        self.java('Shown', '/** See {@link Missing}. */')
        done = self.docs()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('Missing', done.stdout + done.stderr)


if __name__ == '__main__':
    unittest.main()
