"""What the end of the local ffmpeg means, as client/legs/fallback-leg.ts judges it."""

from __future__ import annotations

import re
import signal
from typing import List, NamedTuple, Optional, Sequence, Tuple

from ..builder_data import CONNECTION_WORDS, FAILURES, OUT_OF_MEMORY
from ..errors import FfmpegFunctionsError

_FAILURES: Tuple[Tuple[re.Pattern[str], re.Pattern[str], str, bool], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), re.compile(beside, re.IGNORECASE), code, recoverable)
    for pattern, beside, code, recoverable in FAILURES
)
_OUT_OF_MEMORY = re.compile(OUT_OF_MEMORY["pattern"], re.IGNORECASE)
_CHANGED = re.compile(CONNECTION_WORDS["changed"])
_RECONNECTS = re.compile(CONNECTION_WORDS["reconnects"])
_UNREADABLE = re.compile(CONNECTION_WORDS["unreadable"])
_CANNOT_RUN = (126, 127)
"""A shell's exit codes when there is no such program, or when it may not be run."""


class End(NamedTuple):
    """How an ffmpeg ended; its last lines are redacted."""

    exit_code: int
    log: Sequence[str]

    def own_words(self) -> List[str]:
        """Returns what ffmpeg itself says: lines that it repeats from its input are indented."""
        return [line for line in self.log if not line.startswith(" ")]


def failure_of(end: End) -> Optional[FfmpegFunctionsError]:
    """Returns None when it has read all of its source."""
    if end.exit_code == 0 and not source_was_cut(end):
        return None
    if end.exit_code in _CANNOT_RUN:
        own = end.own_words()
        details = {"part": "ffmpeg", "exit_code": end.exit_code}
        return FfmpegFunctionsError("UNAVAILABLE", own[-1] if own else None, details)
    if end.exit_code != 0 and _is_out_of_memory(end):
        return FfmpegFunctionsError("OVERLOADED", "ffmpeg reached its memory bound", {"part": "fallback"})
    error = None if end.exit_code == -signal.SIGKILL else _failure_by_words(end)
    if end.exit_code == 0 and (error is None or error.code != "DOWNLOAD_FAILED"):
        # It was media when its beginning was read.
        return FfmpegFunctionsError("DOWNLOAD_FAILED", None, {"part": "fallback"})
    return error or _unknown(end)


def no_sound() -> FfmpegFunctionsError:
    """For a source that has the form of media, and not one sample."""
    return FfmpegFunctionsError("UNSUPPORTED_FORMAT", "the source holds no sound", {"part": "fallback"})


def source_was_cut(end: End) -> bool:
    """To ffmpeg a source whose connection is lost ends like any other: only its log shows the lost connection."""
    own = end.own_words()
    changes = [line for line in own if _CHANGED.search(line)]
    is_lost = bool(changes) and not _RECONNECTS.search(changes[-1])
    return is_lost or any(map(_UNREADABLE.search, own))


def _is_out_of_memory(end: End) -> bool:
    return end.exit_code == OUT_OF_MEMORY["exit_code"] or any(map(_OUT_OF_MEMORY.search, end.own_words()))


def _failure_by_words(end: End) -> Optional[FfmpegFunctionsError]:
    """Returns the first entry of the table that fits a line."""
    own = [line for line in end.own_words() if not _RECONNECTS.search(line)]
    for pattern, beside, code, recoverable in _FAILURES:
        for line in reversed(own):
            if pattern.search(line) and any(map(beside.search, own)):
                return FfmpegFunctionsError(code, line, {"part": "fallback"}, recoverable)
    return None


def _unknown(end: End) -> FfmpegFunctionsError:
    """Killed from outside, it had no last words, and the next one may live."""
    how = signal.Signals(-end.exit_code).name if end.exit_code < 0 else f"exit code {end.exit_code}"
    details = {"part": "fallback", "exit_code": end.exit_code, "log": list(end.log)[-5:]}
    is_killed = end.exit_code == -signal.SIGKILL
    return FfmpegFunctionsError("FFMPEG_ERROR", f"ffmpeg ended with {how}", details, is_killed)
