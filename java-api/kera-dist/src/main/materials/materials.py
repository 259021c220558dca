#!/usr/bin/env python3
# Makes the bill of materials of the distribution, in CycloneDX's format: the jars in lib/ with their bytes, what they need
# of each other by Maven's tree, and what is native inside some of them. The bill of such a part names in its metadata what
# lies in the jar. The same input makes the same bytes. It needs no network, which CycloneDX's plugin for Maven does.
#
#   materials.py VERSION LIB MAVENS_TREE RESULT [ARTIFACT=BILL_OF_PART]...
import hashlib
import json
import pathlib
import sys

# By group. A new one is added here, in NOTICE, and with its text in licences/.
LICENCES = {
    'info.picocli': 'Apache-2.0',
    'io.kera': 'Apache-2.0',
    'io.micrometer': 'Apache-2.0',
    'io.prometheus': 'Apache-2.0',
    'net.java.dev.jna': 'Apache-2.0 OR LGPL-2.1-or-later',
    'org.agrona': 'Apache-2.0',
    'org.hdrhistogram': 'CC0-1.0 OR BSD-2-Clause',
    'org.jspecify': 'Apache-2.0',
    'org.latencyutils': 'CC0-1.0 OR BSD-2-Clause',
}
WHOLE = 'kera'


def read(path):
    return json.loads(pathlib.Path(path).read_text(encoding='utf-8'))


def nodes(tree):
    """A node of Maven's tree and all below it."""
    yield tree
    for child in tree.get('children', []):
        yield from nodes(child)


def component(node, jar):
    group, artifact, version = node['groupId'], node['artifactId'], node['version']
    purl = f'pkg:maven/{group}/{artifact}@{version}?type=jar'
    return {
        'bom-ref': purl, 'type': 'library', 'group': group, 'name': artifact, 'version': version,
        'hashes': [{'alg': 'SHA-256', 'content': hashlib.sha256(jar.read_bytes()).hexdigest()}],
        'licenses': [{'expression': LICENCES[group]}],
        'purl': purl,
    }


def add_jars(tree, lib, bill, needs):
    """The jars that are handed out. Maven's tree also names versions that it did not choose."""
    handed_out = {}
    for node in nodes(tree):
        jar = lib / f"{node['artifactId']}-{node['version']}.jar"
        if jar.exists():
            handed_out[node['artifactId']] = component(node, jar)
    bill['components'] += handed_out.values()
    references = {artifact: found['bom-ref'] for artifact, found in handed_out.items()}
    references[tree['artifactId']] = WHOLE
    for node in nodes(tree):
        needs.setdefault(references[node['artifactId']], set()).update(
            references[child['artifactId']] for child in node.get('children', []))
    return references


def add_part(jar, part, bill, needs):
    """What the part is, and what it is made of, lies in the jar."""
    inside = part['metadata']['component']
    bill['components'] += [inside, *part['components']]
    needs[jar].add(inside['bom-ref'])
    for found in part['dependencies']:
        needs.setdefault(found['ref'], set()).update(found.get('dependsOn', []))


def main(arguments):
    version, lib, tree, result, *parts = arguments
    needs = {}
    bill = {
        'bomFormat': 'CycloneDX', 'specVersion': '1.6', 'version': 1,
        'metadata': {'component': {'bom-ref': WHOLE, 'type': 'application', 'name': 'kera', 'version': version,
                                   'licenses': [{'expression': LICENCES['io.kera']}]}},
        'components': [],
    }
    references = add_jars(read(tree), pathlib.Path(lib), bill, needs)
    for part in parts:
        artifact, path = part.split('=', 1)
        add_part(references[artifact], read(path), bill, needs)
    bill['components'].sort(key=lambda found: found['bom-ref'])
    bill['dependencies'] = [{'ref': reference, 'dependsOn': sorted(needs[reference])} for reference in sorted(needs)]
    pathlib.Path(result).write_text(json.dumps(bill, indent=2) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main(sys.argv[1:])
