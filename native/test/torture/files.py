# A node's files, named as in sbe-schemas/disk-files.md, and ways to damage them. The given random numbers decide where
# a change is made.
import dataclasses
import mmap
import pathlib
import shutil

import chunks


@dataclasses.dataclass(frozen=True)
class Place:
    """Where bytes are: those of a whole file, or of a chunk in it."""
    path: pathlib.Path
    at: int
    size: int

    def read(self):
        with self.path.open('rb') as file:
            file.seek(self.at)
            return bytearray(file.read(self.size))

    def write(self, data):
        """Writes to the same file, so that a process that has it open sees the change."""
        with self.path.open('r+b') as file:
            file.seek(self.at)
            file.write(data)


def whole(path):
    return Place(path, 0, path.stat().st_size)


def flip(place, rng):
    """Flips one bit in the middle half, because the end may be unused."""
    data = place.read()
    if data:
        at = len(data) // 4 + rng.randrange(max(1, len(data) // 2))
        data[at] ^= 1 << rng.randrange(8)
        place.write(data)


def flip_early(place, rng):
    """Changes a byte in a part that is surely used."""
    data = place.read()
    data[rng.randrange(200, 4000) % len(data)] ^= 0x55
    place.write(data)


def zero(place, _):
    place.write(bytes(place.size))


def rot_head(place, rng):
    data = place.read()
    if data:
        data[rng.randrange(min(64, len(data)))] ^= 0xA5
        place.write(data)


def cut(place, rng):
    with place.path.open('r+b') as file:
        file.truncate(place.at + place.size // 4 + rng.randrange(max(1, place.size // 2)))


def empty(place, _):
    with place.path.open('r+b') as file:
        file.truncate(0)


def remove(place, _):
    place.path.unlink()


def journals(data):
    """In the order of their numbers; the last ones are prepared and never begun."""
    return sorted((data / 'journal').rglob('*.journal'), key=lambda path: int(path.name.split('.')[0]))


def metadata_files(data):
    return sorted(path for path in (data / 'metadata').iterdir() if path.suffix in ('.kml', '.kms') and path.stat().st_size > 64)


def chunks_of(data, stream):
    """Each chunk of a stream in the journals, with its base offset. Found by its first bytes; a file that was used before
    may have chunks that no longer count."""
    magic = chunks.MAGIC.to_bytes(4, 'little')
    found = []
    for path in journals(data):
        with path.open('rb') as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            at = view.find(magic)
            while at >= 0:
                header = chunks.header_at(view, at - chunks.MAGIC_AT)
                if header is not None and header['streamId'] == stream:
                    found.append((header['baseOffset'], Place(path, at - chunks.MAGIC_AT, header['chunkLength'])))
                at = view.find(magic, at + 1)
    return sorted(found, key=lambda one: one[0])


def of_chunk(damage):
    return lambda data, stream, rng: damage(rng.choice(chunks_of(data, stream))[1], rng)


def of_settings(damage):
    return lambda data, stream, rng: damage(whole(stream_folder(data, stream) / 'stream.kera'), rng)


def stream_folder(data, stream):
    return data / 'streams' / str(stream)


def stray(data, stream, rng):
    """Adds a file with random bytes beside the stream's own."""
    (stream_folder(data, stream) / 'stray').write_bytes(rng.randbytes(5000))


SETTINGS_DAMAGES = {
    'settings removed': of_settings(remove), 'settings flipped': of_settings(flip), 'settings emptied': of_settings(empty),
    'settings cut': of_settings(cut), 'folder removed': lambda data, stream, _: shutil.rmtree(stream_folder(data, stream))}
STREAM_DAMAGES = {
    **SETTINGS_DAMAGES,
    'chunk flipped': of_chunk(flip), 'chunk zeroed': of_chunk(zero), 'chunk header flipped': of_chunk(rot_head),
    'stray file': stray}
CHUNK_DAMAGES = (flip, zero, rot_head, flip_early)
