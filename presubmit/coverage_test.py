#!/usr/bin/env python3
# Tests of what `coverage.py` makes of the figures of clang and of JaCoCo.
import unittest

import coverage
from coverage import Lines

JACOCO_CSV = '''GROUP,PACKAGE,CLASS,INSTRUCTION_MISSED,INSTRUCTION_COVERED,LINE_MISSED,LINE_COVERED
kera-client,io.kera.client,Producer,1,2,10,30
kera-client,io.kera.client,Producer.Options,1,2,0,5
kera-client,io.kera.client.errors,KeraException,1,2,3,0
sbe-schemas,kera.codec.client,HelloDecoder,1,2,3,0
micro,io.kera.bench.micro.jmh_generated,Claim_jmhTest,1,2,3,0
'''.splitlines()


class CoverageTest(unittest.TestCase):
    def test_a_source_belongs_to_its_room_or_sub_room(self):
        self.assertEqual(coverage.native_room('native/src/vlog/journal.cpp'), 'vlog')
        self.assertEqual(coverage.native_room('native/src/broker/core/core.hpp'), 'broker/core')

    def test_tests_and_fixtures_are_not_product(self):
        for path in ('native/src/vlog/journal_test.cpp', 'native/src/vlog/journal_fuzz.cpp',
                     'native/src/vlog/testing/world.hpp', 'native/src/transport/shm/testing/node.hpp',
                     'native/test/end_to_end.hpp', '../usr/include/x.hpp', 'build/x/generated/native/src.h'):
            self.assertIsNone(coverage.native_room(path), path)

    def test_takes_lines_from_clangs_summary(self):
        summary = {'lines': {'count': 40, 'covered': 30}}
        export = {'data': [{'files': [{'filename': f'{coverage.ROOT}/native/src/ring/idle.cpp', 'summary': summary},
                                      {'filename': '/usr/include/c++/12/vector', 'summary': summary}]}]}
        self.assertEqual(list(coverage.native_lines(export)), [Lines('ring', 'native/src/ring/idle.cpp', 30, 40)])

    def test_takes_lines_from_jacocos_table_with_inner_classes_in_their_file(self):
        lines = list(coverage.java_lines(JACOCO_CSV, 'kera-client'))
        self.assertEqual(len(lines), 3, 'what is generated does not count')
        self.assertEqual(lines[1], Lines('kera-client io.kera.client', 'io/kera/client/Producer', 5, 5))
        self.assertEqual(coverage.files_text(lines).splitlines(),
                         ['   0.0 % of    3  io/kera/client/errors/KeraException', '  77.8 % of   45  io/kera/client/Producer'])

    def test_sums_files_by_room(self):
        lines = [Lines('ring', 'a', 3, 4), Lines('base', 'b', 10, 10), Lines('ring', 'c', 3, 4)]
        self.assertEqual(coverage.table('native', lines).splitlines(),
                         ['native   lines  reached', 'base        10  100.0 %', 'ring         8   75.0 %', 'total       18   88.9 %'])


if __name__ == '__main__':
    unittest.main()
