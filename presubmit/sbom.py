#!/usr/bin/env python3
# The bill of materials beside the tarball (CycloneDX). Maven writes what it knows, the jars; this adds what is compiled
# into libkera or found by it at run time, and checks that nothing in the tarball is left out. Doing it again changes
# nothing. Single thread.
#
#   sbom.py TARBALL BILL
import json
import pathlib
import re
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def component(name, licences, scope='required', version='', description=''):
    """One component; `licences` is an SPDX expression."""
    found = {'type': 'library', 'bom-ref': f'native:{name}', 'name': name, 'version': version, 'scope': scope,
             'description': description, 'licenses': [{'expression': licences}]}
    return {key: value for key, value in found.items() if value}


def native_components(compiler_version, sbe_version):
    runtime = 'GPL-3.0-or-later WITH GCC-exception-3.1'
    return [
        component('libstdc++', runtime, version=compiler_version, description='linked statically into libkera.so'),
        component('libgcc', runtime, version=compiler_version, description='linked statically into libkera.so'),
        component('simple-binary-encoding', 'Apache-2.0', version=sbe_version, description='generated code in libkera.so'),
        component('libffi', 'MIT', description='inside the jar of Java Native Access'),
        component('isa-l', 'BSD-3-Clause', scope='optional', description='not included; loaded where the system has it'),
    ]


def with_native(bill, components):
    """The bill with these components, once."""
    refs = {one['bom-ref'] for one in components}
    others = [one for one in bill['components'] if one['bom-ref'] not in refs]
    return {**bill, 'components': others + components}


def left_out(bill, names):
    """Which of the tarball's jars the bill does not name."""
    known = {f'{one["name"]}-{one["version"]}.jar' for one in bill['components'] if 'version' in one}
    return sorted(name.rpartition('/')[2] for name in names if name.endswith('.jar') and name.rpartition('/')[2] not in known)


def versions():
    compiler = subprocess.run(['g++', '-dumpfullversion'], capture_output=True, text=True, check=True).stdout.strip()
    sbe = re.search(r'<sbe.version>(.*?)</sbe.version>', (ROOT / 'pom.xml').read_text(encoding='utf-8')).group(1)
    return compiler, sbe


def main(tarball, bill_path):
    bill = with_native(json.loads(pathlib.Path(bill_path).read_text(encoding='utf-8')), native_components(*versions()))
    with tarfile.open(tarball) as packed:
        missing = left_out(bill, packed.getnames())
    if missing:
        sys.exit(f'{bill_path} does not name: {", ".join(missing)}')
    pathlib.Path(bill_path).write_text(json.dumps(bill, indent=2) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main(*sys.argv[1:])
