"""The running system, and what is measured of its sound."""

from __future__ import annotations

import array
import gc
import json
import os
import socket
import subprocess
import threading
import time
import unittest
import urllib.request
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, Tuple

CONTROL = os.environ.get("FFMPEG_FUNCTIONS_TEST_CONTROL", "")
RATE = 48_000
NOWHERE = "http://127.0.0.1:1"


def control(action: str) -> Dict[str, Any]:
    with urllib.request.urlopen(CONTROL + action, timeout=60) as answer:
        state: Dict[str, Any] = json.load(answer)
        return state


class SystemTest(unittest.TestCase):
    """Fails when a test leaves a thread, a process or a descriptor."""

    service: str
    source: str

    def setUp(self) -> None:
        state = control("/state")
        self.service, self.source, self.folder = state["service"], state["source"], state["folder"]
        before = (set(threading.enumerate()), children(), descriptors())
        self.addCleanup(self.assert_nothing_left, *before)

    def assert_nothing_left(self, threads: set, processes: set, fds: int) -> None:
        gc.collect()
        eventually(lambda: self.assertEqual(set(threading.enumerate()) - threads, set(), "threads are left"))
        eventually(lambda: self.assertEqual(children() - processes, set(), "processes are left"))
        eventually(lambda: self.assertLessEqual(descriptors(), fds, "descriptors are left"))


def children() -> set:
    """Processes that this one has started, zombies among them."""
    with open(f"/proc/{os.getpid()}/task/{os.getpid()}/children") as main:
        found = set(main.read().split())
    for task in os.listdir(f"/proc/{os.getpid()}/task"):
        try:
            with open(f"/proc/{os.getpid()}/task/{task}/children") as file:
                found |= set(file.read().split())
        except OSError:
            continue
    return found


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def eventually(check: Callable[[], Any], within: float = 5.0) -> Any:
    deadline = time.monotonic() + within
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def in_parallel(*tasks: Callable[[], Any]) -> List[Any]:
    """What each gives; the first failure passes."""
    results: List[Any] = [None] * len(tasks)
    failures: List[BaseException] = []

    def run(index: int) -> None:
        try:
            results[index] = tasks[index]()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


class Reader:
    """Reads a stream to its end, and remembers the longest wait for a piece."""

    def __init__(self, on_bytes: Callable[[int], None] = lambda count: None) -> None:
        self.longest_wait = 0.0
        self.data = b""
        self._on_bytes = on_bytes

    def read(self, stream: Any) -> Reader:
        chunks: List[bytes] = []
        count = 0
        since = time.monotonic()
        for chunk in stream:
            self.longest_wait = max(self.longest_wait, time.monotonic() - since)
            chunks.append(chunk)
            count += len(chunk)
            self._on_bytes(count)
            since = time.monotonic()
        self.data = b"".join(chunks)
        return self


def once_past(limit: int, action: Callable[[], Any]) -> Callable[[int], None]:
    """Acts when so many bytes have come."""
    pending = [action]

    def on_bytes(count: int) -> None:
        if count >= limit and pending:
            pending.pop()()

    return on_bytes


def decoded(data: bytes) -> array.array[int]:
    """One channel's samples of encoded sound. Fails when a decoder finds anything wrong."""
    command = ["ffmpeg", "-v", "error", "-xerror", "-err_detect", "explode", "-i", "pipe:0"]
    done = subprocess.run([*command, "-f", "s16le", "-ac", "1", "pipe:1"], input=data, capture_output=True, check=False)
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"what came out does not decode: {done.stderr.decode()}")
    return array.array("h", done.stdout)


def noise_to_signal(one: array.array[int], other: array.array[int], seconds: float = 0.1) -> List[float]:
    """How much two sounds differ, stretch by stretch: 2 for what has nothing in common, 0 for the same."""
    block = int(RATE * seconds)
    ratios: List[float] = []
    for start in range(0, min(len(one), len(other)) - block + 1, block):
        pairs = list(zip(one[start : start + block], other[start : start + block]))
        power = sum(a * a for a, _ in pairs) or 1
        ratios.append(sum((a - b) ** 2 for a, b in pairs) / power)
    return ratios


def adts_frames(data: bytes) -> int:
    count = at = 0
    while at < len(data):
        assert data[at] == 0xFF and data[at + 1] >> 4 == 0xF, f"no frame at byte {at}"
        at += (int.from_bytes(data[at + 3 : at + 6], "big") >> 5) & 0x1FFF
        count += 1
    assert at == len(data), "the last frame is cut off"
    return count


def ogg_pages(data: bytes) -> List[Tuple[int, int, int, int, int]]:
    """Of each page: flags, time, serial, number, packets."""
    pages = []
    at = 0
    while at < len(data):
        assert data[at : at + 4] == b"OggS", f"no page at byte {at}"
        lacings = data[at + 27 : at + 27 + data[at + 26]]
        granule, serial, sequence = (
            int.from_bytes(data[at + start : at + end], "little") for start, end in ((6, 14), (14, 18), (18, 22))
        )
        pages.append((data[at + 5], granule, serial, sequence, sum(lacing < 255 for lacing in lacings)))
        at += 27 + len(lacings) + sum(lacings)
    return pages


def source_second(pcm: bytes, at_second: float, span: float = 0.2) -> float:
    """Which second of the sweep is heard around there: it begins at 300 Hz and rises by 100 Hz a second."""
    samples = array.array("h", pcm)[::2]
    first, last = int((at_second - span / 2) * RATE), int((at_second + span / 2) * RATE)
    rises = [
        index - samples[index] / (samples[index + 1] - samples[index])
        for index in range(max(0, first), min(last, len(samples) - 1))
        if samples[index] < 0 <= samples[index + 1]
    ]
    hertz = RATE * (len(rises) - 1) / (rises[-1] - rises[0])
    return (hertz - 300) / 100


PCM = b"content-type: audio/pcm; rate=48000; channels=2; encoding=s16le\r\n"
HEAD = b"HTTP/1.1 200 OK\r\n" + PCM + b"x-transcode-id: x\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
Behave = Callable[[socket.socket, threading.Event], None]


@contextmanager
def server(behave: Behave) -> Iterator[str]:
    """Has every connection's request behaved to, until the end."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()
    threads: List[threading.Thread] = []

    def attend(connection: socket.socket) -> None:
        with connection:
            try:
                behave(connection, ended)
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=attend, args=(connection,)))
            threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in [acceptor, *threads]:
            thread.join()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def silent(connection: socket.socket, ended: threading.Event) -> None:
    connection.recv(65_536)
    ended.wait()


def says(*parts: bytes, then_waits: bool = False) -> Behave:
    def behave(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65_536)
        for part in parts:
            connection.sendall(part)
        if then_waits:
            ended.wait()

    return behave
