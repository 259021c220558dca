# Proves that each check of the pages refuses what it should, and that wrapping changes no meaning.
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import pages
import wrap

CMAKE = '''
kera_room(base LIBRARIES Threads::Threads)
kera_room(disk DEPENDS base)
kera_room(store DEPENDS disk base LIBRARIES z)
kera_sub_rooms(store
    "low:"
    "high: low"
    "top: high low")
'''


class WrapTest(unittest.TestCase):
    def test_wraps_paragraphs_and_joins_short_lines(self):
        text = 'one two\nthree\n\n' + 'word ' * 30 + '\n'
        lines = wrap.wrapped(text).splitlines()
        self.assertEqual(lines[0], 'one two three')
        self.assertTrue(all(len(line) <= wrap.COLUMNS for line in lines))
        self.assertEqual(' '.join(lines[2:]).split(), ['word'] * 30)

    def test_indents_what_follows_in_an_item(self):
        lines = wrap.wrapped('- ' + 'word ' * 30 + '\n1. short\n').splitlines()
        self.assertTrue(lines[0].startswith('- word') and lines[1].startswith('  word'), lines)
        self.assertEqual(lines[-1], '1. short')

    def test_leaves_tables_code_and_headings_alone(self):
        for kept in ('| ' + 'cell ' * 40 + '|', '# ' + 'head ' * 40, '```\n' + 'code  ' * 40 + '\n```', '> ' + 'q ' * 90):
            self.assertEqual(wrap.wrapped(kept + '\n'), kept + '\n')

    def test_begins_no_line_with_a_word_that_would_mean_something_else(self):
        for special in ('-', '+', '1.', '#', '|x|', '>'):
            text = 'x' * 98 + f' {special} ' + 'word ' * 30
            self.assertFalse(any(line.startswith(special) for line in wrap.wrapped(text).splitlines()), special)

    def test_changes_nothing_the_second_time(self):
        text = 'a ' * 120 + '\n\n* item ' + 'b ' * 90 + '\n  more\n\n```\n* no item\n```\n'
        once = wrap.wrapped(text)
        self.assertEqual(wrap.wrapped(once), once)


class PageTest(unittest.TestCase):
    @staticmethod
    def found(text, path='docs/page.md'):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / 'docs').mkdir()
            (root / 'docs' / 'there.md').write_text('# There\n')
            return [what for _, _, what in pages.check_page(root, path, text, {'KnownTest', 'known_test'})]

    def test_follows_links(self):
        self.assertEqual(self.found('[a](there.md) [b](there.md#part) [c](https://x.invalid/y) [d](#here)\n'), [])
        self.assertEqual(self.found('[a](gone.md)\n'), ['gone.md is not there'])

    def test_looks_for_the_tests_that_are_named(self):
        self.assertEqual(self.found('`KnownTest`, `known_test`\n'), [])
        self.assertEqual(self.found('`GoneTest`\n'), ['there is no test GoneTest'])

    def test_does_not_look_into_code(self):
        self.assertEqual(self.found('```\n[a](gone.md)\n```\n'), [])

    def test_looks_for_the_files_that_are_named(self):
        self.assertEqual(self.found('`docs/there.md`, `docs/`, `native/src/<room>/`, `native/test/x_test.cpp`\n'), [])
        self.assertEqual(self.found('`docs/gone.md`\n'), ['there is no file docs/gone.md'])

    def test_refuses_wide_prose_on_every_page(self):
        for path in ('docs/page.md', 'README.md', 'java-api/kera-node/README.md'):
            self.assertEqual(len(self.found('word ' * 30 + '\n', path)), 1, path)

    def test_knows_suites_classes_and_files(self):
        files = [('native/src/disk/a_test.cpp', 'TEST_F(OneTest, works) {'), ('j/TwoTest.java', 'final class TwoTest {')]
        found = pages.tests_in(files, [path for path, _ in files])
        self.assertLessEqual({'OneTest', 'TwoTest', 'a_test', 'disk_test'}, found)


class PictureTest(unittest.TestCase):
    def test_reads_the_table(self):
        rooms, subs = pages.table_of(CMAKE)
        self.assertEqual(rooms, {'base': [], 'disk': ['base'], 'store': ['disk', 'base']})
        self.assertEqual(subs, {'store': {'low': [], 'high': ['low'], 'top': ['high', 'low']}})

    def test_leaves_out_arrows_that_follow_from_others(self):
        picture = pages.rooms_picture(CMAKE)
        self.assertIn('"store/top" -> "store/high"', picture)
        self.assertNotIn('"store/top" -> "store/low"', picture)
        self.assertIn('"store/low" -> "disk"', picture)
        self.assertNotIn('-> "base" [penwidth=1.6, ltail="cluster_store"]', picture)

    def test_refuses_a_picture_of_another_source(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in ('docs', 'native'):
                (root / name).mkdir()
            (root / 'native' / 'CMakeLists.txt').write_text(CMAKE)
            (root / 'docs' / 'rooms.dot').write_text(pages.rooms_picture(CMAKE))
            svg = root / 'docs' / 'rooms.svg'
            svg.write_text(pages.mark_of(pages.rooms_picture(CMAKE)) + '\n<svg/>\n')
            self.assertEqual(list(pages.check_pictures(root)), [])
            svg.write_text('<svg/>\n')
            self.assertEqual(len(list(pages.check_pictures(root))), 1)
            (root / 'native' / 'CMakeLists.txt').write_text(CMAKE.replace('"top: high low"', '"top: high"'))
            (root / 'native' / 'CMakeLists.txt').write_text(CMAKE + 'kera_room(more DEPENDS base)\n')
            self.assertEqual(len(list(pages.check_pictures(root))), 2)


if __name__ == '__main__':
    unittest.main()
