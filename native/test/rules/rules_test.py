# Proves that each rule refuses what it should, and lets pass what it should.
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import classes
import cpp_text
import rooms
import rules

ROOMS = rooms.Rooms('base:\nmemory: base\nwire: base\nstorage: memory wire\nbroker: storage\n'
                    'broker/mail:\nbroker/read: mail\nbroker/core: read\n')


def broken(path, text):
    return {found[0] for found in (*rules.check_text(path, text), *rules.check_cpp(path, text, ROOMS))}


def in_storage(body):
    return broken('native/src/storage/segment.cpp', '// A segment.\n' + body)


class ArrowTest(unittest.TestCase):
    def test_reaches_rooms_transitively(self):
        self.assertEqual(ROOMS.table.reach['storage'], {'storage', 'memory', 'wire', 'base'})

    def test_refuses_an_include_against_the_arrows(self):
        self.assertEqual(broken('native/src/base/x.cpp', '// X.\n#include "storage/segment.hpp"\n'), {'arrow'})

    def test_accepts_an_include_along_the_arrows(self):
        self.assertEqual(in_storage('#include "base/check.hpp"\n#include <vector>\n'), set())

    def test_tells_a_room_from_a_standard_header(self):
        self.assertEqual(broken('native/src/base/x.cpp', '// X.\n#include <memory>\n'), set())
        self.assertEqual(broken('native/src/base/x.cpp', '// X.\n#include <memory/arena.hpp>\n'), {'include'})

    def test_refuses_codecs_outside_wire(self):
        self.assertEqual(in_storage('#include "kera_codec_chunk/ChunkHeader.h"\n'), {'arrow'})

    def test_refuses_an_include_without_its_room(self):
        self.assertEqual(in_storage('#include "segment.hpp"\n'), {'include'})


class SubRoomTest(unittest.TestCase):
    def test_accepts_an_include_along_the_arrows(self):
        for target in ('broker/mail/post.hpp', 'broker/core/core.hpp', 'storage/lane/lane.hpp'):
            self.assertEqual(broken('native/src/broker/core/x.cpp', f'// X.\n#include "{target}"\n'), set(), target)

    def test_refuses_an_include_against_the_arrows(self):
        self.assertEqual(broken('native/src/broker/mail/x.cpp', '// X.\n#include "broker/core/core.hpp"\n'), {'arrow'})

    def test_lets_tests_see_all_of_their_room(self):
        for path in ('native/src/broker/mail/x_test.cpp', 'native/src/broker/testing/x_fixture.hpp'):
            text = '// X.\n#pragma once\n#include "broker/core/core.hpp"\n#include "broker/testing/y.hpp"\n'
            self.assertEqual(broken(path, text), set(), path)

    def test_holds_tests_to_the_arrows_between_rooms(self):
        text = '// X.\n#include "broker/core/core.hpp"\n'
        self.assertEqual(broken('native/src/storage/lane/x_test.cpp', text), {'arrow'})

    def test_refuses_fixtures_and_test_frameworks_in_the_product(self):
        for target in ('"storage/testing/fixture.hpp"', '"broker/read/testing/fixture.hpp"', '<gtest/gtest.h>'):
            self.assertEqual(broken('native/src/broker/core/x.hpp', f'// X.\n#pragma once\n#include {target}\n'),
                             {'testing'}, target)


class TableTest(unittest.TestCase):
    @staticmethod
    def complaints(table, *files):
        return [what for _, _, _, what in rooms.check_tables(files, rooms.Rooms(table))]

    def test_refuses_arrows_that_nothing_uses(self):
        table = 'base:\ndisk: base\ndisk/file:\ndisk/cache: file\n'
        using = [('native/src/disk/cache/c.hpp', '#include "disk/file/f.hpp"\n'),
                 ('native/src/disk/file/f.hpp', '#include "base/x.hpp"\n')]
        self.assertEqual(self.complaints(table, *using), [])
        self.assertEqual(self.complaints(table, using[0]), ['disk includes nothing of base'])
        self.assertEqual(self.complaints(table, using[1]), ['disk/cache includes nothing of disk/file'])

    def test_does_not_count_tests_as_users_of_a_sub_room(self):
        using = ('native/src/disk/cache/c_test.cpp', '#include "disk/file/f.hpp"\n')
        self.assertEqual(len(self.complaints('disk:\ndisk/file:\ndisk/cache: file\n', using)), 1)

    def test_refuses_circles(self):
        found = self.complaints('disk:\ndisk/file: cache\ndisk/cache: file\n')
        self.assertEqual(sum('lead back' in what for what in found), 2, found)


