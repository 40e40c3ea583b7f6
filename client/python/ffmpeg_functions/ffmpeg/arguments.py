"""The argument list of a stream, as lib/playback/arguments.ts builds it for the service."""

from __future__ import annotations

import sys
from typing import List

from ..builder_data import COMMON_OUTPUT_ARGUMENTS, INPUT_ARGUMENTS, PROFILE_ARGUMENTS
from ..settings.settings import Settings
from .filter_chain import filter_chain

_DESCRIPTORS = "/proc/self/fd/" if sys.platform == "linux" else "/dev/fd/"


def transcode_arguments(settings: Settings, feed: str, descriptor: int, *, loses_pitched_end: bool) -> List[str]:
    """Returns ffmpeg's arguments after the launcher's own, from the source's descriptor to the output on `pipe:1`.

    `feed` is "pipe", or "spool" for a file that ffmpeg may seek in.
    """
    kind = "live_pipe" if settings.live and feed == "pipe" else feed
    source = [
        word.replace("{input}", str(descriptor)).replace("{descriptor}", f"{_DESCRIPTORS}{descriptor}")
        for word in INPUT_ARGUMENTS[kind]
    ]
    filled = {
        "{filters}": filter_chain(settings, loses_pitched_end),
        "{sample_rate}": str(settings.sample_rate),
        "{channels}": str(settings.channels),
        "{bitrate}": str(settings.bits_per_second),
    }
    pace = "paced" if settings.live else "unpaced"
    profile = PROFILE_ARGUMENTS[pace][settings.output_format][settings.quality_preset]
    words: List[str] = [*COMMON_OUTPUT_ARGUMENTS, *profile, "pipe:1"]
    return [*source, *(filled.get(word, word) for word in words)]
