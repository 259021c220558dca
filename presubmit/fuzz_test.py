#!/usr/bin/env python3
# Tests of `fuzz.py` with shell scripts in the place of libFuzzer programs.
import contextlib
import io
import pathlib
import tempfile
import unittest

import fuzz


class FuzzTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.corpus = self.root / 'native/fuzz/corpus/ring_fuzz'
        for path in (self.corpus, self.root / 'build/asan/bin'):
            path.mkdir(parents=True)
        (self.corpus / 'committed').write_text('as it was')
        (self.root / 'build/asan/fuzzers.txt').write_text('ring_fuzz\n')
        self.fuzzing = fuzz.Fuzzing(self.root, self.root / 'build/asan')

    def program(self, script):
        """What the target does; it has the values of its options, and its folders as $1 and $2."""
        file = self.root / 'build/asan/bin/ring_fuzz'
        file.write_text(f"""#!/bin/sh
            for word in "$@"; do
                case "$word" in
                -*=*) name=${{word%%=*}}; eval "${{name#-}}=${{word#*=}}"; shift ;;
                esac
            done
            {script}
            """)
        file.chmod(0o755)

    def main(self, *arguments):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            status = fuzz.main(arguments, self.fuzzing)
        return status, printed.getvalue()

    def in_corpus(self):
        return {path.name: path.read_text() for path in self.corpus.iterdir() if path.name != 'committed'}

    def test_says_the_last_line_of_a_target_that_found_nothing(self):
        self.program('echo INITED; echo Done 5 runs in $max_total_time seconds')
        status, printed = self.main('--seconds', '2')
        self.assertEqual(status, 0)
        self.assertEqual(printed.splitlines(),
                         ['ring_fuzz: ok', '    Done 5 runs in 2 seconds', '1 targets, 2 s each, 0 failed'])
        self.assertEqual(self.in_corpus(), {})

    def test_puts_the_smallest_input_that_crashes_into_the_committed_corpus(self):
        self.program("""
            if [ -n "$minimize_crash" ]; then printf bad >"$exact_artifact_path"; exit 1; fi
            printf 'very bad' >"${artifact_prefix}crash-1234"; echo 'what it was'; exit 1""")
        status, printed = self.main()
        self.assertEqual(status, 1)
        self.assertEqual(list(self.in_corpus().values()), ['bad'])
        name = next(iter(self.in_corpus()))
        self.assertRegex(name, r'^crash_[0-9a-f]{12}$')
        self.assertIn('what it was', printed)
        self.assertIn(f'kept as native/fuzz/corpus/ring_fuzz/{name}: commit it with the repair', printed)

    def test_gives_the_same_input_the_same_name(self):
        self.program('printf slow >"${artifact_prefix}timeout-$$"; exit 1')
        self.main()
        self.main()
        self.assertEqual(list(self.in_corpus().values()), ['slow'])

    def test_keeps_no_input_that_was_only_slow(self):
        self.program('printf slow >"${artifact_prefix}slow-unit-1234"')
        self.assertEqual(self.main()[0], 0)
        self.assertEqual(self.in_corpus(), {})

    def test_merges_what_the_last_run_found(self):
        self.program("""
            if [ -n "$merge" ]; then cp "$2"/new "$1"/; exit 0; fi
            printf new >"$1"/new""")
        self.main()
        self.assertEqual(self.in_corpus(), {})
        status, printed = self.main('--keep')
        self.assertEqual((status, printed), (0, 'ring_fuzz: 1 inputs added to native/fuzz/corpus/ring_fuzz\n'))
        self.assertEqual(self.in_corpus(), {'new': 'new'})

    def test_merges_nothing_where_nothing_ran(self):
        self.program('exit 1')
        self.assertEqual(self.main('--keep')[0], 0)
        self.assertEqual(self.in_corpus(), {})


if __name__ == '__main__':
    unittest.main()
