"""A running ffmpeg."""

from __future__ import annotations

import collections
import contextlib
import math
import os
import re
import select
import subprocess
import threading
from typing import Deque, Optional, Sequence

from ..errors import FfmpegFunctionsError, has_ended
from ..redaction import redacted
from ..timed_read import CHUNK_BYTES, IsExcused, seconds_left
from .command_replies import CommandReplies
from .launch import launch
from .output_clock import OutputClock
from .pipe_lines import TakeLine, read_lines

_LOG_LINES = 40
_COMMAND_TIMEOUT = 5.0
_END_TIMEOUT = 5.0


class FfmpegProcess:
    """A running ffmpeg. The thread that starts it reads its log, reaps it and ends with it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        input_descriptor: int,
        takes_commands: bool,
        clock: OutputClock,
        on_log_line: TakeLine,
    ) -> None:
        """Raises UNAVAILABLE if it cannot be started."""
        self.output_bytes = 0
        self.log: Deque[str] = collections.deque(maxlen=_LOG_LINES)
        self._command = list(command)
        self._input_descriptor = input_descriptor
        self._takes_commands = takes_commands
        self._clock = clock
        self._on_log_line = on_log_line
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._failure: Optional[Exception] = None
        self._started = threading.Event()
        self._replies = CommandReplies(clock.now)
        self._thread = threading.Thread(target=self._attend, name="ffmpeg-functions ffmpeg", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            message = f"ffmpeg cannot be started: {self._failure}"
            raise FfmpegFunctionsError("UNAVAILABLE", message, {"part": "ffmpeg"}) from self._failure

    def read(self, deadline: float, is_excused: IsExcused) -> bytes:
        """Returns its output; b"" at the end. Raises Late if there is none in time and that is not excused."""
        assert self._process is not None and self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        while not poll.poll(math.ceil(seconds_left(deadline, is_excused) * 1_000)):
            continue
        data = os.read(descriptor, CHUNK_BYTES)
        self.output_bytes += len(data)
        return data

    def command(self, text: str) -> float:
        """Changes a filter of the running graph, one at a time: ffmpeg checks for commands every 100 ms.

        Returns the second of output at which the change was made.
        """
        assert self._process is not None
        self._replies.forget()
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(text.encode())
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise self._has_ended() from None
        reply, ended = self._replies.next(_COMMAND_TIMEOUT)
        if reply is None:
            if ended:
                raise self._has_ended()
            limit = f"{_COMMAND_TIMEOUT:g} seconds"
            message = f"ffmpeg did not apply the change within {limit}: the source or the client is too slow"
            raise FfmpegFunctionsError("TIMEOUT", message, {"part": "ffmpeg", "limit_seconds": _COMMAND_TIMEOUT})
        code, seconds = reply
        if code != 0:
            raise FfmpegFunctionsError("FFMPEG_ERROR", "ffmpeg refused the filter change", {"ret": code})
        return seconds

    def _has_ended(self) -> FfmpegFunctionsError:
        """Waits for the end: ffmpeg stops accepting commands shortly before it."""
        self._replies.wait_for_end(_END_TIMEOUT)
        assert self._process is not None
        return has_ended("completed" if self._process.returncode == 0 else "failed")

    def exit_code(self) -> int:
        """Must be called after the end of its output; waits for the last lines of its log."""
        self._thread.join(_END_TIMEOUT)
        if self._thread.is_alive():
            self.kill()
            self._thread.join()
        assert self._process is not None
        return self._process.returncode

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        self.kill()
        self._thread.join()
        if self._process is not None:
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()

    def _attend(self) -> None:
        progress, progress_end = os.pipe()
        try:
            descriptors = (self._input_descriptor, progress_end)
            self._process = launch(self._command, descriptors, takes_commands=self._takes_commands)
        except Exception as error:
            self._failure = error
            os.close(progress)
            return
        finally:
            os.close(progress_end)
            self._started.set()
        try:
            with self._process.stderr as log, os.fdopen(progress, "rb", 0) as progress_file:  # type: ignore[union-attr]
                read_lines({log.fileno(): self._take_log, progress_file.fileno(): self._take_progress})
        finally:
            self._process.wait()
            self._replies.end()

    def _take_log(self, line: str) -> None:
        self.log.append(redacted(line[:1_000]))
        self._replies.read_line(line)
        self._on_log_line(line)

    def _take_progress(self, line: str) -> None:
        name, _, value = line.partition("=")
        if name == "out_time_us" and re.fullmatch(r"\d+", value.strip()):
            self._clock.read(int(value) / 1e6)
