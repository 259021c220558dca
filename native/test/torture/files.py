# A node's files, as sbe-schemas/disk-files.md names them, and what may happen to them. Where a change lands follows from
# the random numbers that are handed in.
import shutil


def flip(path, rng):
    """One bit in the middle half, where it is nobody's reserve."""
    data = bytearray(path.read_bytes())
    if data:
        at = len(data) // 4 + rng.randrange(max(1, len(data) // 2))
        data[at] ^= 1 << rng.randrange(8)
        write_in_place(path, data)


def flip_early(path, rng):
    """Within what is surely in use."""
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
    """The same file, so that whoever has it open sees it."""
    with path.open('r+b') as file:
        file.write(data)


def segments(folder):
    return sorted(folder.rglob('*.seg'))


def journals(data):
    """Those that hold the most, first: others are prepared and never begun."""
    return sorted((data / 'journal').rglob('*.journal'), key=lambda path: path.name)


def metadata_files(data):
    return sorted(path for path in (data / 'metadata').iterdir() if path.suffix in ('.kml', '.kms') and path.stat().st_size > 64)


def segment_bytes(data, streams):
    """Of all segments of these streams, wherever they were put."""
    names = {str(stream) for stream in streams}
    return sum(path.stat().st_size for path in data.rglob('*.seg*')
               if any(part.split('.')[0] in names for part in path.relative_to(data).parts[:-1]))


def of_segment(damage):
    return lambda folder, rng: damage(rng.choice(segments(folder)), rng)


def of_settings(damage):
    return lambda folder, rng: damage(folder / 'stream.kera', rng)


def stray(folder, rng):
    """A file that nobody wrote, under a name that could be one's."""
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
