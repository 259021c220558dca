#!/usr/bin/env python3
# Tests of `sbom.py` with a bill as Maven writes it.
import unittest

import sbom

BILL = {'bomFormat': 'CycloneDX', 'components': [
    {'type': 'library', 'bom-ref': 'pkg:maven/org.agrona/agrona@2.4.1?type=jar', 'name': 'agrona', 'version': '2.4.1'}]}


class SbomTest(unittest.TestCase):
    def test_adds_what_maven_does_not_know(self):
        bill = sbom.with_native(BILL, sbom.native_components('12.2.0', '1.39.0'))
        by_name = {one['name']: one for one in bill['components']}
        self.assertEqual(by_name['libstdc++']['version'], '12.2.0')
        self.assertEqual(by_name['isa-l']['scope'], 'optional')
        self.assertNotIn('version', by_name['isa-l'])
        self.assertIn('agrona', by_name)

    def test_adds_it_once(self):
        once = sbom.with_native(BILL, sbom.native_components('12.2.0', '1.39.0'))
        self.assertEqual(sbom.with_native(once, sbom.native_components('12.2.0', '1.39.0')), once)

    def test_names_the_jars_that_were_left_out(self):
        packed = ['kera-1/lib/agrona-2.4.1.jar', 'kera-1/lib/agrona-2.5.0.jar', 'kera-1/bin/kera', 'kera-1/lib/new-1.jar']
        self.assertEqual(sbom.left_out(BILL, packed), ['agrona-2.5.0.jar', 'new-1.jar'])
        self.assertEqual(sbom.left_out(BILL, packed[:1]), [])

    def test_finds_the_versions_of_this_machine(self):
        for version in sbom.versions():
            self.assertRegex(version, r'^\d+\.\d+')


if __name__ == '__main__':
    unittest.main()