class ClassTest(unittest.TestCase):
    @staticmethod
    def lines_of(name, *files):
        return classes.class_lengths(files)['native/src/disk', name][0]

    def test_counts_methods_wherever_they_lie(self):
        header = ('native/src/disk/x.hpp', 'class X final : public Y {\n  void a();\n  struct In {\n    int b;\n  };\n};\n')
        source = ('native/src/disk/x.cpp', 'void X::a() {\n  b();\n}\nint f() {\n  return 1;\n}\n')
        more = ('native/src/disk/more.cpp', 'Result<int> X::In::c(int d)\n    : e(d) {\n}\nX::~X() {}\n')
        self.assertEqual(self.lines_of('X', header), 6)
        self.assertEqual(self.lines_of('X', header, source), 9)
        self.assertEqual(self.lines_of('X', header, source, more), 12)

    def test_tells_classes_of_one_name_in_two_rooms_apart(self):
        one = ('native/src/disk/x.hpp', 'class X {\n};\n')
        self.assertEqual(self.lines_of('X', one, ('native/src/ring/x.hpp', 'struct X {\n\n};\n')), 2)

    def test_refuses_a_long_class_in_several_files(self):
        files = [('native/src/disk/x.hpp', 'class X {\n};\n')]
        files += [(f'native/src/disk/x_{i}.cpp', 'void X::a() {\n' + 'b();\n' * 198 + '}\n') for i in range(2)]
        found = [rule for _, rule, _, _ in classes.check_classes(files)]
        self.assertEqual(found, ['class-length'])
        self.assertEqual(list(classes.check_classes(files[:2])), [])


class ForbiddenTest(unittest.TestCase):
    def test_refuses_memcpy_in_a_room_but_not_in_its_test(self):
        call = 'void f() { std::memcpy(a, b, 1); }\n'
        self.assertEqual(in_storage(call), {'memcpy'})
        self.assertEqual(broken('native/src/storage/segment_test.cpp', '// T.\n' + call), set())

    def test_refuses_raw_allocation(self):
        for body in ('auto* p = new Segment();\n', 'void* p = malloc(4);\n', 'void f() { delete p; }\n'):
            self.assertEqual(in_storage(body), {'allocation'}, body)

    def test_accepts_new_with_a_named_owner(self):
        self.assertEqual(in_storage('auto a = std::unique_ptr<S>(\n    new S(1));\nstatic auto* b = new S;\n'), set())

    def test_accepts_placement_new_and_deleted_functions(self):
        self.assertEqual(in_storage('S(const S&) = delete;\nvoid f() { ::new (p) int; }\n'), set())

    def test_refuses_codec_strings_that_are_copied_unchecked(self):
        self.assertEqual(in_storage('auto s = in.getNameAsString();\n'), {'codec-string'})
        self.assertEqual(in_storage('auto s = std::string(in.getNameAsStringView());\n'), set())

    def test_refuses_clocks_and_sleeps(self):
        self.assertEqual(in_storage('auto t = std::chrono::steady_clock::now();\n'), {'clock'})
        self.assertEqual(broken('native/test/x_test.cpp', '// X.\nvoid f() { usleep(1); }\n'), {'sleep'})

    def test_refuses_mappings_that_replace_others(self):
        self.assertEqual(in_storage('auto f = MAP_SHARED | MAP_FIXED;\n'), {'fixed-mapping'})
        self.assertEqual(in_storage('auto f = MAP_SHARED | MAP_FIXED_NOREPLACE;\n'), set())

    def test_ignores_words_in_comments_and_literals(self):
        self.assertEqual(in_storage('// new Segment\nauto s = "memcpy(a)";\nauto r = R"(malloc(1))";\n'), set())


