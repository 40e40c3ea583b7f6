"""A stop signal that wakes everything that waits, from any thread."""

from __future__ import annotations

import contextlib
import threading
from typing import Callable, List


class Stopped(Exception):
    """The work was stopped by its owner."""


class Stop:
    """Calls the registered functions once when it is set."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._event = threading.Event()
        self._enders: List[Callable[[], None]] = []

    def set(self) -> None:
        with self._lock:
            self._event.set()
            enders, self._enders = self._enders, []
        for end in enders:
            end()

    def is_set(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raises Stopped if it is set."""
        if self._event.is_set():
            raise Stopped()

    def wait(self, seconds: float) -> None:
        """Sleeps. Raises Stopped if it is set in the meantime."""
        if self._event.wait(seconds):
            raise Stopped()

    def add(self, end: Callable[[], None]) -> None:
        """Registers a function; calls it at once if already set."""
        with self._lock:
            if not self._event.is_set():
                self._enders.append(end)
                return
        end()

    def remove(self, end: Callable[[], None]) -> None:
        with self._lock, contextlib.suppress(ValueError):
            self._enders.remove(end)
