"""The argument list of a stream, as lib/playback/arguments.ts builds it for the service."""

from __future__ import annotations

from typing import List

from ..builder_data import COMMON_OUTPUT_ARGUMENTS, INPUT_ARGUMENTS, PROFILE_ARGUMENTS
from ..settings.settings import Settings
from .filter_chain import filter_chain
from .input_url import input_url


def transcode_arguments(settings: Settings, source: str, *, seekable: bool, loses_pitched_end: bool) -> List[str]:
    """Returns ffmpeg's arguments after the launcher's own, from the source's URL to the output on `pipe:1`."""
    url = input_url(source)
    scheme = url.split(":", 1)[0]
    filled = {
        "{filters}": filter_chain(settings, loses_pitched_end),
        "{seekable}": "1" if seekable else "-1",
        "{sample_rate}": str(settings.sample_rate),
        "{channels}": str(settings.channels),
        "{bitrate}": str(settings.bits_per_second),
    }
    pace = "paced" if settings.live else "unpaced"
    profile = PROFILE_ARGUMENTS[pace][settings.output_format][settings.quality_preset]
    words: List[str] = [*INPUT_ARGUMENTS[scheme], url, *COMMON_OUTPUT_ARGUMENTS, *profile, "pipe:1"]
    return [filled.get(word, word) for word in words]
