"""The host's end of the agent protocol, for tests: written from the contract in core/guest/protocol/protocol.h alone,
so that it checks the C++ codec instead of sharing its mistakes."""

import queue
import socket
import struct
import threading

WINDOW = 256 * 1024
CONFIGURE, EXEC, SIGNAL, RESIZE, HANGUP, USAGE_REQUEST, SET_CLOCK, SHUTDOWN = range(1, 9)
DATA, EOF, CREDIT = 0x40, 0x41, 0x42
HELLO, READY, FAILED, STARTED, EXEC_FAILED, EXITED, USAGE, LOG, SHUTTING_DOWN = range(0x81, 0x8A)
STDIN, STDOUT, STDERR = range(3)
REASONS = ("NotFound", "NotExecutable", "NoSuchUser", "NoSuchDirectory", "TooMany", "Internal")


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<I", len(data)) + data


def texts(values):
    return struct.pack("<I", len(values)) + b"".join(text(value) for value in values)


class Stream:
    """One command. Output is returned as credit as it arrives, unless `reads` is False."""

    def __init__(self, client, number, reads):
        self.client, self.number, self.reads = client, number, reads
        self.out = {STDOUT: bytearray(), STDERR: bytearray()}
        self.sink = None
        self.credit = WINDOW
        self.credited = threading.Condition()
        self.started = self.result = None
        self.done = threading.Event()
        self.progress = threading.Event()

    def on_frame(self, kind, payload):
        if kind == STARTED:
            self.started = struct.unpack("<I", payload)[0]
        elif kind == DATA:
            channel, content = payload[0], payload[1:]
            if self.sink:
                self.sink(content)
            else:
                self.out[channel] += content
            self.progress.set()
            if self.reads and content:
                self.client.send(CREDIT, self.number, struct.pack("<BI", channel, len(content)))
        elif kind == CREDIT:
            with self.credited:
                self.credit += struct.unpack("<BI", payload)[1]
                self.credited.notify()
        elif kind == EXITED:
            code, signal, timed_out = payload
            self.finish(("exited", code, signal, bool(timed_out)))
        elif kind == EXEC_FAILED:
            size = struct.unpack_from("<I", payload, 1)[0]
            self.finish(("failed", REASONS[payload[0]], payload[5:5 + size].decode()))

    def finish(self, result):
        self.result = result
        self.done.set()
        with self.credited:
            self.credited.notify()

    def write(self, data):
        view = memoryview(data)
        while view:
            with self.credited:
                self.credited.wait_for(lambda: self.credit > 0 or self.done.is_set(), 60)
                if self.done.is_set():
                    return
                step = min(self.credit, 65536, len(view))
                self.credit -= step
            self.client.send(DATA, self.number, bytes([STDIN]) + bytes(view[:step]))
            view = view[step:]

    def close_input(self):
        self.client.send(EOF, self.number, bytes([STDIN]))

    def signal(self, number):
        self.client.send(SIGNAL, self.number, bytes([number]))

    def resize(self, rows, columns):
        self.client.send(RESIZE, self.number, struct.pack("<HH", rows, columns))

    def hang_up(self):
        self.client.send(HANGUP, self.number, b"")

    def wait(self, seconds=60):
        if not self.done.wait(seconds):
            raise AssertionError(f"stream {self.number} has not ended; output so far {bytes(self.out[STDOUT][-200:])}")
        return self.result


class Client:
    def __init__(self, connection):
        self.connection = connection
        self.lock = threading.Lock()
        self.streams = {}
        self.last = 0
        self.control = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def send(self, kind, stream, payload):
        with self.lock:
            try:
                self.connection.sendall(struct.pack("<IBI", len(payload), kind, stream) + payload)
            except OSError:
                pass

    def read(self):
        source = self.connection.makefile("rb", buffering=1024 * 1024)
        try:
            while header := source.read(9):
                length, kind, number = struct.unpack("<IBI", header)
                payload = source.read(length)
                if number == 0:
                    self.control.put((kind, payload))
                else:
                    self.streams[number].on_frame(kind, payload)
        except (OSError, struct.error):
            pass
        self.control.put((None, b""))

    def expect(self, kind, seconds=30):
        while True:
            got, payload = self.control.get(timeout=seconds)
            if got == LOG:
                print("  agent:", payload[4:].decode())
                continue
            assert got == kind, f"expected {kind:#x}, got {got and hex(got)} {payload!r}"
            return payload

    def configure(self, hostname="box", device="/dev/vda", grow=True, time_ns=0, mounts=(), seed=b"", network=False,
                  hosts=()):
        payload = text(hostname)
        payload += struct.pack("<B4sB4s4s", network, bytes([192, 168, 127, 2]), 24, bytes([192, 168, 127, 1]),
                               bytes([192, 168, 127, 1]))
        payload += texts(["local"]) + struct.pack("<H", 1500)
        payload += struct.pack("<I", len(hosts)) + b"".join(text(a) + texts(names) for a, names in hosts)
        payload += text(device) + struct.pack("<Bq", grow, time_ns)
        payload += struct.pack("<I", len(mounts))
        payload += b"".join(text(tag) + text(path) + bytes([read_only]) for tag, path, read_only in mounts)
        self.send(CONFIGURE, 0, payload + text(seed))

    def exec(self, *argv, env=(), directory="", user="", tty=False, stdin=False, rows=0, columns=0, timeout_ms=0,
             main=False, reads=True):
        self.last += 1
        stream = self.streams[self.last] = Stream(self, self.last, reads)
        payload = texts(argv) + texts(env) + text(directory) + text(user)
        payload += struct.pack("<BBHHIBB", tty, stdin, rows, columns, timeout_ms, main, 0)
        self.send(EXEC, self.last, payload)
        return stream

    def shutdown(self, grace_ms=2000):
        self.send(SHUTDOWN, 0, struct.pack("<I", grace_ms))


def listen(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(1)
    server.settimeout(30)
    return server
