"""Waits for ffmpeg's replies to commands."""

from __future__ import annotations

import collections
import re
import threading
from typing import Callable, Deque, Optional, Tuple

_REPLY = re.compile(r"^Command reply for stream \d+: ret:(-?\d+)")


class CommandReplies:
    """The replies in ffmpeg's log, each with the second of output at which it arrived, and the end of ffmpeg."""

    def __init__(self, output_second: Callable[[], float]) -> None:
        self._output_second = output_second
        self._replies: Deque[Tuple[int, float]] = collections.deque()
        self._changed = threading.Condition()
        self._ended = False

    def read_line(self, line: str) -> None:
        reply = _REPLY.match(line)
        if reply is not None:
            with self._changed:
                self._replies.append((int(reply[1]), self._output_second()))
                self._changed.notify_all()

    def end(self) -> None:
        """Marks the end of ffmpeg: no replies follow."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def forget(self) -> None:
        """Discards the replies to earlier commands."""
        with self._changed:
            self._replies.clear()

    def next(self, timeout: float) -> Tuple[Optional[Tuple[int, float]], bool]:
        """Returns a reply, or None if there is none in time or before the end; and whether ffmpeg has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._replies or self._ended, timeout)
            return (self._replies.popleft() if self._replies else None), self._ended

    def wait_for_end(self, timeout: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._ended, timeout)
