# The messages in sbe-schemas/*.xml: fields, groups, texts, and their positions. It reads the files themselves, so this
# black box shares no codec with the product. Plain values; nothing here talks to a node.
import dataclasses
import pathlib
import re
import xml.etree.ElementTree

SIZES = {'int8': 1, 'uint8': 1, 'char': 1, 'int16': 2, 'uint16': 2, 'int32': 4, 'uint32': 4, 'int64': 8, 'uint64': 8}


@dataclasses.dataclass(frozen=True)
class Number:
    """A field of a block: a number, or an enumeration with its known values."""
    name: str
    primitive: str
    at: int
    known: tuple = ()
    neutral: object = None        # the value without effect, where the schema names one

    @property
    def size(self):
        return SIZES[self.primitive]

    @property
    def signed(self):
        return self.primitive.startswith('int')

    @property
    def least(self):
        return -(1 << (8 * self.size - 1)) if self.signed else 0

    @property
    def most(self):
        return (1 << (8 * self.size - (1 if self.signed else 0))) - 1


@dataclasses.dataclass(frozen=True)
class Composite:
    """A field that consists of numbers."""
    name: str
    at: int
    members: tuple

    @property
    def size(self):
        return sum(member.size for member in self.members)


@dataclasses.dataclass(frozen=True)
class Text:
    """Variable data behind a block: a length of 16 bits, then bytes."""
    name: str
    bytes_max: int


@dataclasses.dataclass(frozen=True)
class Group:
    name: str
    fields: tuple
    texts: tuple

    @property
    def block_length(self):
        return sum(field.size for field in self.fields)


@dataclasses.dataclass(frozen=True)
class Message:
    name: str
    number: int
    fields: tuple
    groups: tuple
    texts: tuple

    @property
    def block_length(self):
        return sum(field.size for field in self.fields)


class Schema:
    """One file of sbe-schemas with its includes."""

    def __init__(self, path):
        root = xml.etree.ElementTree.parse(path).getroot()
        self.number = int(root.get('id'))
        self.version = int(root.get('version'))
        self.kinds = {}
        for element in root:
            if element.tag.endswith('include'):
                self._read_types(xml.etree.ElementTree.parse(pathlib.Path(path).parent / element.get('href')).getroot())
        for element in root.iter('types'):
            self._read_types(element)
        found = [self._message(element) for element in root if element.tag.endswith('}message')]
        self.messages = {message.name: message for message in found}
        self.by_number = {message.number: message for message in found}

    def composite(self, name):
        return self._field(name, name, 0)

    def value(self, enumeration, name):
        """The number of one value of an enumeration."""
        return next(int(value.text) for value in self.kinds[enumeration] if value.get('name') == name)

    def names(self, enumeration):
        return {int(value.text): value.get('name') for value in self.kinds[enumeration]}

    def _read_types(self, types):
        for element in types:
            self.kinds[element.get('name')] = element

    def _field(self, name, kind, at, description=''):
        if kind in SIZES:
            named = re.search(r'(-?\d+): ', description)
            return Number(name, kind, at, (), int(named.group(1)) if named else None)
        element = self.kinds[kind]
        if element.tag == 'enum':
            return Number(name, element.get('encodingType'), at, tuple(int(value.text) for value in element))
        members = []
        for part in element:
            inside = sum(member.size for member in members)
            members.append(Number(part.get('name'), part.get('primitiveType'), inside))
        return Composite(name, at, tuple(members))

    def _block(self, element):
        fields = []
        for part in element:
            if part.tag == 'field':
                at = sum(field.size for field in fields)
                fields.append(self._field(part.get('name'), part.get('type'), at, part.get('description', '')))
        return tuple(fields)

    def _texts(self, element):
        found = []
        for part in element:
            if part.tag == 'data':
                found.append(Text(part.get('name'), int(self.kinds[part.get('type')][0].get('maxValue'))))
        return tuple(found)

    def _message(self, element):
        groups = tuple(Group(part.get('name'), self._block(part), self._texts(part)) for part in element
                       if part.tag == 'group')
        return Message(element.get('name'), int(element.get('id')), self._block(element), groups, self._texts(element))


def schemas_folder():
    return pathlib.Path(__file__).resolve().parents[3] / 'sbe-schemas'


def client_schema():
    return Schema(schemas_folder() / 'kera-client.xml')


def chunk_schema():
    return Schema(schemas_folder() / 'kera-chunk.xml')
