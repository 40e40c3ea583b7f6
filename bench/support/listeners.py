"""Listeners of live streams. Each reads the available data every twentieth of a second and records its audio length.

One thread polls all of them in turn, so that a hundred listeners cost little compared with their streams.
"""

import os
import socket
import struct
import subprocess
import time
import urllib.parse

POLL_SECONDS = 0.05
READ_BYTES = 262144
OPUS_RATE = 48000
PAGE_HEADER_BYTES = 27


class Ogg:
    """Counts seconds of audio in an Ogg/Opus stream, by the granule positions of whole pages (RFC 3533, RFC 7845)."""

    def __init__(self):
        self.pending = b""
        self.granule = 0

    def take(self, data):
        data = self.pending + data
        at = 0
        while len(data) - at >= PAGE_HEADER_BYTES:
            segments = data[at + 26]
            lengths = data[at + PAGE_HEADER_BYTES : at + PAGE_HEADER_BYTES + segments]
            size = PAGE_HEADER_BYTES + segments + sum(lengths)
            if len(lengths) < segments or len(data) - at < size:
                break
            if data[at : at + 4] != b"OggS":
                raise RuntimeError("an Ogg page does not begin here")
            self.granule = struct.unpack_from("<q", data, at + 6)[0]
            at += size
        self.pending = data[at:]

    def seconds(self):
        return self.granule / OPUS_RATE


class OfSubprocess:
    """The output of a subprocess."""

    def __init__(self, command):
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.child = subprocess.Popen(command, bufsize=0, **pipes)
        os.set_blocking(self.child.stdout.fileno(), False)

    def read(self):
        """Returns None for no data yet, empty bytes at the end."""
        return self.child.stdout.read(READ_BYTES)

    def close(self):
        self.child.stdout.close()
        self.child.kill()
        self.child.wait()


class OfService:
    """A response of the service, chunked (RFC 9112, 7.1)."""

    def __init__(self, url, body):
        parts = urllib.parse.urlsplit(url)
        content = body.encode()
        head = f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\n"
        self.socket = socket.create_connection((parts.hostname, parts.port))
        self.socket.sendall(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
        self.socket.setblocking(False)
        self.pending = b""
        self.in_body = False
        self.has_ended = False

    def read(self):
        if self.has_ended:
            return b""
        try:
            data = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            return None
        if data == b"":
            raise RuntimeError("the response was cut")
        self.pending += data
        if not self.in_body:
            head, found, rest = self.pending.partition(b"\r\n\r\n")
            if not found:
                return None
            if b" 200 " not in head.split(b"\r\n")[0]:
                raise RuntimeError(f"the service responded with {self.pending[:500]}")
            self.in_body, self.pending = True, rest
        return self.chunks()

    def chunks(self):
        taken, at = [], 0
        while (end := self.pending.find(b"\r\n", at)) >= 0:
            size = int(self.pending[at:end], 16)
            if size == 0:
                # The next call reports the end, after this call has returned the data before it.
                self.has_ended = True
                break
            if len(self.pending) < end + 2 + size + 2:
                break
            taken.append(self.pending[end + 2 : end + 2 + size])
            at = end + 2 + size + 2
        self.pending = self.pending[at:]
        return b"".join(taken) or None

    def close(self):
        self.socket.close()


class Listener:
    def __init__(self, play, keep):
        self.source = OfSubprocess(play["command"]) if "command" in play else OfService(play["url"], play["body"])
        self.ogg = Ogg()
        self.kept = open(keep, "wb") if keep else None
        # [time in seconds, seconds of audio received so far]
        self.arrivals = []
        self.error = None
        self.is_over = False

    def poll(self):
        try:
            data = self.source.read()
            if data is None:
                return
            self.is_over = data == b""
            self.ogg.take(data)
            if self.kept:
                self.kept.write(data)
            if not self.is_over:
                self.arrivals.append([time.monotonic(), self.ogg.seconds()])
        except (OSError, RuntimeError, ValueError) as error:
            self.error = repr(error)
            self.is_over = True

    def close(self):
        self.source.close()
        if self.kept:
            self.kept.close()
        return {"arrivals": self.arrivals, "error": self.error}


def listen(plays, gap_ms, keep):
    """Plays all to their ends, or until one fails. Each starts `gap_ms` milliseconds after the one before it.

    Writes the bytes of the first to the file `keep`.
    """
    listeners = []
    next_start = time.monotonic()
    next_poll = next_start
    while len(listeners) < len(plays) or not all(listener.is_over for listener in listeners):
        if any(listener.error for listener in listeners):
            break
        now = time.monotonic()
        if len(listeners) < len(plays) and now >= next_start:
            listeners.append(Listener(plays[len(listeners)], keep if not listeners else None))
            next_start += gap_ms / 1000
        if now >= next_poll:
            for listener in listeners:
                if not listener.is_over:
                    listener.poll()
            next_poll = max(next_poll + POLL_SECONDS, time.monotonic())
        wakes = [next_poll] + ([next_start] if len(listeners) < len(plays) else [])
        time.sleep(max(0, min(wakes) - time.monotonic()))
    return [listener.close() for listener in listeners]
