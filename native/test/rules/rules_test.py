# Proves that each rule refuses what it should, and lets pass what it should.
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import cpp_text
import rules

ROOMS = rules.read_rooms('base:\nmemory: base\nwire: base\nstorage: memory wire\n')


def broken(path, text):
    return {found[0] for found in (*rules.check_text(path, text), *rules.check_cpp(path, text, ROOMS))}


def in_storage(body):
    return broken('native/src/storage/segment.cpp', '// A segment.\n' + body)


class ArrowTest(unittest.TestCase):
    def test_reaches_rooms_transitively(self):
        self.assertEqual(ROOMS['storage'], {'storage', 'memory', 'wire', 'base'})

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
    def test_wants_a_readme_and_a_place_in_the_table_and_no_idle_exception(self):
        with tempfile.TemporaryDirectory() as folder:
            room = pathlib.Path(folder) / 'native' / 'src' / 'attic'
            room.mkdir(parents=True)
            (room / 'old.cpp').write_text('int x;\n')
            complaints = rules.check_tree(pathlib.Path(folder), ROOMS, {('memcpy', 'gone.cpp'): 'why'})
            self.assertEqual(len(complaints), 4, complaints)
            excused = rules.check_tree(pathlib.Path(folder), ROOMS, {('opening', 'native/src/attic/old.cpp'): 'why'})
            self.assertEqual(len(excused), 2, excused)


if __name__ == '__main__':
    unittest.main()