class ShapeTest(unittest.TestCase):
    def test_refuses_a_file_that_opens_without_a_comment(self):
        self.assertEqual(broken('native/src/base/x.cpp', 'int x;\n'), {'opening'})

    def test_accepts_a_source_that_its_header_explains(self):
        headers = {'native/src/base/x.hpp'}
        for path in ('native/src/base/x.cpp', 'native/src/base/x_test.cpp'):
            self.assertEqual(list(rules.check_cpp(path, 'int x;\n', ROOMS, headers)), [])
        found = [rule for rule, _, _ in rules.check_cpp('native/src/base/x.hpp', '#pragma once\n', ROOMS, headers)]
        self.assertEqual(found, ['opening'])

    def test_refuses_a_header_without_pragma_once(self):
        self.assertEqual(broken('native/src/base/x.hpp', '// X.\n'), {'pragma-once'})

    def test_refuses_vague_names(self):
        self.assertEqual(broken('native/src/base/string_utils.cpp', '// X.\n'), {'name'})

    def test_refuses_long_files(self):
        self.assertEqual(in_storage('int x;\n' * 400), {'file-length'})
        self.assertEqual(in_storage('int x;\n' * 399), set())

    def test_refuses_long_functions(self):
        self.assertEqual(in_storage('void f(int a) {\n' + 'a();\n' * 69 + '}\n'), {'function-length'})
        self.assertEqual(in_storage('void f(int a) {\n' + 'a();\n' * 68 + '}\n'), set())

    def test_finds_methods_but_not_classes(self):
        code = 'namespace k {\nclass S final : public T<int (*)()> {\n  void m() const {\n    if (x) { y(); }\n  }\n};\n}\n'
        self.assertEqual([(first, last) for _, first, last in cpp_text.functions(code)], [(3, 5)])

    def test_refuses_unfinished_work_and_untidy_text(self):
        self.assertEqual(in_storage('// TO' 'DO later\n'), {'unfinished'})
        self.assertEqual(in_storage('int x;\t\n'), {'text'})
        self.assertEqual(in_storage('int x;'), {'text'})


class TreeTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)

    def write(self, path, text, folder='native/src'):
        file = self.root / folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def complaints(self, table, exceptions=None):
        return rules.check_tree(self.root, rooms.Rooms(table), exceptions or {})

    def test_wants_a_readme_and_a_place_in_the_table_and_no_idle_exception(self):
        self.write('attic/old.cpp', 'int x;\n')
        complaints = self.complaints('base:\n', {('memcpy', 'gone.cpp'): 'why'})
        self.assertEqual(len(complaints), 4, complaints)
        excused = self.complaints('base:\n', {('opening', 'native/src/attic/old.cpp'): 'why'})
        self.assertEqual(len(excused), 2, excused)

    def test_wants_sub_rooms_declared_and_explained(self):
        self.write('disk/README.md', '| `file/` | files |\n')
        self.write('disk/file/f.hpp', '// F.\n#pragma once\n')
        self.write('disk/cache/c.hpp', '// C.\n#pragma once\n')
        self.assertEqual(self.complaints('disk:\ndisk/file:\n'), [
            'native/src/disk/cache:1: room: a sub-room that native/CMakeLists.txt does not declare'])
        self.assertEqual(self.complaints('disk:\ndisk/file:\ndisk/cache:\ndisk/gone:\n'), [
            'native/src/disk/README.md:1: room: does not say what `cache/` is for',
            'native/src/disk/gone:1: room: declared, and nothing is in it'])

    def test_refuses_a_room_that_is_too_full(self):
        self.write('disk/README.md', 'Disks.\n')
        for number in range(31):
            self.write(f'disk/f{number}.hpp', '// F.\n#pragma once\n')
            self.write(f'disk/f{number}_test.cpp', '// F.\n')
        self.assertEqual(self.complaints('disk:\n'), [
            'native/src/disk:1: room-size: 31 sources, limit 30: it is several rooms'])

    def test_refuses_a_java_package_that_is_too_full(self):
        for number in range(30):
            self.write(f'io/kera/disk/F{number}.java', 'final class F {}\n', 'disk/src/main/java')
            self.write(f'io/kera/disk/F{number}Test.java', 'class F {}\n', 'disk/src/test/java')
        self.write('module-info.java', 'module disk {}\n', 'disk/src/main/java')
        self.write('io/kera/disk/file/G.java', 'final class G {}\n', 'disk/src/main/java')
        self.assertEqual(self.complaints('base:\n'), [])
        self.write('io/kera/disk/package-info.java', 'package io.kera.disk;\n', 'disk/src/main/java')
        self.assertEqual(self.complaints('base:\n'), [
            'disk/src/main/java/io/kera/disk:1: package-size: 31 sources, limit 30: it is several packages'])


if __name__ == '__main__':
    unittest.main()
