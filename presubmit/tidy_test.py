#!/usr/bin/env python3
# Tests of `tidy.py` with the real clang-tidy and its real configuration, over sources of their own.
import contextlib
import io
import json
import pathlib
import shutil
import tempfile
import unittest

import tidy
import tidy_unit


def clean(name):
    return f'int {name}_answer();\nint {name}_answer() {{ return 42; }}\n'


class TidyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        self.room = self.root / 'native/src/room'
        self.build = self.root / 'build/tidy'
        self.room.mkdir(parents=True)
        self.build.mkdir(parents=True)
        shutil.copy(tidy.ROOT / '.clang-tidy', self.root)
        self.compiler = 'clang++-19'

    def write(self, **sources):
        for name, text in sources.items():
            (self.room / f'{name}.cpp').write_text(text)

    def tidy(self):
        """(status, lines printed), over all sources in one unit."""
        entries = [{'file': str(path), 'directory': str(self.build),
                    'command': f'{self.compiler} -std=c++20 -Wall -I{self.root}/native/src -o {path.stem}.o -c {path}'}
                   for path in sorted(self.room.glob('*.cpp'))]
        (self.build / 'compile_commands.json').write_text(json.dumps(entries))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            status = tidy.main(['--build', str(self.build), '--jobs', '1'], self.root)
        return status, printed.getvalue().splitlines()

    def assert_found(self, check, name, line):
        status, printed = self.tidy()
        self.assertEqual(status, 1)
        self.assertTrue(any(text.startswith(f'{self.room}/{name}.cpp:{line}:') and check in text for text in printed), printed)
        return printed

    def assert_clean(self, clean_count, remembered):
        status, printed = self.tidy()
        self.assertEqual(printed[-1], f'{clean_count} clean ({remembered} remembered), 0 with complaints', printed)
        self.assertEqual(status, 0)
        return printed

    def test_looks_at_the_sources_of_a_room_together_and_remembers_them(self):
        self.write(a=clean('a'), b=clean('b'), c=clean('c'))
        self.assertEqual(self.assert_clean(3, 0)[0], '[1/1] a.cpp, b.cpp, c.cpp')
        self.assert_clean(3, 3)

    def test_names_the_source_that_a_complaint_is_about_and_remembers_the_others(self):
        self.write(a=clean('a'), b=clean('b') + 'int Wrong_name = 0;\n', c=clean('c'))
        printed = self.assert_found('readability-identifier-naming', 'b', 3)
        self.assertEqual(printed[-1], '2 clean (0 remembered), 1 with complaints')
        self.assertEqual(self.assert_found('readability-identifier-naming', 'b', 3)[-1],
                         '2 clean (2 remembered), 1 with complaints')

    def test_heeds_what_a_source_says_of_its_own_line(self):
        self.write(a=clean('a'), b=clean('b') + 'int Wrong_name = 0;  // NOLINT(readability-identifier-naming)\n')
        self.assert_clean(2, 0)
        self.write(b=clean('b') + 'int Wrong_name = 0;\n')
        self.assert_found('readability-identifier-naming', 'b', 3)

    def test_finds_in_headers_of_ours(self):
        (self.room / 'x.hpp').write_text('#pragma once\ninline int Wrong_name() { return 0; }\n')
        self.write(a='#include "room/x.hpp"\n' + clean('a'), b='#include "room/x.hpp"\n' + clean('b'))
        status, printed = self.tidy()
        self.assertEqual(status, 1)
        self.assertTrue(any('room/x.hpp:2:' in line for line in printed), printed)

    def test_finds_what_is_asked_of_main_files_only(self):
        alias = 'namespace kera::deep {}\nnamespace unused = kera::deep;\n'
        self.write(a=clean('a'), b=clean('b') + alias)
        self.assert_found('misc-unused-alias-decls', 'b', 4)

    def test_finds_a_name_that_only_another_source_uses(self):
        using = 'namespace kera::deep { struct Thing {}; }\nusing kera::deep::Thing;\n'
        self.write(a=using + 'Thing a_thing;\n', b=clean('b') + using)
        self.assert_found('misc-unused-using-decls', 'b', 4)

    def test_finds_an_include_that_a_source_has_twice_though_others_have_it_too(self):
        self.write(a='#include <cstdint>\n' + clean('a'), b='#include <cstdint>\n#include <cstdint>\n' + clean('b'))
        self.assert_found('readability-duplicate-include', 'b', 2)

    def test_takes_an_include_of_several_sources_for_none_that_is_twice(self):
        self.write(a='#include <cstdint>\n' + clean('a'), b='#include <cstdint>\n' + clean('b'))
        self.assertEqual(self.assert_clean(2, 0)[0], '[1/1] a.cpp, b.cpp')

    def test_looks_alone_at_sources_whose_names_are_in_each_others_way(self):
        same = 'namespace {\nint same() { return 1; }\n}\n'
        self.write(a=same + 'int a_answer() { return same(); }\n', b=same + 'int b_answer() { return same(); }\n')
        self.assertIn('    does not pass together; each is looked at alone', self.assert_clean(2, 0))
        self.assert_clean(2, 2)

    def test_says_what_does_not_compile(self):
        self.write(a=clean('a'), b='#include "room/nowhere.hpp"\n')
        self.assert_found('clang-diagnostic-error', 'b', 1)

    def test_looks_again_at_what_includes_a_header_that_changed(self):
        header = self.room / 'x.hpp'
        header.write_text('#pragma once\nint x();\n')
        self.write(a='#include "room/x.hpp"\n' + clean('a'), b=clean('b'))
        self.assert_clean(2, 0)
        header.write_text('#pragma once\n// What it is for.\nint x();\n')
        self.assert_clean(2, 2)
        header.write_text('#pragma once\nint x(int y);\n')
        self.assert_clean(2, 1)

    def test_runs_no_compiler_for_what_did_not_change(self):
        self.write(a=clean('a'))
        compiler = self.root / 'clang++'
        compiler.write_text(f'#!/bin/sh\necho ran >>{self.root}/ran\nexec clang++-19 "$@"\n')
        compiler.chmod(0o755)
        self.compiler = str(compiler)
        self.assert_clean(1, 0)
        (self.root / 'ran').unlink()
        self.assert_clean(1, 1)
        self.assertFalse((self.root / 'ran').exists())

    def test_looks_again_when_the_configuration_changed(self):
        self.write(a=clean('a'))
        self.assert_clean(1, 0)
        with (self.root / '.clang-tidy').open('a') as configuration:
            configuration.write('# Changed.\n')
        self.assert_clean(1, 0)


