"""The error for how the local ffmpeg ended, as lib/ffmpeg/failure.ts."""

from __future__ import annotations

import re
import signal
from typing import List, NamedTuple, Optional, Sequence, Tuple

from ..builder_data import FAILURES, OUT_OF_MEMORY
from ..errors import FfmpegFunctionsError

_FAILURES: Tuple[Tuple[re.Pattern[str], str, bool], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), code, recoverable) for pattern, code, recoverable in FAILURES
)
_OUT_OF_MEMORY = re.compile(OUT_OF_MEMORY["pattern"], re.IGNORECASE)
_CANNOT_RUN = (126, 127)
"""A shell's exit codes for a program that may not be run or does not exist."""


class End(NamedTuple):
    """How ffmpeg ended, with its last log lines, redacted."""

    exit_code: int
    log: Sequence[str]

    def own_words(self) -> List[str]:
        """Returns ffmpeg's own lines: lines that it copies from its input are indented."""
        return [line for line in self.log if not line.startswith(" ")]


def failure_of(end: End) -> Optional[FfmpegFunctionsError]:
    """Returns None if it has read its whole input."""
    if end.exit_code == 0:
        return None
    if end.exit_code in _CANNOT_RUN:
        own = end.own_words()
        details = {"part": "ffmpeg", "exit_code": end.exit_code}
        return FfmpegFunctionsError("UNAVAILABLE", own[-1] if own else None, details)
    if _is_out_of_memory(end):
        return FfmpegFunctionsError("FFMPEG_ERROR", "ffmpeg reached its memory limit", {"part": "fallback"})
    error = None if end.exit_code == -signal.SIGKILL else _failure_by_words(end)
    return error or _unknown(end)


def no_sound() -> FfmpegFunctionsError:
    """Returns the error for a media source without samples."""
    return FfmpegFunctionsError("UNSUPPORTED_FORMAT", "the source contains no audio", {"part": "fallback"})


def _is_out_of_memory(end: End) -> bool:
    return end.exit_code == OUT_OF_MEMORY["exit_code"] or any(map(_OUT_OF_MEMORY.search, end.own_words()))


def _failure_by_words(end: End) -> Optional[FfmpegFunctionsError]:
    """Returns the error of the first entry of the table that matches a line."""
    own = end.own_words()
    for pattern, code, recoverable in _FAILURES:
        for line in reversed(own):
            if pattern.search(line):
                message = line if code == "UNAVAILABLE" else None
                return FfmpegFunctionsError(code, message, {"part": "fallback"}, recoverable)
    return None


def _unknown(end: End) -> FfmpegFunctionsError:
    """Returns the error for any other end. One that was killed from outside is recoverable."""
    how = signal.Signals(-end.exit_code).name if end.exit_code < 0 else f"exit code {end.exit_code}"
    details = {"part": "fallback", "exit_code": end.exit_code, "log": list(end.log)[-5:]}
    is_killed = end.exit_code == -signal.SIGKILL
    return FfmpegFunctionsError("FFMPEG_ERROR", f"ffmpeg ended with {how}", details, is_killed)
