"""The running system, and checks for leftovers of a test."""

from __future__ import annotations

import gc
import json
import os
import threading
import time
import unittest
import urllib.request
from typing import Any, Callable, Dict, List

CONTROL = os.environ.get("FFMPEG_FUNCTIONS_TEST_CONTROL", "")
NOWHERE = "http://127.0.0.1:1"
PROMISED = 3.0
"""Seconds without audio that the client promises not to exceed; `npm run bench -- fallback` measures them."""


def control(action: str) -> Dict[str, Any]:
    with urllib.request.urlopen(CONTROL + action, timeout=60) as answer:
        state: Dict[str, Any] = json.load(answer)
        return state


class SystemTest(unittest.TestCase):
    """A test that fails if it leaves a thread, a process or a descriptor."""

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
    """Returns the processes that this one has started, including zombies."""
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
    """Returns the results of all; raises the first failure."""
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


class Lateness:
    """Measures how long this machine delays a thread that could run.

    The position of a change of speed is estimated from when ffmpeg's reply is read, so it is off by the delays of the
    reader, of ffmpeg's thread of commands and of its filters.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Lateness:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def tolerance(self, leaps: float) -> float:
        """Returns the tolerance of a position in the source, seconds, after changes of speed by `leaps` in total."""
        return max(0.1, leaps * 3 * self.longest)

    def _watch(self) -> None:
        since = time.monotonic()
        while not self._ended.wait(0.01):
            now = time.monotonic()
            self.longest, since = max(self.longest, now - since - 0.01), now


class Reader:
    """Reads a stream to its end and records the longest wait for a piece."""

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
    """Calls the action once, when `limit` bytes have arrived."""
    pending = [action]

    def on_bytes(count: int) -> None:
        if count >= limit and pending:
            pending.pop()()

    return on_bytes