class UnitTest(unittest.TestCase):
    def source(self, path, text='', command=('clang++',)):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        made = tidy.Source({'file': str(file), 'directory': '/', 'command': ' '.join(command)})
        return made

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def names(self, units):
        return sorted([source.path.stem for source in unit] for unit in units)

    def test_puts_together_what_is_of_one_room_and_compiled_alike(self):
        sources = [self.source('native/src/one/a.cpp'), self.source('native/src/one/deep/b.cpp'),
                   self.source('native/src/two/c.cpp'), self.source('native/bench/d.cpp'),
                   self.source('native/src/one/e.cpp', command=('clang++', '-DX'))]
        self.assertEqual(self.names(tidy_unit.units(sources, 24, 1)), [['a', 'b'], ['c'], ['d'], ['e']])

    def test_leaves_programs_and_names_from_elsewhere_alone(self):
        sources = [self.source('native/src/one/a.cpp'), self.source('native/src/one/a_fuzz.cpp'),
                   self.source('native/src/one/b.cpp', 'using kera::Thing;\n'), self.source('native/src/one/c.cpp')]
        self.assertEqual(self.names(tidy_unit.units(sources, 24, 1)), [['a', 'c'], ['a_fuzz'], ['b']])

    def test_makes_units_for_all_jobs_and_of_no_more_than_asked(self):
        sources = [self.source(f'native/src/one/s{number}.cpp') for number in range(10)]
        self.assertEqual([len(unit) for unit in tidy_unit.units(sources, 24, 2)], [5, 5])
        self.assertEqual([len(unit) for unit in tidy_unit.units(sources, 4, 2)], [4, 3, 3])
        self.assertEqual([len(unit) for unit in tidy_unit.units(sources[:2], 24, 2)], [1, 1])


if __name__ == '__main__':
    unittest.main()
