# Frames over a TCP connection, separated only by their lengths. One thread.
import socket
import struct
import time

FRAME_BYTES_MAX = 1 << 30


class PeerLost(Exception):
    """The node ended the connection."""


class Silence(Exception):
    """The node did not answer within the allowed time."""


class TcpPeer:
    kind = 'tcp'

    def __init__(self, host, port, receive_buffer_bytes=0, timeout_seconds=20):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(timeout_seconds)
        self.buffer = bytearray()
        try:
            self.socket.connect((host, port))
        except OSError as refused:
            self.socket.close()
            raise PeerLost(f'connect: {refused}') from refused

    def send(self, data):
        try:
            self.socket.sendall(data)
        except TimeoutError as slow:
            raise Silence(f'the node does not read {len(data)} bytes') from slow
        except OSError as lost:
            raise PeerLost(f'send: {lost}') from lost

    def receive(self, timeout_seconds):
        """The next whole frame."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            if len(self.buffer) >= 4:
                length = struct.unpack_from('<I', self.buffer)[0]
                if length < 24 or length > FRAME_BYTES_MAX:
                    raise PeerLost(f'frame_length={length} from the node')
                if len(self.buffer) >= length:
                    frame = bytes(self.buffer[:length])
                    del self.buffer[:length]
                    return frame
            left = deadline - time.monotonic()
            if left <= 0:
                raise Silence(f'no frame within {timeout_seconds} s, only {len(self.buffer)} bytes of one')
            self.socket.settimeout(left)
            try:
                read = self.socket.recv(1 << 20)
            except TimeoutError:
                continue
            except OSError as lost:
                raise PeerLost(f'receive: {lost}') from lost
            if not read:
                raise PeerLost('end of stream')
            self.buffer += read

    def close(self):
        self.socket.close()
