# Frames over shared memory with a node on this host, as native/src/transport/README.md describes it: a socket for the
# handshake and wake-ups, two mapped memories with a ring each, and the node's arena for reading. One thread.
import ctypes
import mmap
import os
import select
import socket
import struct
import time

from tcp_peer import PeerLost, Silence

MAGIC = 0x4D48534B
VERSION = 2
HELLO = struct.Struct('<IHHIIQQ')
WELCOME_BYTES = 64
REGIONS_BYTES = 80
CONTROL_BYTES = 4096
RELEASES = 1024
RECORD = struct.Struct('<IBBHIIQ')
REFERENCE = struct.Struct('<IIQ')
SKIP, MESSAGE, BEGIN, MIDDLE, END = 1, 2, 3, 4, 5
DESCRIPTORS_MAX = 8
POLL_MS = 5


def align(number, to):
    return (number + to - 1) & ~(to - 1)


class ShmPeer:
    kind = 'shm'

    def __init__(self, path, ring_bytes=1 << 18, send_bytes=1 << 20, timeout_seconds=20):
        self.timeout_seconds = timeout_seconds
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(timeout_seconds)
        self.poll = select.poll()
        self.poll.register(self.socket, select.POLLIN)
        self.ring_bytes = ring_bytes
        self.maps, self.regions, self.words = [], [], {}
        self.tail = self.head = self.releases = self.looked_at_tail = 0
        self.gathered = None
        try:
            self.socket.connect(str(path))
            self.socket.send(HELLO.pack(MAGIC, VERSION, 0, ring_bytes, 0, send_bytes, 0))
            self.take_welcome(*socket.recv_fds(self.socket, WELCOME_BYTES + 1, DESCRIPTORS_MAX)[:2])
        except OSError as refused:
            self.close()
            raise PeerLost(f'connect: {refused}') from refused
        except PeerLost:
            self.close()
            raise

    def take_welcome(self, welcome, descriptors):
        try:
            code, limit, value = struct.unpack_from('<Hqq', welcome, 6) if len(welcome) == WELCOME_BYTES else (1, 0, 0)
            if code != 0:
                raise PeerLost(f'handshake refused: code={code} limit={limit} value={value} bytes={len(welcome)}')
            send_bytes = struct.unpack_from('<Q', welcome, 32)[0]
            self.releases_at = CONTROL_BYTES + self.ring_bytes
            self.send_at = self.releases_at + 8 * RELEASES
            self.node = self.map(descriptors[0], align(self.send_at, 4096), mmap.PROT_READ)
            self.own = self.map(descriptors[1], align(self.send_at + send_bytes, 4096), mmap.PROT_READ | mmap.PROT_WRITE)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def take_regions(self, table, descriptors):
        """Comes once, after an accepted Hello: the memory to which the node's records may refer from then on."""
        for index, descriptor in enumerate(descriptors):
            offset, size = struct.unpack_from('<QQ', table, 16 + 16 * index)
            self.regions.append(self.map(descriptor, size, mmap.PROT_READ, offset))
            os.close(descriptor)

    def map(self, descriptor, size, protection, offset=0):
        self.maps.append(mmap.mmap(descriptor, size, mmap.MAP_SHARED, protection, offset=offset))
        return self.maps[-1]

    # Words of the control line. Each own word is written by one store of its size.

    def publish(self, at, value, kind=ctypes.c_uint64):
        word = self.words.setdefault(at, None)
        if word is None:
            word = self.words[at] = kind.from_buffer(self.own, at)
        word.value = value

    def node_word(self, at):
        return struct.unpack_from('<Q', self.node, at)[0]

    # Sending.

    def send(self, data):
        part_max = self.ring_bytes // 8
        if len(data) <= part_max:
            self.put(MESSAGE, data, len(data))
            return
        for at in range(0, len(data), part_max):
            part = data[at:at + part_max]
            kind = BEGIN if at == 0 else END if at + part_max >= len(data) else MIDDLE
            self.put(kind, part, len(data) if kind == BEGIN else 0)

    def put(self, kind, data, frame_bytes):
        record = RECORD.pack(align(RECORD.size + len(data), 8), kind, 0, 0, len(data), frame_bytes, 0) + data
        self.put_record(record + bytes(-len(record) % 8))

    def put_record(self, record):
        """Writes any bytes as a record, valid or not."""
        until_end = self.ring_bytes - self.tail % self.ring_bytes
        if until_end < len(record):
            self.await_room(until_end + len(record))
            place = CONTROL_BYTES + self.tail % self.ring_bytes
            self.own[place:place + 8] = struct.pack('<II', until_end, SKIP)
            self.tail += until_end
        self.await_room(len(record))
        place = CONTROL_BYTES + self.tail % self.ring_bytes
        self.own[place:place + len(record)] = record
        self.tail += len(record)
        self.publish(0, self.tail)
        self.wake()

    def await_room(self, needed):
        deadline = time.monotonic() + self.timeout_seconds
        while self.ring_bytes - (self.tail - self.node_word(8)) < needed:
            self.wake()
            self.doze()
            if time.monotonic() > deadline:
                raise Silence(f'the node does not free {needed} bytes of the ring')

    def wake(self):
        try:
            self.socket.send(b'\x01', socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass
        except OSError as lost:
            raise PeerLost(f'wake: {lost}') from lost

    def doze(self):
        """Waits for a wake-up or a few milliseconds; raises when the node has closed the connection."""
        if self.poll.poll(POLL_MS) and not self.read_socket():
            if self.node_word(0) == self.head:
                raise PeerLost('end of the socket')

    def read_socket(self):
        """Reads what has arrived: a wake-up, or the table of regions. False at the end of the socket."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self.socket, REGIONS_BYTES + 1, DESCRIPTORS_MAX, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError as lost:
            raise PeerLost(f'socket: {lost}') from lost
        self.take_regions(data, descriptors)
        return bool(data)

    # Receiving.

    def receive(self, timeout_seconds):
        deadline = time.monotonic() + timeout_seconds
        while True:
            frame = self.next_frame()
            if frame is not None:
                return frame
            if time.monotonic() > deadline:
                raise Silence(f'no frame within {timeout_seconds} s')
            self.publish(24, 1, ctypes.c_uint32)
            if self.node_word(0) == self.head:
                self.doze()
            self.publish(24, 0, ctypes.c_uint32)

    def next_frame(self):
        tail = self.node_word(0)
        while self.head < tail:
            at = CONTROL_BYTES + self.head % self.ring_bytes
            length, kind = struct.unpack_from('<IB', self.node, at)
            if kind == SKIP:
                self.consume(length)
                continue
            length, kind, _, references, inline, frame_bytes, ticket = RECORD.unpack_from(self.node, at)
            inline_at = at + RECORD.size + REFERENCE.size * references
            data = bytes(self.node[inline_at:inline_at + inline])
            for index in range(references):
                data += self.lent(at + RECORD.size + REFERENCE.size * index)
            if references:
                self.give_back(ticket)
            self.consume(length)
            if kind == MESSAGE:
                return self.whole(data, frame_bytes)
            if kind == BEGIN:
                self.gathered = (bytearray(data), frame_bytes)
            elif self.gathered is not None:
                self.gathered[0].extend(data)
                if kind == END:
                    (data, frame_bytes), self.gathered = self.gathered, None
                    return self.whole(bytes(data), frame_bytes)
        return None

    @staticmethod
    def whole(data, frame_bytes):
        if len(data) != frame_bytes:
            raise PeerLost(f'a frame of {frame_bytes} bytes arrived with {len(data)} bytes')
        return data

    def lent(self, at):
        region, size, offset = REFERENCE.unpack_from(self.node, at)
        deadline = time.monotonic() + self.timeout_seconds
        while len(self.regions) < region:
            if not self.read_socket() or time.monotonic() > deadline:
                raise PeerLost(f'a record refers to region={region}, which the node never sent')
        return bytes(self.regions[region - 1][offset:offset + size])

    def give_back(self, ticket):
        place = self.releases_at + 8 * (self.releases % RELEASES)
        self.own[place:place + 8] = struct.pack('<Q', ticket)
        self.releases += 1
        self.publish(16, self.releases)

    def consume(self, length):
        self.head += length
        self.publish(8, self.head)

    def close(self):
        self.socket.close()
        self.words.clear()
        for memory in self.maps:
            memory.close()
        self.maps = []
