# A node's files, named as in sbe-schemas/disk-files.md, and ways to damage them. The given random numbers decide where
# a change is made.
import shutil


def flip(path, rng):
    """Flips one bit in the middle half, because the end may be unused."""
    data = bytearray(path.read_bytes())
    if data:
        at = len(data) // 4 + rng.randrange(max(1, len(data) // 2))
        data[at] ^= 1 << rng.randrange(8)
        write_in_place(path, data)


def flip_early(path, rng):
    """Changes a byte in a part that is surely used."""
    data = bytearray(path.read_bytes())
    data[rng.randrange(200, 4000) % len(data)] ^= 0x55
    write_in_place(path, data)


def cut(path, rng):
    size = path.stat().st_size
    with path.open('r+b') as file:
        file.truncate(size // 4 + rng.randrange(max(1, size // 2)))


def empty(path, _):
    with path.open('r+b') as file:
        file.truncate(0)


def zero(path, _):
    write_in_place(path, bytes(path.stat().st_size))


def rot_head(path, rng):
    data = bytearray(path.read_bytes())
    if data:
        data[rng.randrange(min(64, len(data)))] ^= 0xA5
        write_in_place(path, data)


def remove(path, _):
    path.unlink()


def write_in_place(path, data):
    """Writes to the same file, so that a process that has it open sees the change."""
    with path.open('r+b') as file:
        file.write(data)


def segments(folder):
    return sorted(folder.rglob('*.seg'))


def journals(data):
    """In the order of their numbers; the last ones are prepared and never begun."""
    return sorted((data / 'journal').rglob('*.journal'), key=lambda path: path.name)


def metadata_files(data):
    return sorted(path for path in (data / 'metadata').iterdir() if path.suffix in ('.kml', '.kms') and path.stat().st_size > 64)


def segment_bytes(data, streams):
    """The bytes of all segment files of these streams, in any folder."""
    names = {str(stream) for stream in streams}
    return sum(path.stat().st_size for path in data.rglob('*.seg*')
               if any(part.split('.')[0] in names for part in path.relative_to(data).parts[:-1]))


def of_segment(damage):
    return lambda folder, rng: damage(rng.choice(segments(folder)), rng)


def of_settings(damage):
    return lambda folder, rng: damage(folder / 'stream.kera', rng)


def stray(folder, rng):
    """Adds a file with random bytes, under a name that a segment file could have."""
    (folder / '0' / '0-77-0.seg').write_bytes(rng.randbytes(5000))


SETTINGS_DAMAGES = {
    'settings removed': of_settings(remove), 'settings flipped': of_settings(flip), 'settings emptied': of_settings(empty),
    'settings cut': of_settings(cut)}
STREAM_DAMAGES = {
    **SETTINGS_DAMAGES,
    'folder removed': lambda folder, _: shutil.rmtree(folder),
    'streamlet removed': lambda folder, _: shutil.rmtree(folder / '0'),
    'segment removed': of_segment(remove), 'segment flipped': of_segment(flip), 'segment cut': of_segment(cut),
    'segment emptied': of_segment(empty), 'segment zeroed': of_segment(zero), 'stray file': stray}
RUNNING_DAMAGES = (flip, cut, remove, zero, empty, rot_head, flip_early)
