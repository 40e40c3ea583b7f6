"""The errors of a leg."""

from __future__ import annotations

from ..builder_data import FINAL_CODES, SOURCE_CODES
from ..errors import FfmpegFunctionsError
from ..events import Via


_TOO_SLOW = {"silent": "sent no audio in time", "slow": "sends audio slower than real time"}


def too_slow(part: Via, reason: str) -> FfmpegFunctionsError:
    """`reason` is "silent" or "slow"."""
    return FfmpegFunctionsError("TIMEOUT", f"the {part} {_TOO_SLOW[reason]}", {"part": part, "reason": reason})


def truncated(part: Via) -> FfmpegFunctionsError:
    """Returns the error for a leg that ended without an error but in the middle of a unit."""
    details = {"part": part, "reason": "truncated"}
    return FfmpegFunctionsError("UNAVAILABLE", f"the audio from the {part} is truncated", details)


def was_cut(part: Via, after_seconds: float, cause: Exception) -> FfmpegFunctionsError:
    """Returns the error for a leg that failed in the middle of its audio: the cause itself if it has a code."""
    if isinstance(cause, FfmpegFunctionsError):
        return cause
    message = f"the audio from the {part} was cut after {after_seconds:.1f} s"
    error = FfmpegFunctionsError("UNAVAILABLE", message, {"part": part, "reason": "cut"})
    error.__cause__ = cause
    return error


def stopped_elsewhere() -> FfmpegFunctionsError:
    return FfmpegFunctionsError("CONFLICT", "another client stopped the stream", {"state": "cancelled"})


def is_final(error: FfmpegFunctionsError) -> bool:
    """Whether every leg would fail with this request."""
    return error.code in FINAL_CODES or (error.code == "DOWNLOAD_FAILED" and not error.recoverable)


def is_about_source(error: FfmpegFunctionsError) -> bool:
    """Whether the error is about the source; that of a killed ffmpeg is not."""
    return error.code in SOURCE_CODES and not (error.code == "FFMPEG_ERROR" and error.recoverable)
