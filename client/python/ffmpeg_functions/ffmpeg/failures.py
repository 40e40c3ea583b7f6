"""What ffmpeg's log says of a failure."""

from __future__ import annotations

import re
from typing import Iterable, List, Tuple

from ..errors import FfmpegFunctionsError

_FAILURES: Tuple[Tuple[re.Pattern[str], str, bool], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), code, recoverable)
    for pattern, code, recoverable in (
        (
            r"unknown (?:encoder|decoder|bitstream filter)|no such filter|unrecognized option|option .*not found"
            r"|requested output format .* is not|error parsing global options",
            "UNAVAILABLE",
            True,
        ),
        # Servers answer a read of an empty file so.
        (r"HTTP error 416", "UNSUPPORTED_FORMAT", False),
        (r"Server returned 4|HTTP error 4|No such file", "DOWNLOAD_FAILED", False),
        (
            r"Server returned 5|HTTP error 5|Connection (?:refused|reset|timed out)|Failed to resolve"
            r"|Stream ends prematurely|Operation timed out"
            r"|Input/output error|Network is unreachable",
            "DOWNLOAD_FAILED",
            True,
        ),
        (
            r"Invalid data found|matches no streams|not match any streams|Format not on whitelist"
            r"|could not find codec parameters|does not contain any stream|moov atom not found"
            r"|no decoder could be found|decoder .* not found|cannot determine format of input|failed to read frame size",
            "UNSUPPORTED_FORMAT",
            False,
        ),
        # Only the input can cause this, since all other arguments are valid.
        (r"(?:: |opening input: )(?:Invalid argument|End of file)$", "UNSUPPORTED_FORMAT", False),
    )
)
_CONNECTION = re.compile(r"Stream ends prematurely|(?:Will|Failed to) reconnect at")
_RECONNECTS = re.compile(r"Will reconnect at")
_UNREADABLE = re.compile(r": (?:Connection reset by peer|(?:Connection|Operation) timed out|Input/output error)$")


def source_was_cut(log: Iterable[str]) -> bool:
    """ffmpeg ends a source that it cannot read on like any other: only its log shows it, by its last connection."""
    lines = list(log)
    connections = [line for line in lines if _CONNECTION.search(line)]
    is_lost = bool(connections) and not _RECONNECTS.search(connections[-1])
    return is_lost or any(_UNREADABLE.search(line) for line in lines)


_CANNOT_RUN = (126, 127)
"""A shell's exit codes when there is no such program, or when it may not be run."""


def ffmpeg_failure(log: List[str], exit_code: int) -> FfmpegFunctionsError:
    """Returns the first failure that fits the log. Lines that ffmpeg repeats from its input are indented."""
    own = [line for line in log if not line.startswith(" ") and not _RECONNECTS.search(line)]
    if exit_code in _CANNOT_RUN:
        return FfmpegFunctionsError("UNAVAILABLE", own[-1] if own else None, {"part": "ffmpeg", "exit_code": exit_code})
    for pattern, code, recoverable in _FAILURES:
        for line in reversed(own):
            if pattern.search(line):
                part = "ffmpeg" if code == "UNAVAILABLE" else "fallback"
                return FfmpegFunctionsError(code, line, {"part": part}, recoverable)
    details = {"part": "fallback", "exit_code": exit_code, "log": own[-5:]}
    # Killed from outside: the next one may live.
    return FfmpegFunctionsError("FFMPEG_ERROR", None, details, exit_code < 0)
