"""What goes wrong with a leg, whichever encoder makes it."""

from __future__ import annotations

from ..builder_data import FINAL_CODES, SOURCE_CODES
from ..errors import FfmpegFunctionsError
from ..events import Via


def too_slow(part: Via, reason: str) -> FfmpegFunctionsError:
    """`reason` is "silent" or "slow"."""
    return FfmpegFunctionsError("TIMEOUT", f"the {part} is {reason}", {"part": part, "reason": reason})


def truncated(part: Via) -> FfmpegFunctionsError:
    """The leg seems to have ended properly, but in the middle of a unit."""
    details = {"part": part, "reason": "truncated"}
    return FfmpegFunctionsError("UNAVAILABLE", f"what the {part} sent is cut off", details)


def stopped_elsewhere() -> FfmpegFunctionsError:
    return FfmpegFunctionsError("CONFLICT", "somebody has stopped the stream", {"state": "cancelled"})


def is_final(error: FfmpegFunctionsError) -> bool:
    """Whether no other leg could do better with this request."""
    return error.code in FINAL_CODES or (error.code == "DOWNLOAD_FAILED" and not error.recoverable)


def is_about_source(error: FfmpegFunctionsError) -> bool:
    """Whether the source itself could not be played; not so for an ffmpeg that was killed."""
    return error.code in SOURCE_CODES and not (error.code == "FFMPEG_ERROR" and error.recoverable)
