# CRC-32C (Castagnoli), from ISA-L if it is installed, else from a table. Any thread.
import ctypes


def _from_isal():
    for name in ('libisal.so.2', 'libisal.so'):
        try:
            isal = ctypes.CDLL(name)
        except OSError:
            continue
        isal.crc32_iscsi.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_uint]
        isal.crc32_iscsi.restype = ctypes.c_uint
        return lambda data: isal.crc32_iscsi(bytes(data), len(data), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return None


def _table():
    table = []
    for number in range(256):
        for _ in range(8):
            number = (number >> 1) ^ (0x82F63B78 if number & 1 else 0)
        table.append(number)
    return table


def from_table(data):
    """Slow, but needs no library."""
    crc = 0xFFFFFFFF
    for byte in bytes(data):
        crc = (crc >> 8) ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


TABLE = _table()
crc32c = _from_isal() or from_table
