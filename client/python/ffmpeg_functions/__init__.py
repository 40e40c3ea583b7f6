"""Audio that goes on, whatever happens to the service: the client of ffmpeg-functions, standard library only.

    from ffmpeg_functions import Client

    with Client("http://127.0.0.1:8090") as client:
        with client.transcode("https://example.org/a.mp3", "opus") as stream:
            for chunk in stream:
                ...

The audio comes from the service, or from a local ffmpeg while the service is away, refuses, or is silent or slow. What
breaks off goes on where it stopped: PCM exact to the sample, AAC and Opus to the frame, as one valid stream. Times are
seconds. `AsyncClient` is the same for asyncio. A thread of its own reads each stream; ffmpeg and its stream end
together, and both end with the process.
"""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import contextlib
import errno
import http.client
import io
import json
import logging
import math
import os
import re
import select
import selectors
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid
import weakref
import zlib
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import (
    IO,
    TYPE_CHECKING,
    Any,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Dict,
    Generator,
    Iterable,
    Iterator,
    List,
    Literal,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Type,
    TypedDict,
    TypeVar,
    Union,
    cast,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack
elif sys.version_info >= (3, 11):
    from typing import Unpack
else:

    class Unpack:
        """For `typing.get_type_hints`, where there is none yet."""

        def __class_getitem__(cls, _: Any) -> Any:
            return Any


__version__ = "0.1.0"

__all__ = [
    "AsyncClient",
    "AsyncFrames",
    "AsyncStream",
    "Breaker",
    "BrokenEvent",
    "Client",
    "Counters",
    "Event",
    "Fallback",
    "FfmpegFunctionsError",
    "FilterChange",
    "Filters",
    "FiltersInForce",
    "Frames",
    "LegEvent",
    "PlaylistItem",
    "Retry",
    "SkippedEvent",
    "Stream",
    "Timeouts",
    "TrackEvent",
]

OutputFormat = Literal["opus", "aac", "pcm"]
QualityPreset = Literal["lowlatency", "standard", "high"]
EqPreset = Literal["flat", "bass_boost", "voice", "treble"]
Adjustable = Literal["speed", "pitch", "equalizer", "volume"]
Via = Literal["service", "fallback"]


class Filters(TypedDict, total=False):
    """Filters as requests and answers write them; what is absent is neutral, or stays."""

    speed: float
    """Tempo, 0.5 to 2.0; the pitch stays."""
    pitch: float
    """Semitones, -12 to 12; the tempo stays."""
    eq_preset: EqPreset
    equalizer: Sequence[float]
    """Ten gains in dB, -12 to 12; not with eq_preset."""
    volume: float
    """Factor, 0.0 to 2.0."""


class _NeutralFilters(TypedDict):
    speed: float
    pitch: float
    volume: float


class FiltersInForce(_NeutralFilters, total=False):
    """All filters of a stream."""

    eq_preset: EqPreset
    equalizer: Sequence[float]


class _SourceOnly(TypedDict):
    source_url: str


class PlaylistItem(_SourceOnly, total=False):
    """One of a list: a source, and what of it is played."""

    start_at: float
    duration: float


@dataclass(frozen=True)
class Timeouts:
    """How long is waited for what, seconds."""

    first_audio: float = 2.0
    """For the first audio of the service, before the fallback is started; more for a later place."""
    silence: float = 0.8
    """For a stream that plays, while its reader waits."""
    behind: float = 1.0
    """How far a stream may fall behind its own real time, while its reader waits."""
    request: float = 5.0
    """For an answer that is no stream."""
    probe: float = 0.25
    """For a health probe."""
    give_up: float = 15.0
    """How long nobody may bring a stream on before it is given up."""


@dataclass(frozen=True)
class Retry:
    """How often, and how soon, a request is sent again whose connection broke before there was an answer."""

    attempts: int = 1
    delay: float = 0.05
    """Seconds."""


@dataclass(frozen=True)
class Breaker:
    """When the service is not asked any more, and when it is looked at again."""

    threshold: int = 2
    """Failures in a row after which it is not asked."""
    probe_every: float = 1.0
    """From one look at whether it is back to the next, seconds; not more than one."""


@dataclass(frozen=True)
class Fallback:
    """The local ffmpeg."""

    ffmpeg_path: Optional[str] = None
    """FFMPEG_PATH, or the one on PATH, when absent."""
    resolve_source: Callable[[str], str] = str
    """What ffmpeg opens here for a source that only the service can read: a signed URL, a file's URL."""


@dataclass(frozen=True)
class FilterChange:
    """The filters as they are now in force, and the sample of the whole stream from which they are."""

    filters: FiltersInForce
    applied_at_sample: int


class FfmpegFunctionsError(Exception):
    """What went wrong: a code of the catalogue, and whether the same may succeed later."""

    code: str
    message: str
    details: Dict[str, Any]
    recoverable: bool

    def __init__(
        self,
        code: str,
        message: Optional[str] = None,
        details: Optional[Mapping[str, Any]] = None,
        recoverable: Optional[bool] = None,
    ) -> None:
        known = _ERRORS.get(code, _ERRORS["INTERNAL_ERROR"])
        self.code = code
        self.message = message if message is not None else known["message"]
        self.details = dict(details or {})
        self.recoverable = known["recoverable"] if recoverable is None else recoverable
        super().__init__(f"{code}: {self.message}")


@dataclass(frozen=True)
class LegEvent:
    """Who makes the stream from here on; `resumed` when another had begun it."""

    via: Via
    id: Optional[str]
    resumed: bool
    position_seconds: float


@dataclass(frozen=True)
class BrokenEvent:
    """Who made the stream broke off, or could not even begin (`opening`)."""

    via: Via
    opening: bool
    error: FfmpegFunctionsError
    position_seconds: float
    service_is_well: bool = False
    """It had played, and the service takes new work: as at the time limit of its platform."""


@dataclass(frozen=True)
class TrackEvent:
    """Another one of a playlist begins."""

    index: int
    item: Union[str, PlaylistItem]


@dataclass(frozen=True)
class SkippedEvent:
    """One of a playlist could not be played, or not to its end."""

    index: int
    item: Union[str, PlaylistItem]
    error: FfmpegFunctionsError


Event = Union[LegEvent, BrokenEvent, TrackEvent, SkippedEvent]


@dataclass
class Counters:
    """What has happened since the client was made."""

    streams: int = 0
    fallbacks: int = 0
    """Legs that the local ffmpeg made."""
    resumes: int = 0
    """Legs that took over a stream in the middle."""
    failures: int = 0
    """Legs that broke or could not begin."""


# --- Generated from the TypeScript builders by client/python/generate.ts: do not edit ---
_OUTPUT_FORMATS: Any = ("opus", "aac", "pcm",)
_QUALITY_PRESETS: Any = ("lowlatency", "standard", "high",)
_SAMPLE_RATES: Any = (8000, 16000, 22050, 24000, 44100, 48000,)
_OPUS_SAMPLE_RATES: Any = (8000, 16000, 24000, 48000,)
_EQ_PRESETS: Any = ("flat", "bass_boost", "voice", "treble",)
_ADJUSTABLE: Any = ("speed", "pitch", "equalizer", "volume",)
_BITRATE_RANGES: Any = {"opus": {"min": 6, "max": 256}, "aac": {"min": 32, "max": 320}}
_AAC_FRAME_SAMPLES: Any = 1024
_AAC_BITS_PER_SAMPLE: Any = 6
_OPUS_FRAME_MS: Any = {"lowlatency": 10, "standard": 20, "high": 20}
_BITRATES: Any = {
    "opus": {"lowlatency": 96000, "standard": 96000, "high": 128000},
    "aac": {"lowlatency": 128000, "standard": 128000, "high": 192000},
    "pcm": {"lowlatency": 0, "standard": 0, "high": 0},
}
_ENCODER_LAG_SAMPLES: Any = {
    "opus": {"lowlatency": 360, "standard": 792, "high": 792},
    "aac": {"lowlatency": 3584, "standard": 3584, "high": 3584},
    "pcm": {"lowlatency": 0, "standard": 0, "high": 0},
}
_CONTENT_TYPES: Any = {"opus": "audio/ogg", "aac": "audio/aac", "pcm": "audio/pcm"}
_INPUT_ARGUMENTS: Any = {
    "http": (
        "-protocol_whitelist http,https,tcp,tls -format_whitelist "
        "mp3,aac,flac,ogg,wav,w64,mov,matroska,aiff,caf,asf,ac3,eac3,amr,ape,wv,au,mpegts -probesize 1048576 "
        "-analyzeduration 500000 -threads 1 -reconnect 1 -reconnect_delay_max 2 -rw_timeout 10000000 -seekable "
        "{seekable} -i"
    ).split(),
    "https": (
        "-protocol_whitelist http,https,tcp,tls -format_whitelist "
        "mp3,aac,flac,ogg,wav,w64,mov,matroska,aiff,caf,asf,ac3,eac3,amr,ape,wv,au,mpegts -probesize 1048576 "
        "-analyzeduration 500000 -threads 1 -reconnect 1 -reconnect_delay_max 2 -rw_timeout 10000000 -seekable "
        "{seekable} -i"
    ).split(),
    "file": (
        "-protocol_whitelist file -format_whitelist "
        "mp3,aac,flac,ogg,wav,w64,mov,matroska,aiff,caf,asf,ac3,eac3,amr,ape,wv,au,mpegts -probesize 1048576 "
        "-analyzeduration 500000 -threads 1 -i"
    ).split(),
}
_COMMON_OUTPUT_ARGUMENTS: Any = (
    "-map 0:a:0 -af {filters} -map_metadata -1 -map_chapters -1 -fflags +bitexact -filter_threads 1 "
    "-rematrix_maxval 1"
).split()
_PROFILE_ARGUMENTS: Any = {
    "paced": {
        "opus": {
            "lowlatency": (
                "-ar {sample_rate} -ac {channels} -c:a libopus -b:a {bitrate} -vbr constrained -application lowdelay "
                "-frame_duration 10 -compression_level 7 -bsf:a setts=ts=if(N\\,PREV_OUTPTS+PREV_OUTDURATION\\,PTS) -f ogg "
                "-page_duration 10000 -serial_offset 1 -flush_packets 1"
            ).split(),
            "standard": (
                "-ar {sample_rate} -ac {channels} -c:a libopus -b:a {bitrate} -vbr constrained -application audio "
                "-frame_duration 20 -compression_level 5 -bsf:a setts=ts=if(N\\,PREV_OUTPTS+PREV_OUTDURATION\\,PTS) -f ogg "
                "-page_duration 100000 -serial_offset 1 -flush_packets 1"
            ).split(),
            "high": (
                "-ar {sample_rate} -ac {channels} -c:a libopus -b:a {bitrate} -vbr constrained -application audio "
                "-frame_duration 20 -compression_level 7 -bsf:a setts=ts=if(N\\,PREV_OUTPTS+PREV_OUTDURATION\\,PTS) -f ogg "
                "-page_duration 100000 -serial_offset 1 -flush_packets 1"
            ).split(),
        },
        "aac": {
            "lowlatency": (
                "-ar {sample_rate} -ac {channels} -c:a aac -b:a {bitrate} -f adts -flush_packets 1"
            ).split(),
            "standard": (
                "-ar {sample_rate} -ac {channels} -c:a aac -b:a {bitrate} -f adts -flush_packets 1"
            ).split(),
            "high": (
                "-ar {sample_rate} -ac {channels} -c:a aac -b:a {bitrate} -f adts -flush_packets 1"
            ).split(),
        },
        "pcm": {
            "lowlatency": (
                "-ar {sample_rate} -ac {channels} -c:a pcm_s16le -f s16le -flush_packets 1"
            ).split(),
            "standard": (
                "-ar {sample_rate} -ac {channels} -c:a pcm_s16le -f s16le -flush_packets 1"
            ).split(),
            "high": (
                "-ar {sample_rate} -ac {channels} -c:a pcm_s16le -f s16le -flush_packets 1"
            ).split(),
        },
    },
    "unpaced": {
        "opus": {
            "lowlatency": (
                "-ar {sample_rate} -ac {channels} -c:a libopus -b:a {bitrate} -vbr constrained -application lowdelay "
                "-frame_duration 10 -compression_level 7 -bsf:a setts=ts=if(N\\,PREV_OUTPTS+PREV_OUTDURATION\\,PTS) -f ogg "
                "-page_duration 10000 -serial_offset 1 -flush_packets 1"
            ).split(),
            "standard": (
                "-ar {sample_rate} -ac {channels} -c:a libopus -b:a {bitrate} -vbr constrained -application audio "
                "-frame_duration 20 -compression_level 5 -bsf:a setts=ts=if(N\\,PREV_OUTPTS+PREV_OUTDURATION\\,PTS) -f ogg "
                "-page_duration 200000 -serial_offset 1 -flush_packets 1"
            ).split(),
            "high": (
                "-ar {sample_rate} -ac {channels} -c:a libopus -b:a {bitrate} -vbr constrained -application audio "
                "-frame_duration 20 -compression_level 7 -bsf:a setts=ts=if(N\\,PREV_OUTPTS+PREV_OUTDURATION\\,PTS) -f ogg "
                "-page_duration 200000 -serial_offset 1 -flush_packets 1"
            ).split(),
        },
        "aac": {
            "lowlatency": (
                "-ar {sample_rate} -ac {channels} -c:a aac -b:a {bitrate} -f adts -flush_packets 1"
            ).split(),
            "standard": (
                "-ar {sample_rate} -ac {channels} -c:a aac -b:a {bitrate} -f adts -flush_packets 1"
            ).split(),
            "high": (
                "-ar {sample_rate} -ac {channels} -c:a aac -b:a {bitrate} -f adts -flush_packets 1"
            ).split(),
        },
        "pcm": {
            "lowlatency": (
                "-ar {sample_rate} -ac {channels} -c:a pcm_s16le -f s16le -flush_packets 1"
            ).split(),
            "standard": (
                "-ar {sample_rate} -ac {channels} -c:a pcm_s16le -f s16le -flush_packets 1"
            ).split(),
            "high": (
                "-ar {sample_rate} -ac {channels} -c:a pcm_s16le -f s16le -flush_packets 1"
            ).split(),
        },
    },
}
_CHAIN_BEGIN: Any = {
    "": "aformat=sample_rates={sample_rate}:channel_layouts={layout},asetpts=STARTPTS*not(not(trunc(STARTPTS*TB)))+round(N/SR/TB)",
    "commands": "aformat=sample_fmts=fltp:sample_rates={sample_rate}:channel_layouts={layout},asetpts=STARTPTS*not(not(trunc(STARTPTS*TB)))+round(N/SR/TB)",
}
_SECTIONS: Any = (
    {
        "name": "bass@bass_boost",
        "options": "frequency=220:width_type=q:width=0.7",
        "reach": 220,
        "presets": {"bass_boost": 6},
        "band": None,
    },
    {
        "name": "bass@voice",
        "options": "frequency=95:width_type=q:width=0.5",
        "reach": 95,
        "presets": {"voice": -26},
        "band": None,
    },
    {
        "name": "treble@voice",
        "options": "frequency=6800:width_type=q:width=0.5",
        "reach": 6800,
        "presets": {"voice": -26},
        "band": None,
    },
    {
        "name": "treble@treble",
        "options": "frequency=4500:width_type=q:width=0.7",
        "reach": 4500,
        "presets": {"treble": 4},
        "band": None,
    },
    {
        "name": "equalizer@31hz",
        "options": "frequency=31:width_type=o:width=1",
        "reach": 31,
        "presets": {},
        "band": 0,
    },
    {
        "name": "equalizer@62hz",
        "options": "frequency=62:width_type=o:width=1",
        "reach": 62,
        "presets": {},
        "band": 1,
    },
    {
        "name": "equalizer@125hz",
        "options": "frequency=125:width_type=o:width=1",
        "reach": 125,
        "presets": {},
        "band": 2,
    },
    {
        "name": "equalizer@250hz",
        "options": "frequency=250:width_type=o:width=1",
        "reach": 250,
        "presets": {},
        "band": 3,
    },
    {
        "name": "equalizer@500hz",
        "options": "frequency=500:width_type=o:width=1",
        "reach": 500,
        "presets": {},
        "band": 4,
    },
    {
        "name": "equalizer@1000hz",
        "options": "frequency=1000:width_type=o:width=1",
        "reach": 1000,
        "presets": {},
        "band": 5,
    },
    {
        "name": "equalizer@2000hz",
        "options": "frequency=2000:width_type=o:width=1",
        "reach": 2000,
        "presets": {},
        "band": 6,
    },
    {
        "name": "equalizer@4000hz",
        "options": "frequency=4000:width_type=o:width=1",
        "reach": 4000,
        "presets": {},
        "band": 7,
    },
    {
        "name": "equalizer@8000hz",
        "options": "frequency=8000:width_type=o:width=1",
        "reach": 8000,
        "presets": {},
        "band": 8,
    },
    {
        "name": "equalizer@16000hz",
        "options": "frequency=16000:width_type=o:width=1",
        "reach": 16000,
        "presets": {},
        "band": 9,
    },
)
_FRAMES: Any = {
    8000: "asetnsamples=n=80:p=0",
    16000: "asetnsamples=n=160:p=0",
    22050: "asetnsamples=n=221:p=0",
    24000: "asetnsamples=n=240:p=0",
    44100: "asetnsamples=n=441:p=0",
    48000: "asetnsamples=n=480:p=0",
}
_ADJUSTABLE_VOLUME: Any = {
    8000: ("asetnsamples=n=4:p=0", "volume@volume=volume={volume}:eval=frame",),
    16000: ("asetnsamples=n=8:p=0", "volume@volume=volume={volume}:eval=frame",),
    22050: ("asetnsamples=n=11:p=0", "volume@volume=volume={volume}:eval=frame",),
    24000: ("asetnsamples=n=12:p=0", "volume@volume=volume={volume}:eval=frame",),
    44100: ("asetnsamples=n=22:p=0", "volume@volume=volume={volume}:eval=frame",),
    48000: ("asetnsamples=n=24:p=0", "volume@volume=volume={volume}:eval=frame",),
}
_PACING: Any = {
    8000: (
        "asetnsamples=n=160:p=0 asetpts='STARTPTS+max(0,round(N/SR/TB)-{lead}/TB*not(trunc(STARTPTS*TB)))' "
        "arealtime=limit=3600 asetpts='STARTPTS+round(N/SR/TB)+0*if(N,0,print(STARTPTS*TB))'"
    ).split(),
    16000: (
        "asetnsamples=n=320:p=0 asetpts='STARTPTS+max(0,round(N/SR/TB)-{lead}/TB*not(trunc(STARTPTS*TB)))' "
        "arealtime=limit=3600 asetpts='STARTPTS+round(N/SR/TB)+0*if(N,0,print(STARTPTS*TB))'"
    ).split(),
    22050: (
        "asetnsamples=n=441:p=0 asetpts='STARTPTS+max(0,round(N/SR/TB)-{lead}/TB*not(trunc(STARTPTS*TB)))' "
        "arealtime=limit=3600 asetpts='STARTPTS+round(N/SR/TB)+0*if(N,0,print(STARTPTS*TB))'"
    ).split(),
    24000: (
        "asetnsamples=n=480:p=0 asetpts='STARTPTS+max(0,round(N/SR/TB)-{lead}/TB*not(trunc(STARTPTS*TB)))' "
        "arealtime=limit=3600 asetpts='STARTPTS+round(N/SR/TB)+0*if(N,0,print(STARTPTS*TB))'"
    ).split(),
    44100: (
        "asetnsamples=n=882:p=0 asetpts='STARTPTS+max(0,round(N/SR/TB)-{lead}/TB*not(trunc(STARTPTS*TB)))' "
        "arealtime=limit=3600 asetpts='STARTPTS+round(N/SR/TB)+0*if(N,0,print(STARTPTS*TB))'"
    ).split(),
    48000: (
        "asetnsamples=n=960:p=0 asetpts='STARTPTS+max(0,round(N/SR/TB)-{lead}/TB*not(trunc(STARTPTS*TB)))' "
        "arealtime=limit=3600 asetpts='STARTPTS+round(N/SR/TB)+0*if(N,0,print(STARTPTS*TB))'"
    ).split(),
}
_SPEED_FILTER: Any = "atempo@speed"
_PITCH_FILTER: Any = "rubberband@pitch"
_VOLUME_FILTER: Any = "volume@volume"
_PARAMETERS: Any = {
    "bass": "gain",
    "treble": "gain",
    "equalizer": "gain",
    "atempo": "tempo",
    "rubberband": "pitch",
    "volume": "volume",
}
_VOLUME_RAMP: Any = "if(eq(ld(0),0),st(0,t),0);{start}+({rise})*min(1,(t-ld(0))/0.1)"
_LARGEST_RISE_DB: Any = {"bass": 9, "treble": 4.4, "equalizer": 6.5}
_CAPABILITIES: Any = (
    "encoder:libopus encoder:aac encoder:pcm_s16le muxer:ogg muxer:adts muxer:s16le demuxer:mp3 demuxer:aac "
    "demuxer:flac demuxer:ogg demuxer:wav demuxer:mov demuxer:matroska filter:aformat filter:aresample filter:atrim "
    "filter:asetpts filter:atempo filter:equalizer filter:bass filter:treble filter:volume protocol:pipe "
    "protocol:file bsf:setts protocol:http"
).split()
_LAUNCHER: Any = "ulimit -d \"$1\" 2>/dev/null; [ \"$PPID\" = \"$2\" ] || exit 125; shift 2; exec \"$@\""
_ERRORS: Any = {
    "INVALID_JSON": {"recoverable": False, "message": "the request body is not JSON"},
    "INVALID_URL": {"recoverable": False, "message": "the source is not an http, https or s3 URL"},
    "SOURCE_FORBIDDEN": {"recoverable": False, "message": "the address policy refuses this source"},
    "VALIDATION_ERROR": {"recoverable": False, "message": "a field is missing, unknown or out of range"},
    "FILTER_INVALID": {"recoverable": False, "message": "a filter value is out of range"},
    "UNAUTHENTICATED": {"recoverable": False, "message": "credentials are missing or not valid"},
    "FORBIDDEN": {"recoverable": False, "message": "these credentials do not allow this"},
    "NOT_FOUND": {"recoverable": False, "message": "there is no such thing"},
    "CONFLICT": {"recoverable": False, "message": "not possible in the present state"},
    "PAYLOAD_TOO_LARGE": {"recoverable": False, "message": "the request or its source is over its limit"},
    "UNSUPPORTED_FORMAT": {"recoverable": False, "message": "the source is no media of a supported kind"},
    "DOWNLOAD_FAILED": {"recoverable": True, "message": "the source could not be read"},
    "FFMPEG_ERROR": {"recoverable": False, "message": "ffmpeg failed"},
    "TIMEOUT": {"recoverable": True, "message": "no progress in time"},
    "RATE_LIMITED": {"recoverable": True, "message": "too many requests from this caller"},
    "OVERLOADED": {"recoverable": True, "message": "all slots are taken"},
    "UNAVAILABLE": {"recoverable": True, "message": "a part this request needs is down"},
    "INTERNAL_ERROR": {"recoverable": False, "message": "a defect of the service"},
}
# --- End of what is generated ---


# What is asked for, and the argument list that makes it: as lib/playback and lib/filters have it.


@dataclass(frozen=True)
class _Settings:
    """A request without its source, with the service's defaults filled in."""

    output_format: str
    quality_preset: str
    bitrate: Optional[str]
    sample_rate: int
    channels: int
    filters: FiltersInForce
    start_at: float
    duration: Optional[float]
    live: bool
    adjust: Optional[Tuple[str, ...]]
    lead_seconds: Optional[float]

    def body(self, source_url: str) -> Dict[str, Any]:
        fields = {name: value for name, value in self.__dict__.items() if value is not None}
        return {**fields, "source_url": source_url}

    @property
    def adjustable(self) -> Tuple[str, ...]:
        """What commands may change, in one order."""
        if not self.live:
            return ()
        named = ("speed", "equalizer", "volume") if self.adjust is None else self.adjust
        return tuple(name for name in _ADJUSTABLE if name in named)

    @property
    def lead(self) -> float:
        return 2.0 if self.lead_seconds is None else self.lead_seconds


def _settings(request: Mapping[str, Any]) -> _Settings:
    """The request, checked as the service does. Raises VALIDATION_ERROR or FILTER_INVALID."""
    asked = {name: value for name, value in request.items() if value is not None}
    known = set(_Settings.__dataclass_fields__)
    for name in asked:
        if name not in known:
            raise _invalid(str(name), f"{name} is unknown", asked[name])
    filters = asked.get("filters", {})
    _check_filters(filters, "filters.")
    output_format = _one_of("output_format", asked.get("output_format"), _OUTPUT_FORMATS)
    quality_preset = _one_of("quality_preset", asked.get("quality_preset", "standard"), _QUALITY_PRESETS)
    sample_rate = _one_of("sample_rate", asked.get("sample_rate", 48_000), _SAMPLE_RATES)
    channels = _one_of("channels", asked.get("channels", 2), (1, 2))
    start_at = _within("start_at", asked.get("start_at", 0), 0, _LONGEST_SECONDS)
    duration = asked.get("duration")
    if duration is not None and not (_is_number(duration) and 0 < duration <= _LONGEST_SECONDS):
        raise _invalid("duration", f"duration must be above 0 and at most {_LONGEST_SECONDS} seconds", duration)
    live = asked.get("live", False)
    if not isinstance(live, bool):
        raise _invalid("live", "live must be True or False", live)
    adjust = _adjust_of(asked.get("adjust"))
    lead_seconds = asked.get("lead_seconds")
    if lead_seconds is not None:
        _within("lead_seconds", lead_seconds, 0.2, 30)
    for name in ("adjust", "lead_seconds"):
        if not live and asked.get(name) is not None:
            raise _invalid(name, f"{name} goes with live only", asked[name])
    if output_format == "opus" and sample_rate not in _OPUS_SAMPLE_RATES:
        raise _invalid("sample_rate", f"sample_rate must be one of {_OPUS_SAMPLE_RATES} with opus", sample_rate)
    bitrate = asked.get("bitrate")
    if bitrate is not None:
        _check_bitrate(bitrate, output_format, sample_rate, channels)
    return _Settings(
        output_format=output_format,
        quality_preset=quality_preset,
        bitrate=bitrate,
        sample_rate=int(sample_rate),
        channels=int(channels),
        filters=_merge({"speed": 1.0, "pitch": 0.0, "volume": 1.0}, filters),
        start_at=start_at,
        duration=duration,
        live=live,
        adjust=adjust,
        lead_seconds=lead_seconds,
    )


_LONGEST_SECONDS = 1_000_000
_LONGEST_URL = 8_192
_BANDS = sum(section["band"] is not None for section in _SECTIONS)


_SCHEMES = ("http", "https", "s3", "file")


def _source_url(url: Any) -> str:
    """A URL that somebody may be able to open. Raises VALIDATION_ERROR or INVALID_URL."""
    if not isinstance(url, str) or not 0 < len(url) <= _LONGEST_URL:
        raise _invalid("source_url", f"source_url must be a URL of at most {_LONGEST_URL} characters", url)
    try:
        # Half a surrogate is no character, and no URL has one.
        url.encode()
        parts = urllib.parse.urlsplit(url.strip())
        # A port out of its range raises, too.
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise FfmpegFunctionsError("INVALID_URL") from None
    needs_host = parts.scheme != "file"
    if parts.scheme not in _SCHEMES or (needs_host and (not host or re.search(r"\s", parts.netloc) is not None)):
        raise FfmpegFunctionsError("INVALID_URL")
    return url


def _invalid(name: str, message: str, value: Any) -> FfmpegFunctionsError:
    code = "FILTER_INVALID" if name.startswith("filters") else "VALIDATION_ERROR"
    return FfmpegFunctionsError(code, message, {"field": name, "value": value})


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _within(name: str, value: Any, least: float, most: float) -> Any:
    if not (_is_number(value) and least <= value <= most):
        raise _invalid(name, f"{name.split('.')[-1]} must be between {least} and {most}", value)
    return value


def _one_of(name: str, value: Any, values: Sequence[Any]) -> Any:
    if isinstance(value, bool) or value not in values:
        raise _invalid(name, f"{name.split('.')[-1]} must be one of {', '.join(map(str, values))}", value)
    return value


def _check_filters(filters: Any, prefix: str) -> None:
    if not isinstance(filters, Mapping):
        raise _invalid("filters", "filters must be a mapping", filters)
    for name, value in filters.items():
        if value is None:
            continue
        if name in _FILTER_RANGES:
            _within(prefix + name, value, *_FILTER_RANGES[name])
        elif name == "eq_preset":
            _one_of(prefix + name, value, _EQ_PRESETS)
        elif name == "equalizer":
            if isinstance(value, (str, bytes)) or not isinstance(value, Sequence) or len(value) != _BANDS:
                raise _invalid(prefix + name, f"equalizer must be {_BANDS} numbers", value)
            for band, gain in enumerate(value):
                _within(f"{prefix}{name}.{band}", gain, -12, 12)
        else:
            raise _invalid(prefix + str(name), f"{name} is unknown", value)
    if filters.get("eq_preset") is not None and filters.get("equalizer") is not None:
        raise _invalid(prefix + "equalizer", "equalizer excludes eq_preset", filters["equalizer"])


_FILTER_RANGES = {"speed": (0.5, 2), "pitch": (-12, 12), "volume": (0, 2)}


def _adjust_of(adjust: Any) -> Optional[Tuple[str, ...]]:
    if adjust is None:
        return None
    if isinstance(adjust, str) or not isinstance(adjust, Sequence) or len(adjust) > len(_ADJUSTABLE):
        raise _invalid("adjust", f"adjust must be a list of at most {len(_ADJUSTABLE)}", adjust)
    return tuple(_one_of("adjust", name, _ADJUSTABLE) for name in adjust)


def _check_bitrate(bitrate: Any, output_format: str, sample_rate: int, channels: int) -> None:
    if not isinstance(bitrate, str) or re.fullmatch(r"[1-9][0-9]{0,2}k", bitrate) is None:
        raise _invalid("bitrate", 'bitrate must be written as in "96k"', bitrate)
    if output_format not in _BITRATE_RANGES:
        raise _invalid("bitrate", f"bitrate does not go with {output_format}", bitrate)
    least, most = _BITRATE_RANGES[output_format].values()
    asked = int(bitrate[:-1])
    if not least <= asked <= most:
        raise _invalid("bitrate", f"bitrate must be between {least}k and {most}k with {output_format}", bitrate)
    if output_format == "aac" and asked * 1_000 > _AAC_BITS_PER_SAMPLE * channels * sample_rate:
        raise _invalid("bitrate", "bitrate is more than aac has at this rate and number of channels", bitrate)


def _merge(filters: FiltersInForce, patch: Mapping[str, Any]) -> FiltersInForce:
    """The filters with a patch: an equaliser takes the place of a preset, and the other way round."""
    merged: Dict[str, Any] = dict(filters)
    given = {name: value for name, value in patch.items() if value is not None}
    if "eq_preset" in given or "equalizer" in given:
        merged.pop("eq_preset", None)
        merged.pop("equalizer", None)
    merged.update(given)
    return cast(FiltersInForce, merged)


def _bitrate(settings: _Settings) -> int:
    """bit/s; a preset's AAC bitrate never exceeds what the sample rate can hold."""
    if settings.bitrate is not None:
        return int(settings.bitrate[:-1]) * 1_000
    usual = int(_BITRATES[settings.output_format][settings.quality_preset])
    if settings.output_format != "aac":
        return usual
    return min(usual, int(_AAC_BITS_PER_SAMPLE) * settings.channels * settings.sample_rate)


def _transcode_arguments(settings: _Settings, source: str, *, seekable: bool, loses_pitched_end: bool) -> List[str]:
    """ffmpeg's arguments behind the supervisor's own, with the source's URL as input and `pipe:1` as output."""
    url = _normal_url(source)
    scheme = url.split(":", 1)[0]
    filled = {
        "{filters}": _filter_chain(settings, loses_pitched_end),
        "{seekable}": "1" if seekable else "-1",
        "{sample_rate}": str(settings.sample_rate),
        "{channels}": str(settings.channels),
        "{bitrate}": str(_bitrate(settings)),
    }
    pace = "paced" if settings.live else "unpaced"
    profile = _PROFILE_ARGUMENTS[pace][settings.output_format][settings.quality_preset]
    words: List[str] = [*_INPUT_ARGUMENTS[scheme], url, *_COMMON_OUTPUT_ARGUMENTS, *profile, "pipe:1"]
    return [filled.get(word, word) for word in words]


def _normal_url(source: str) -> str:
    """A URL as ffmpeg is to have it, without a fragment. Raises UNAVAILABLE for one that it cannot open."""
    try:
        parts = urllib.parse.urlsplit(source.strip())
        if parts.scheme == "file":
            return _file_of(parts)
        host, asked_port = parts.hostname, parts.port
        if parts.scheme not in ("http", "https") or not host:
            raise _not_openable()
        with contextlib.suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
        host = f"[{host}]" if ":" in host else host
        user, at, _ = parts.netloc.rpartition("@")
        port = "" if asked_port in (None, 80 if parts.scheme == "http" else 443) else f":{asked_port}"
        path = urllib.parse.quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~[]|^\\")
        query = "?" + urllib.parse.quote(parts.query, safe="/%:@!$&()*+,;=-._~?[]|^`{}\\") if parts.query else ""
        return f"{parts.scheme}://{user}{at}{host}{port}{path}{query}"
    except ValueError:
        raise _not_openable() from None


def _file_of(parts: urllib.parse.SplitResult) -> str:
    path = urllib.parse.unquote(parts.path)
    if "\0" in path:
        raise _not_openable()
    return "file:" + path


_ONLY_FOR_THE_SERVICE = "source"
"""The reason why the local ffmpeg could not open what the service may well be able to read."""


def _not_openable(
    message: str = "the local ffmpeg opens http, https and file only (resolve_source)",
) -> FfmpegFunctionsError:
    details = {"part": "fallback", "reason": _ONLY_FOR_THE_SERVICE}
    return FfmpegFunctionsError("UNAVAILABLE", message, details, False)


def _decimal(value: float) -> str:
    """A number as filter options take it: no exponent, at most nine decimals, no trailing zeros."""
    text = format(Decimal(value + 0.0).quantize(Decimal("1e-9"), ROUND_HALF_UP), "f")
    return text.rstrip("0").rstrip(".")


def _round(value: float) -> int:
    """To the nearest whole number, halves up."""
    whole = math.floor(value)
    return whole + (value - whole >= 0.5)


def _filter_chain(settings: _Settings, loses_pitched_end: bool) -> str:
    rate, adjustable, filters = settings.sample_rate, settings.adjustable, settings.filters
    layout = {1: "mono", 2: "stereo"}[settings.channels]
    begin: str = _CHAIN_BEGIN["commands" if adjustable else ""]
    chain = [begin.replace("{sample_rate}", str(rate)).replace("{layout}", layout)]
    chain += _trim_filters(settings)
    if adjustable:
        chain.append(_FRAMES[rate])
    chain += _speed_filters(filters["speed"], "speed" in adjustable)
    chain += _pitch_filters(filters["pitch"], "pitch" in adjustable, loses_pitched_end)
    for section, gain in _gains(filters, rate):
        if "equalizer" in adjustable:
            chain.append(f"{section['name']}={section['options']}:gain={_decimal(gain)}")
        elif gain != 0:
            chain.append(f"{section['name'].split('@')[0]}={section['options']}:gain={_decimal(gain)}")
    volume = _decimal(filters["volume"])
    if "volume" in adjustable:
        chain += [text.replace("{volume}", volume) for text in _ADJUSTABLE_VOLUME[rate]]
    elif filters["volume"] != 1:
        chain.append(f"volume={volume}")
    if settings.live:
        chain += [text.replace("{lead}", _decimal(settings.lead)) for text in _PACING[rate]]
    return ",".join(chain)


def _trim_filters(settings: _Settings) -> List[str]:
    first = _round(settings.start_at * settings.sample_rate)
    ends = settings.duration is not None
    end = _round((settings.start_at + settings.duration) * settings.sample_rate) if settings.duration is not None else 0
    if first == 0 and not ends:
        return []
    bounds = ([f"start_pts={first}"] if first else []) + ([f"end_pts={end}"] if ends else [])
    return [f"atrim={':'.join(bounds)}"] + ([f"asetpts=PTS-round({first}/SR/TB)"] if first else [])


def _speed_filters(speed: float, adjustable: bool) -> List[str]:
    if speed == 1 and not adjustable:
        return []
    name = _SPEED_FILTER if adjustable else "atempo"
    return [f"{name}={_decimal(speed)}", f"asetpts=round(STARTPTS/{_decimal(speed)})+round(N/SR/TB)"]


_SHORTEST_PITCHED = 2_048
_PITCH_TAIL_SECONDS = 0.07


def _pitch_filters(semitones: float, adjustable: bool, loses_end: bool) -> List[str]:
    ratio = _frequency_ratio(semitones)
    if ratio == 1 and not adjustable:
        return []
    tail = [f"apad=pad_dur={_decimal(_PITCH_TAIL_SECONDS * (ratio - 1))}"] if loses_end and ratio > 1 else []
    name, quality = (_PITCH_FILTER, ":pitchq=consistency") if adjustable else ("rubberband", "")
    pitch = f"{name}=pitch={_decimal(ratio)}:transients=smooth{quality}"
    return [f"apad=whole_len={_SHORTEST_PITCHED}", *tail, "asetnsamples=n=512:p=0", pitch]


def _frequency_ratio(semitones: float) -> float:
    return float(2 ** (semitones / 12))


def _gains(filters: FiltersInForce, sample_rate: int) -> List[Tuple[Dict[str, Any], float]]:
    """The equaliser's sections that can exist at a sample rate, each with its gain in dB."""
    preset = filters.get("eq_preset", "flat")
    bands = filters.get("equalizer")
    gains: List[Tuple[Dict[str, Any], float]] = []
    for section in _SECTIONS:
        if section["reach"] >= sample_rate / 2:
            continue
        band = section["band"]
        gain = section["presets"].get(preset, 0) if band is None else 0 if bands is None else bands[band]
        gains.append((section, gain))
    return gains


def _control_values(filters: FiltersInForce, adjustable: Sequence[str], sample_rate: int) -> Dict[str, float]:
    """Every filter that takes commands, by its name, with the value its parameter has for these filters."""
    values: Dict[str, float] = {}
    for name in adjustable:
        if name == "speed":
            values[_SPEED_FILTER] = filters["speed"]
        elif name == "pitch":
            values[_PITCH_FILTER] = _frequency_ratio(filters["pitch"])
        elif name == "equalizer":
            values.update((section["name"], gain) for section, gain in _gains(filters, sample_rate))
        else:
            values[_VOLUME_FILTER] = filters["volume"]
    return values


class _Control(NamedTuple):
    """A filter's parameter on its way from one value to another."""

    target: str
    start: float
    end: float


def _filter_of(target: str) -> str:
    return target.split("@")[0]


def _in_quiet_order(changes: Sequence[_Control]) -> List[_Control]:
    """Gains that fall first, from the lowest frequency up; those that rise last, from the highest down."""

    def rises(change: _Control) -> bool:
        return bool(_PARAMETERS[_filter_of(change.target)] == "gain" and change.end > change.start)

    return [c for c in changes if not rises(c)] + [c for c in reversed(changes) if rises(c)]


def _next_value(change: _Control) -> float:
    """The value that one command takes a filter's parameter to: a gain that rises far does so in steps."""
    largest = _LARGEST_RISE_DB.get(_filter_of(change.target), math.inf)
    steps = max(1, math.ceil((change.end - change.start) / largest))
    return change.end if steps == 1 else change.start + (change.end - change.start) / steps


def _control_command(change: _Control) -> str:
    """The command that changes a filter's parameter, as ffmpeg's standard input takes it."""
    argument = _decimal(change.end)
    if change.target == _VOLUME_FILTER:
        ramp: str = _VOLUME_RAMP
        argument = ramp.replace("{start}", _decimal(change.start))
        argument = argument.replace("{rise}", _decimal(change.end - change.start))
    return f"c{change.target} -1 {_PARAMETERS[_filter_of(change.target)]} {argument}\n"


# Units: what a decoder takes at once, a sample of each channel (PCM), a frame (AAC), a packet (Opus).


class _Plan(NamedTuple):
    """What to ask the next encoder for, and how its stream joins what was given."""

    at_unit: int
    """The unit of the whole that its first unit is."""
    drop: int
    """Its units that were given already."""
    settings: _Settings


class _Joiner:
    """Makes one stream of several: each encoder's bytes go in, whole units come out."""

    given = 0
    is_complete = False
    """The stream itself has said that this was its end."""
    _rest = b""

    @property
    def is_whole(self) -> bool:
        """What has come ends with a whole unit."""
        return not self._rest

    def begin(self, at_unit: int, drop: int) -> None:
        raise NotImplementedError

    def push(self, chunk: bytes) -> bytes:
        raise NotImplementedError

    def end(self) -> bytes:
        """What closes the stream."""
        return b""


class _PcmJoiner(_Joiner):
    def __init__(self, channels: int) -> None:
        self._unit_bytes = 2 * channels
        self._drop_bytes = 0
        self._rest = b""

    def begin(self, at_unit: int, drop: int) -> None:
        self._drop_bytes = drop * self._unit_bytes
        self._rest = b""

    def push(self, chunk: bytes) -> bytes:
        dropped = min(self._drop_bytes, len(chunk))
        self._drop_bytes -= dropped
        data = self._rest + chunk[dropped:]
        whole = len(data) - len(data) % self._unit_bytes
        self._rest = data[whole:]
        self.given += whole // self._unit_bytes
        return data[:whole]


class _AdtsJoiner(_Joiner):
    """AAC in ADTS: every frame says how long it is (ISO/IEC 13818-7, 6.2)."""

    def __init__(self) -> None:
        self._drop = 0
        self._rest = b""

    def begin(self, at_unit: int, drop: int) -> None:
        self._drop = drop
        self._rest = b""

    def push(self, chunk: bytes) -> bytes:
        data = self._rest + chunk
        start = at = 0
        while True:
            length = _adts_frame_length(data, at)
            if length is None:
                break
            at += length
            if self._drop > 0:
                self._drop -= 1
                start = at
            else:
                self.given += 1
        self._rest = data[at:]
        return data[start:at]


_ADTS_HEADER_BYTES = 7


def _adts_frame_length(data: bytes, at: int) -> Optional[int]:
    """Bytes of the frame that begins there; None while it is not whole."""
    # What begins another way is told at once, however short it is.
    if at < len(data) and data[at] != 0xFF:
        raise _NotThat("AAC in ADTS")
    if len(data) - at < _ADTS_HEADER_BYTES:
        return None
    length = (int.from_bytes(data[at + 3 : at + 6], "big") >> 5) & 0x1FFF
    if data[at + 1] >> 4 != 0xF or length < _ADTS_HEADER_BYTES:
        raise _NotThat("AAC in ADTS")
    return None if len(data) - at < length else length


class _OggPage(NamedTuple):
    """A page of an Ogg stream (RFC 3533, 6), and the packets that end in it; none begins in another page."""

    flags: int
    granule: int
    packets: List[bytes]


_OGG_HEADER = 27
_OGG_CAPTURE = b"OggS"
_CONTINUED_PAGE, _LAST_PAGE = 0x01, 0x04
_NO_GRANULE = (1 << 64) - 1
"""The time of a page that no packet ends in."""
_OGG_HEADERS = (b"OpusHead", b"OpusTags")


class _OggOpusJoiner(_Joiner):
    """One logical stream of all encoders' packets, with the first one's headers, pages counted through, and its time."""

    def __init__(self, unit_ms: int, serial: int) -> None:
        self._unit_granules = 48 * unit_ms
        self._serial = serial
        self._drop = 0
        self._offset = 0
        self._rest = b""
        self._headers_left = 0
        self._sequence = 0
        self._granule = 0

    def begin(self, at_unit: int, drop: int) -> None:
        self._drop = drop
        self._offset = at_unit * self._unit_granules
        self._rest = b""
        self._headers_left = len(_OGG_HEADERS)

    def push(self, chunk: bytes) -> bytes:
        data = self._rest + chunk
        pages: List[bytes] = []
        at = 0
        while True:
            read = _read_ogg_page(data, at)
            if read is None:
                break
            page, length = read
            at += length
            pages.append(self._header(page) if self._headers_left > 0 else self._audio(page))
        self._rest = data[at:]
        return b"".join(pages)

    def end(self) -> bytes:
        if self.is_complete or self._sequence < len(_OGG_HEADERS):
            return b""
        self.is_complete = True
        return self._last_page()

    def _header(self, page: _OggPage) -> bytes:
        index = len(_OGG_HEADERS) - self._headers_left
        self._headers_left -= 1
        if not page.packets or not page.packets[0].startswith(_OGG_HEADERS[index]):
            raise _NotThat("Opus in Ogg")
        return self._write(page) if index >= self._sequence else b""

    def _audio(self, page: _OggPage) -> bytes:
        kept = page.packets[self._drop :]
        self._drop -= len(page.packets) - len(kept)
        self.given += len(kept)
        self.is_complete = bool(page.flags & _LAST_PAGE)
        if not kept:
            return self._last_page() if self.is_complete else b""
        # Of a stretched source two encoders may make ends of different lengths; time goes back for none of them.
        self._granule = max(self._granule, page.granule + self._offset)
        return self._write(_OggPage(page.flags & _LAST_PAGE, self._granule, kept))

    def _last_page(self) -> bytes:
        """All packets have been given before."""
        return self._write(_OggPage(_LAST_PAGE, _NO_GRANULE, []))

    def _write(self, page: _OggPage) -> bytes:
        written = _write_ogg_page(page, self._serial, self._sequence)
        self._sequence += 1
        return written


def _read_ogg_page(data: bytes, at: int) -> Optional[Tuple[_OggPage, int]]:
    """The page that begins there, and its length; None while it is not whole."""
    # What begins another way is told at once, however short it is.
    if not _OGG_CAPTURE.startswith(data[at : at + len(_OGG_CAPTURE)]):
        raise _NotThat("Ogg")
    if len(data) - at < _OGG_HEADER:
        return None
    flags = data[at + 5]
    if flags & _CONTINUED_PAGE:
        raise _NotThat("Ogg whose packets are each in one page")
    body = at + _OGG_HEADER + data[at + 26]
    lacings = data[at + _OGG_HEADER : body]
    length = body - at + sum(lacings)
    if len(data) - at < length:
        return None
    packets: List[bytes] = []
    start = end = body
    for lacing in lacings:
        end += lacing
        if lacing < 255:
            packets.append(data[start:end])
            start = end
    if start != end:
        raise _NotThat("Ogg whose packets are each in one page")
    granule = int.from_bytes(data[at + 6 : at + 14], "little")
    return _OggPage(flags, granule, packets), length


def _write_ogg_page(page: _OggPage, serial: int, sequence: int) -> bytes:
    lacings = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in page.packets)
    header = bytearray(_OGG_HEADER) + lacings
    header[0:4] = _OGG_CAPTURE
    header[5] = page.flags
    header[6:14] = page.granule.to_bytes(8, "little")
    header[14:18] = serial.to_bytes(4, "little")
    header[18:22] = sequence.to_bytes(4, "little")
    header[26] = len(lacings)
    written = header + b"".join(page.packets)
    written[22:26] = _ogg_checksum(bytes(written)).to_bytes(4, "little")
    return bytes(written)


_BITS_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _ogg_checksum(page: bytes) -> int:
    """CRC-32, neither reflected nor inverted: zlib's of the reversed bits, without its inversions."""
    reflected = zlib.crc32(page.translate(_BITS_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(reflected.to_bytes(4, "little").translate(_BITS_REVERSED), "big")


class _NotThat(Exception):
    def __init__(self, kind: str) -> None:
        super().__init__(f"that is no {kind}")


class _UnitFormat(NamedTuple):
    """How a stream of some settings is taken apart and put together again."""

    unit_samples: int
    lead_units: int
    """Units that lead up to a place: encoders and filters have to have heard what precedes it."""
    grid_units: int
    """Places where an encoder may begin are multiples of so many units."""
    new_joiner: Callable[[int], _Joiner]
    """Of the logical stream with that serial number."""


_FILTER_MEMORY_SECONDS = 1
_STRETCHER_GRID_SAMPLES = 8_192
_LEAD_UNITS = {"opus": 12, "aac": 8}


def _unit_format(settings: _Settings) -> _UnitFormat:
    if settings.output_format == "pcm":
        filters = settings.filters
        has_memory = "equalizer" in filters or filters.get("eq_preset", "flat") != "flat" or settings.live
        lead = _FILTER_MEMORY_SECONDS * settings.sample_rate if has_memory else 0
        grid = _STRETCHER_GRID_SAMPLES if settings.live else 1
        return _UnitFormat(1, lead, grid, lambda _: _PcmJoiner(settings.channels))
    if settings.output_format == "aac":
        return _UnitFormat(_AAC_FRAME_SAMPLES, _LEAD_UNITS["aac"], 1, lambda _: _AdtsJoiner())
    unit_ms: int = _OPUS_FRAME_MS[settings.quality_preset]
    samples = settings.sample_rate * unit_ms // 1_000
    return _UnitFormat(samples, _LEAD_UNITS["opus"], 1, lambda serial: _OggOpusJoiner(unit_ms, serial))


# Where a stream stands, and how it goes on.


class _SourceMap:
    """Which second of the source each sample of the output comes from, through changes of speed."""

    def __init__(self, start_at: float, speed: float, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._stretches: List[Tuple[int, float, float]] = [(0, start_at, speed)]
        self._restarted_at = 0

    def at(self, sample: int) -> float:
        """Seconds into the source."""
        since, source, speed = next(
            (stretch for stretch in reversed(self._stretches) if stretch[0] <= sample), self._stretches[0]
        )
        return source + (sample - since) / self._sample_rate * speed

    def speed(self) -> float:
        """The last that is known."""
        return self._stretches[-1][2]

    def change_speed(self, sample: int, speed: float) -> None:
        """From this sample on; samples only go forward."""
        since = max(sample, self._stretches[-1][0])
        self._stretches.append((since, self.at(since), speed))

    def insert_speed(self, sample: int, speed: float) -> None:
        """From this sample on, up to where it is known to have changed again: somebody tells of it late."""
        later: List[Tuple[int, float, float]] = []
        while self._stretches[-1][0] > max(sample, self._restarted_at):
            later.append(self._stretches.pop())
        self.change_speed(sample, speed)
        for since, _, next_speed in reversed(later):
            self.change_speed(since, next_speed)

    def restart(self, sample: int, speed: float) -> None:
        """What was to change from here on has not: another encoder goes on at this speed."""
        while len(self._stretches) > 1 and self._stretches[-1][0] > sample:
            self._stretches.pop()
        self.change_speed(sample, speed)
        self._restarted_at = sample


class _RealTime:
    """How far the audio that has been given is ahead of the time that has passed since its first."""

    def __init__(self) -> None:
        self._given = 0.0
        self._began: Optional[float] = None

    def gave(self, seconds: float) -> None:
        if self._began is None:
            self._began = time.monotonic()
        self._given += seconds

    def ahead(self) -> float:
        return 0.0 if self._began is None else self._given - (time.monotonic() - self._began)


class _Pace:
    """Whether audio comes fast enough for whoever waits for it: what came early, up to a reserve, is lived on."""

    def __init__(self, reserve: float) -> None:
        self._reserve = reserve
        self.behind = -reserve

    def record(self, waited: float, audio: float) -> None:
        self.behind = max(-self._reserve, self.behind + waited - audio)


_LEAST_LEAD, _MOST_LEAD = 0.2, 30.0
_ROUNDING = 1e-6
"""Of a unit: what a sum of floating point numbers may lack."""


def _without_idle_speed(settings: _Settings) -> _Settings:
    """A stretcher that stands at speed 1 shifts what is tonal by a few milliseconds, each time another way.

    So a live stream that leaves open what may be changed begins without one, and two encoders give the same samples;
    when its speed is to change, another encoder goes on, with one.
    """
    if not settings.live or settings.adjust is not None or settings.filters["speed"] != 1:
        return settings
    return replace(settings, adjust=tuple(name for name in settings.adjustable if name != "speed"))


def _needs_stretcher(settings: _Settings, patch: Filters) -> bool:
    """Whether a change takes a speed that this stream's encoder has no stretcher for."""
    speed = patch.get("speed")
    return speed is not None and speed != settings.filters["speed"] and "speed" not in settings.adjustable


def _plan_resume(
    settings: _Settings, unit_format: _UnitFormat, source_map: _SourceMap, given: int, ahead: float
) -> Optional[_Plan]:
    """Goes on behind what was given. The encoder begins some units earlier, which are dropped: they shape what follows.

    None when all that was asked for has been given.
    """
    speed = settings.filters["speed"]
    unit_seconds = unit_format.unit_samples / settings.sample_rate
    position = source_map.at(given * unit_format.unit_samples)
    earliest = max(0, given - unit_format.lead_units)
    # Nothing precedes the source's beginning, which a higher speed than before would have to come from.
    there = math.floor(position / speed / unit_seconds + _ROUNDING)
    drop = min(given - (earliest - earliest % unit_format.grid_units), there)
    lead_up = drop * unit_seconds
    start_at = max(0.0, position - lead_up * speed)
    asked = replace(settings, start_at=start_at)
    if settings.duration is not None:
        asked = replace(asked, duration=settings.duration - (start_at - settings.start_at))
        if given > 0 and _is_nothing(asked):
            return None
    if settings.live:
        # What is ahead already is not to be put on top, and what is dropped takes no time.
        wanted = settings.lead - (ahead - lead_up)
        asked = replace(asked, lead_seconds=min(_MOST_LEAD, max(_LEAST_LEAD, wanted)))
    return _Plan(given - drop, drop, asked)


def _is_nothing(settings: _Settings) -> bool:
    """Whether a cut has no sample in it, as an encoder makes it; there is no request for nothing."""
    end = settings.start_at + (settings.duration or 0.0)
    return _round(end * settings.sample_rate) <= _round(settings.start_at * settings.sample_rate)


_FINAL = {
    "INVALID_JSON",
    "INVALID_URL",
    "SOURCE_FORBIDDEN",
    "VALIDATION_ERROR",
    "FILTER_INVALID",
    "PAYLOAD_TOO_LARGE",
    "UNSUPPORTED_FORMAT",
}
_OF_THE_SOURCE = {*_FINAL, "DOWNLOAD_FAILED", "FFMPEG_ERROR"}


def _is_final(error: FfmpegFunctionsError) -> bool:
    """Whether nobody could do better with this request."""
    return error.code in _FINAL or (error.code == "DOWNLOAD_FAILED" and not error.recoverable)


def _is_about_source(error: FfmpegFunctionsError) -> bool:
    """Whether it is the source that could not be played, whoever tried; not an ffmpeg that was killed."""
    return error.code in _OF_THE_SOURCE and not (error.code == "FFMPEG_ERROR" and error.recoverable)


# Stopping: whatever waits is woken, from any thread.


class _Stopped(Exception):
    """Its owner has ended it."""


class _Stop:
    """Ends what is registered with it, once."""

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
        if self._event.is_set():
            raise _Stopped()

    def wait(self, seconds: float) -> None:
        """Raises _Stopped when it is stopped meanwhile."""
        if self._event.wait(seconds):
            raise _Stopped()

    def add(self, end: Callable[[], None]) -> None:
        """Calls it at once when all is over already."""
        with self._lock:
            if not self._event.is_set():
                self._enders.append(end)
                return
        end()

    def remove(self, end: Callable[[], None]) -> None:
        with self._lock, contextlib.suppress(ValueError):
            self._enders.remove(end)


# The service.


class _Late(OSError):
    """A deadline has passed."""


_LOOK_AGAIN = 0.02


def _left(deadline: float, is_excused: Callable[[], bool] = lambda: False) -> float:
    """Seconds up to a deadline, or behind it, while that is excused, up to the next look. Raises _Late."""
    left = deadline - time.monotonic()
    if left > 0:
        return left
    if not is_excused():
        raise _Late("timeout")
    return _LOOK_AGAIN


class _TimedReader(io.RawIOBase):
    """Reads a socket up to a deadline that is set before each read: silence is noticed, and so are drops."""

    has_ended = False

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        self._sock = sock
        self.deadline = deadline
        self.is_excused: Callable[[], bool] = lambda: False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        # http.client cannot go on behind a read that has failed: what is excused is waited for here.
        while True:
            self._sock.settimeout(_left(self.deadline, self.is_excused))
            try:
                count = self._sock.recv_into(buffer)
            except socket.timeout:
                continue
            self.has_ended = count == 0
            return count


class _SocketForHttp:
    """What http.client takes for its socket: it never closes the real one, whose owner does."""

    def __init__(self, sock: socket.socket, reader: _TimedReader) -> None:
        self._sock = sock
        self._reader = reader

    def sendall(self, data: Any) -> None:
        self._sock.settimeout(_left(self._reader.deadline))
        try:
            self._sock.sendall(data)
        except socket.timeout:
            raise _Late("timeout") from None

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(self._reader, 65_536)

    def close(self) -> None:
        """Its owner does."""


class _Exchange:
    """A request and its answer on a connection of their own. `abort` may come from any thread, `close` from its owner."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sock: Optional[socket.socket] = None
        self._aborted = threading.Event()
        self._reader: Optional[_TimedReader] = None
        self._response: Optional[http.client.HTTPResponse] = None

    def request(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        body: Optional[bytes],
        deadline: float,
        tls: Optional[ssl.SSLContext],
    ) -> http.client.HTTPResponse:
        """The head of the answer; may be asked for again. Raises OSError, HTTPException or ValueError."""
        self._disconnect()
        parts = urllib.parse.urlsplit(url)
        secure = parts.scheme == "https"
        host = parts.hostname or ""
        self._connect(host, parts.port or (443 if secure else 80), deadline)
        if secure:
            self._secure(tls or ssl.create_default_context(), host, deadline)
        sock = self._own()
        self._reader = _TimedReader(sock, deadline)
        connection = http.client.HTTPConnection(host)
        connection.sock = cast(socket.socket, _SocketForHttp(sock, self._reader))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        netloc = parts.netloc.rpartition("@")[2]
        connection.request(method, target, body, {**headers, "Host": netloc, "Connection": "close"})
        self._response = connection.getresponse()
        if self._reader.has_ended:
            # http.client takes a head that is cut off for a whole one.
            raise http.client.RemoteDisconnected("the head of the answer is cut off")
        return self._response

    def has_proper_end(self) -> bool:
        """Whether the answer says where its body ends: otherwise one that is cut off looks like a whole one."""
        return self._response is not None and (bool(self._response.chunked) or self._response.length is not None)

    def read(self, deadline: float, most: int, is_excused: Callable[[], bool] = lambda: False) -> bytes:
        """What there is; nothing at the proper end. Raises OSError or HTTPException when it breaks off."""
        response, reader = self._response, self._reader
        assert response is not None and reader is not None
        reader.deadline, reader.is_excused = deadline, is_excused
        data = response.read1(most)
        self._own()
        if not data and response.length:
            raise http.client.IncompleteRead(b"", response.length)
        return data

    def pause(self, seconds: float) -> None:
        if self._aborted.wait(seconds):
            raise ConnectionAbortedError(errno.ECONNABORTED, "aborted")

    def abort(self) -> None:
        with self._lock:
            self._aborted.set()
            if self._sock is not None:
                with contextlib.suppress(OSError):
                    # Not SSLSocket's own: that one would let the thread that reads go on without decryption.
                    socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def close(self) -> None:
        self._aborted.set()
        self._disconnect()

    def _disconnect(self) -> None:
        with self._lock:
            sock, self._sock = self._sock, None
        if self._response is not None:
            self._response.close()
        if sock is not None:
            sock.close()

    def _own(self) -> socket.socket:
        with self._lock:
            if self._aborted.is_set() or self._sock is None:
                raise ConnectionAbortedError(errno.ECONNABORTED, "aborted")
            return self._sock

    def _connect(self, host: str, port: int, deadline: float) -> None:
        failure: OSError = OSError("no address")
        addresses = _resolve(host, port, deadline)
        for index, (family, kind, protocol, _, address) in enumerate(addresses):
            sock = socket.socket(family, kind, protocol)
            with self._lock:
                aborted, self._sock = self._aborted.is_set(), sock
            try:
                if aborted:
                    raise ConnectionAbortedError(errno.ECONNABORTED, "aborted")
                # An address that is silent leaves time for the next.
                sock.settimeout(_left(deadline) / (len(addresses) - index))
                sock.connect(address)
                self._own()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return
            except OSError as error:
                failure = _Late("timeout") if isinstance(error, socket.timeout) else error
                with self._lock:
                    self._sock = None
                sock.close()
                if self._aborted.is_set():
                    break
        raise failure

    def _secure(self, tls: ssl.SSLContext, host: str, deadline: float) -> None:
        plain = self._own()
        plain.settimeout(_left(deadline))
        wrapped = tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        with self._lock:
            self._sock = wrapped
        self._own()
        try:
            wrapped.do_handshake()
        except socket.timeout:
            raise _Late("timeout") from None


_Address = Tuple[int, int, int, str, Any]


def _resolve(host: str, port: int, deadline: float) -> List[_Address]:
    """The addresses of a host. Asked in a thread of its own, since nothing else bounds the answer."""
    with contextlib.suppress(socket.gaierror):
        flags = socket.AI_NUMERICHOST
        return cast(List[_Address], socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, 0, flags))
    answer: List[Union[List[_Address], OSError]] = []

    def ask() -> None:
        try:
            answer.append(cast(List[_Address], socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as error:
            answer.append(error if isinstance(error, OSError) else OSError("no such host name"))

    thread = threading.Thread(target=ask, name="ffmpeg-functions resolve", daemon=True)
    thread.start()
    thread.join(_left(deadline))
    if not answer:
        raise _Late("timeout")
    if isinstance(answer[0], OSError):
        raise answer[0]
    return answer[0]


_FUNCTIONS = {"transcode": "/transcode", "transcodes": "/transcodes", "health": "/health"}
_Token = Union[str, Callable[[], str], None]


@dataclass(frozen=True)
class _Service:
    """Requests to the service. What goes wrong is its own error, or UNAVAILABLE `{part: service}`."""

    urls: Mapping[str, str]
    api_key: Optional[str]
    token: _Token
    timeout: float
    retry: Retry
    tls: Optional[ssl.SSLContext]

    def open(
        self,
        exchange: _Exchange,
        name: str,
        path: str,
        deadline: float,
        *,
        method: str = "GET",
        body: Any = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> http.client.HTTPResponse:
        """The head of an answer; its body is the caller's."""
        url = self.urls[name] + path
        payload = None if body is None else json.dumps(body).encode()
        headers = {
            "Accept": "*/*",
            **({} if body is None else {"Content-Type": "application/json"}),
            **(headers or {}),
        }
        attempt = 0
        while True:
            try:
                if attempt > 0:
                    exchange.pause(min(self.retry.delay, _left(deadline)))
                asked = {**headers, **self._credentials()}
                return exchange.request(url, method, asked, payload, deadline, self.tls)
            except _UNANSWERED as error:
                if attempt >= self.retry.attempts or not _is_reset(error):
                    raise _unreachable(error) from error
            attempt += 1

    def _credentials(self) -> Dict[str, str]:
        """Raises ValueError when there is no token to be had, or none that a header can hold; it does not repeat it."""
        credentials: Dict[str, str] = {}
        if self.api_key is not None:
            credentials["X-Api-Key"] = _header_value("API key", self.api_key)
        if self.token is not None:
            try:
                token = self.token if isinstance(self.token, str) else self.token()
            except Exception as error:
                raise ValueError(f"no token: {type(error).__name__}") from error
            credentials["Authorization"] = f"Bearer {_header_value('token', token)}"
        return credentials

    def ask(
        self,
        name: str,
        path: str = "",
        *,
        method: str = "GET",
        body: Any = None,
        timeout: Optional[float] = None,
        also: int = 0,
        stop: Optional[_Stop] = None,
    ) -> Any:
        """The whole answer, parsed; None when there is none. `also` is a status that is an answer, too."""
        exchange = _Exchange()
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        with _ended_by(stop, exchange):
            response = self.open(exchange, name, path, deadline, method=method, body=body)
            try:
                text = b"".join(_text_of(exchange, deadline)).decode("utf-8", "replace")
            except _UNANSWERED as error:
                raise _unreachable(error) from error
            if not 200 <= response.status < 300 and response.status != also:
                raise _error_of(response, text)
            try:
                return _parsed(text) if text else None
            except ValueError as error:
                raise _unreachable(error) from error


def _header_value(name: str, value: Any) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[\x20-\x7e]+", value) is None:
        raise ValueError(f"the {name} is nothing that a header can hold")
    return value


def _parsed(text: str) -> Any:
    """Raises ValueError for what is no JSON, or nested too deep."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


@contextlib.contextmanager
def _ended_by(stop: Optional[_Stop], exchange: _Exchange) -> Iterator[None]:
    if stop is not None:
        stop.add(exchange.abort)
    try:
        yield
    finally:
        if stop is not None:
            stop.remove(exchange.abort)
        exchange.close()


_LONGEST_TEXT = 1 << 20
_ERROR_BODY_SECONDS = 1.0


def _text_of(exchange: _Exchange, deadline: float) -> Iterator[bytes]:
    length = 0
    while length < _LONGEST_TEXT:
        chunk = exchange.read(deadline, 65_536)
        if not chunk:
            return
        length += len(chunk)
        yield chunk


_CODE_OF_STATUS = {401: "UNAUTHENTICATED", 403: "FORBIDDEN", 429: "OVERLOADED", 503: "OVERLOADED", 504: "TIMEOUT"}


def _error_of(response: http.client.HTTPResponse, text: str) -> FfmpegFunctionsError:
    """The service's own error, or what the status tells of an answer that is a proxy's or the platform's."""
    hint: Dict[str, Any] = {}
    with contextlib.suppress(ValueError):
        seconds = float(response.headers.get("Retry-After", ""))
        hint.update({"retry_after_seconds": seconds} if math.isfinite(seconds) else {})
    try:
        body = _parsed(text)
    except ValueError:
        body = None
    is_own = isinstance(body, dict) and isinstance(body.get("code"), str) and isinstance(body.get("message"), str)
    if is_own and body["code"] in _ERRORS:
        told = body.get("details")
        details = {**(told if isinstance(told, dict) else {}), **hint}
        recoverable = body.get("recoverable")
        return FfmpegFunctionsError(
            body["code"], body["message"], details, recoverable if isinstance(recoverable, bool) else None
        )
    code = _CODE_OF_STATUS.get(response.status, "UNAVAILABLE")
    details = {"part": "service", "status": response.status, **hint}
    return FfmpegFunctionsError(code, f"the service answered {response.status}", details)


_UNANSWERED = (OSError, http.client.HTTPException, ValueError)
"""What an exchange raises when there is no answer, or no whole one."""


def _is_reset(error: BaseException) -> bool:
    """Nobody has refused, and nothing was said: as of a balancer that lets go of a connection."""
    return isinstance(error, (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError))


def _unreachable(cause: BaseException) -> FfmpegFunctionsError:
    number = getattr(cause, "errno", None)
    reason = errno.errorcode.get(number, "") if isinstance(number, int) else ""
    reason = reason or str(cause) or type(cause).__name__
    message = f"the service cannot be reached ({reason})"
    return FfmpegFunctionsError("UNAVAILABLE", message, {"part": "service", "reason": reason})


_SILENCES_BORNE = 2
_LONGEST_DISTRUST = 30.0


class _ServiceBreaker:
    """Whether the service is worth asking. While it is not known to work, it is looked at, at most a second apart.

    One that says it is well and then stays silent, time and again, is asked ever less often, up to half a minute apart;
    one that was away is asked as soon as it is back.
    """

    def __init__(self, options: Breaker, probe: Callable[[], None], on_change: Callable[[bool], None]) -> None:
        self._threshold = options.threshold
        self._probe_every = min(1.0, options.probe_every)
        self._probe = probe
        self._on_change = on_change
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._failures = 0
        self._silences = 0
        self._distrusted_until = 0.0
        self._looks = 0
        self._is_open = False
        self._closed = threading.Event()
        self._prober: Optional[threading.Thread] = None

    def succeeded(self) -> None:
        """It has sent audio."""
        with self._lock:
            self._failures = self._silences = 0
        self._shut()

    def failed(self, error: FfmpegFunctionsError) -> None:
        """Counts against the service what is its own trouble; not that it is busy, nor what is wrong with a source."""
        if not _is_service_fault(error):
            return
        with self._lock:
            self._failures += 1
            if error.code == "TIMEOUT":
                self._silences += 1
                distrust = 2.0 ** (self._silences - _SILENCES_BORNE) if self._silences > _SILENCES_BORNE else 0.0
                self._distrusted_until = time.monotonic() + min(_LONGEST_DISTRUST, distrust)
            if self._is_open or self._failures < self._threshold or self._closed.is_set():
                return
            self._is_open = True
            if self._prober is None:
                self._prober = threading.Thread(target=self._watch, name="ffmpeg-functions probe", daemon=True)
                self._prober.start()
        self._on_change(False)

    def is_usable(self) -> bool:
        return not self._is_open or self._look()

    def is_there(self) -> bool:
        """Whether it takes new work now. Whatever it answers instead: who is not ready takes none."""
        try:
            self._probe()
        except FfmpegFunctionsError:
            return False
        return True

    def close(self) -> None:
        self._closed.set()
        prober = self._prober
        if prober is not None and prober is not threading.current_thread():
            prober.join()

    def _shut(self) -> None:
        with self._lock:
            was_open, self._is_open = self._is_open, False
        if was_open:
            self._on_change(True)

    def _watch(self) -> None:
        looked_at = time.monotonic()
        # From the beginning of a look to that of the next: looks themselves take time.
        while not self._closed.wait(looked_at + self._probe_every - time.monotonic()):
            looked_at = time.monotonic()
            if not self.is_usable():
                continue
            with self._lock:
                if not self._is_open:
                    self._prober = None
                    return

    def _look(self) -> bool:
        """One look at a time, whoever wants to know: who waited for one takes what it has shown."""
        looks = self._looks
        with self._looking:
            if self._looks == looks:
                self._take_look(self.is_there())
                self._looks += 1
            return not self._is_open

    def _take_look(self, is_there: bool) -> None:
        with self._lock:
            if not is_there:
                self._silences = 0
                self._distrusted_until = 0.0
                return
            if time.monotonic() < self._distrusted_until:
                return
            # It has said that it is well before: one that is silent again is not asked twice.
            self._failures = self._threshold - 1 if self._silences > 0 else 0
        self._shut()


def _is_service_fault(error: FfmpegFunctionsError) -> bool:
    if error.details.get("part") == "service":
        return error.code in ("UNAVAILABLE", "TIMEOUT")
    return error.code in ("INTERNAL_ERROR", "UNAVAILABLE")


# Legs: one encoder's stretch of a stream.


class _Leg:
    """What it gives ends with b"" when the audio is complete."""

    via: Via
    id: Optional[str] = None

    def begin(self, deadline: float, is_excused: Callable[[], bool] = lambda: False) -> None:
        """Waits for its first audio: up to a deadline, and behind it while that is excused. Called once, first."""
        raise NotImplementedError

    def read(self, deadline: float, is_excused: Callable[[], bool]) -> bytes:
        """Raises _Late when nothing comes in time, and that is not excused; something else when it breaks off."""
        raise NotImplementedError

    def set_filters(self, patch: Filters) -> FilterChange:
        """The sample is one of the leg's output."""
        raise NotImplementedError

    def follow(self, tell: Callable[[FilterChange], None]) -> None:
        """Tells of changes, whoever has made them, from a thread that ends with the leg."""

    def was_stopped(self) -> bool:
        """Of one that broke off: whether somebody has stopped it. Never raises, and does not take long."""
        return False

    def abort(self) -> None:
        """Breaks it off, from any thread."""
        raise NotImplementedError

    def close(self) -> None:
        """Frees all it has."""
        raise NotImplementedError


_NewLeg = Callable[[str, _Settings, _Stop], _Leg]
"""Makes one that has not begun; stopping breaks it off."""
_CHUNK = 16_384
_SKIPPED_SECOND = 0.004
"""Decoding and discarding a second of source takes 1.4 ms; on a busy machine more."""


class _ServiceLeg(_Leg):
    """A stream of the service."""

    via: Via = "service"

    def __init__(self, service: _Service, timeouts: Timeouts, url: str, settings: _Settings, stop: _Stop) -> None:
        self._service = service
        self._timeouts = timeouts
        self._url = url
        self._settings = settings
        self._stop = stop
        self._exchange = _Exchange()
        self._events = _Exchange()
        self._first: Optional[bytes] = None
        stop.add(self.abort)

    def begin(self, deadline: float, is_excused: Callable[[], bool] = lambda: False) -> None:
        exchange, settings = self._exchange, self._settings
        patience = self._timeouts.first_audio + settings.start_at * _SKIPPED_SECOND
        deadline = min(deadline, time.monotonic() + patience)
        try:
            body = settings.body(self._url)
            response = self._service.open(exchange, "transcode", "", deadline, method="POST", body=body)
            if response.status != 200:
                raise _error_of(response, self._error_body())
            self.id = _transcode_id(response, settings)
            if not exchange.has_proper_end():
                raise _not_the_service()
            try:
                self._first = exchange.read(deadline, _CHUNK, is_excused)
            except _UNANSWERED as error:
                raise _unreachable(error) from error
        except FfmpegFunctionsError as error:
            if isinstance(error.__cause__, _Late):
                details = {"part": "service", "reason": "silent", "limit_seconds": patience}
                raise FfmpegFunctionsError("TIMEOUT", "the service has sent no audio in time", details) from None
            raise
        if not self._first and settings.start_at == 0:
            # Behind the end of a source there is nothing to be given; at its beginning there is.
            raise _not_the_service()

    def _error_body(self) -> str:
        text = b""
        # What came of it may still be enough.
        with contextlib.suppress(*_UNANSWERED):
            for chunk in _text_of(self._exchange, time.monotonic() + _ERROR_BODY_SECONDS):
                text += chunk
        return text.decode("utf-8", "replace")

    def read(self, deadline: float, is_excused: Callable[[], bool]) -> bytes:
        first, self._first = self._first, None
        return self._exchange.read(deadline, _CHUNK, is_excused) if first is None else first

    def set_filters(self, patch: Filters) -> FilterChange:
        assert self.id is not None
        return _change_of(_ask_filters(self._service, self.id, patch, self._stop))

    def follow(self, tell: Callable[[FilterChange], None]) -> None:
        thread = threading.Thread(target=self._follow, args=(tell,), name="ffmpeg-functions events", daemon=True)
        thread.start()

    def _follow(self, tell: Callable[[FilterChange], None]) -> None:
        try:
            for event, data in _server_events(self._service, self._events, self._path("/events")):
                if event == "filters":
                    tell(_change_of(data))
        except (FfmpegFunctionsError, *_UNANSWERED):
            # The leg has ended, or nobody tells of it.
            pass
        finally:
            self._events.close()

    def was_stopped(self) -> bool:
        try:
            record = self._service.ask("transcodes", self._path(""), timeout=self._timeouts.probe, stop=self._stop)
        except FfmpegFunctionsError:
            return False
        # A connection that breaks is a reader who has left, to the service.
        is_record = isinstance(record, dict)
        return is_record and record.get("state") == "cancelled" and record.get("cancelled_by") == "request"

    def _path(self, below: str) -> str:
        return f"/{urllib.parse.quote(self.id or '', safe='')}{below}"

    def abort(self) -> None:
        self._events.abort()
        self._exchange.abort()

    def close(self) -> None:
        self._stop.remove(self.abort)
        self._events.abort()
        self._exchange.close()


_MEDIA_TYPES = {
    "opus": (_CONTENT_TYPES["opus"], "codecs=opus"),
    "aac": (_CONTENT_TYPES["aac"], ""),
    "pcm": (_CONTENT_TYPES["pcm"], "rate={rate} channels={channels} encoding=s16le"),
}
"""And their parameters (RFC 9110, 8.3.1)."""


def _transcode_id(response: http.client.HTTPResponse, settings: _Settings) -> str:
    """The service's name of what it answers with. Raises UNAVAILABLE when that is not what was asked for."""
    media_type, parameters = _MEDIA_TYPES[settings.output_format]
    expected = parameters.format(rate=settings.sample_rate, channels=settings.channels).split()
    text = response.headers.get("Content-Type", "").replace('"', "").lower()
    given_type, *given = [part.strip() for part in text.split(";")]
    name = response.headers.get("X-Transcode-Id", "")
    if not name or given_type != media_type or not set(expected) <= set(given):
        raise _not_the_service()
    return name


def _not_the_service() -> FfmpegFunctionsError:
    details = {"part": "service", "reason": "garbage"}
    return FfmpegFunctionsError("UNAVAILABLE", "that is not the service", details)


_EVENTS_SILENCE = 45.0
"""The service says something every 15 s."""
_RECONNECT = 2.0


def _server_events(service: _Service, exchange: _Exchange, path: str) -> Iterator[Tuple[str, Any]]:
    """Server-sent events with their data (WHATWG HTML, 9.2), until there are no more.

    Connects again behind every break. Raises an error when there are none at all, or when the exchange has been aborted.
    """
    last_id: Dict[str, str] = {}
    while True:
        try:
            deadline = time.monotonic() + service.timeout
            response = service.open(exchange, "transcodes", path, deadline, headers=last_id)
            if response.status != 200:
                text = b"".join(_text_of(exchange, deadline)).decode("utf-8", "replace")
                error = _error_of(response, text)
                if response.status == 204 or not error.recoverable and error.code != "NOT_FOUND":
                    raise _NoEvents()
                raise error
            for event, data, event_id in _events_of(exchange):
                last_id = {"Last-Event-ID": event_id}
                yield event, data
                if event == "end":
                    return
        except _NoEvents:
            return
        except (FfmpegFunctionsError, *_UNANSWERED):
            pass
        exchange.pause(_RECONNECT)


class _NoEvents(Exception):
    """There are none, or no more."""


def _events_of(exchange: _Exchange) -> Iterator[Tuple[str, Any, str]]:
    """Name, data and id of each, up to the end of the answer. Raises what `_Exchange.read` does, and ValueError."""
    rest = b""
    while True:
        chunk = exchange.read(time.monotonic() + _EVENTS_SILENCE, _CHUNK)
        if not chunk:
            return
        *blocks, rest = (rest + chunk).split(b"\n\n")
        if len(rest) > _LONGEST_TEXT:
            raise ValueError("an event without an end")
        for block in blocks:
            lines = block.decode("utf-8", "replace").split("\n")
            fields = dict(line.split(": ", 1) for line in lines if ": " in line and not line.startswith(":"))
            if "event" in fields:
                yield fields["event"], _parsed(fields.get("data", "null")), fields.get("id", "")


def _ask_filters(service: _Service, name: str, patch: Filters, stop: Optional[_Stop] = None) -> Any:
    path = f"/{urllib.parse.quote(name, safe='')}/filters"
    return service.ask("transcodes", path, method="PATCH", body=patch, stop=stop)


def _change_of(answer: Any) -> FilterChange:
    try:
        filters = dict(answer["filters"])
        _check_filters(filters, "filters.")
        in_force = _merge({"speed": 1.0, "pitch": 0.0, "volume": 1.0}, filters)
        return FilterChange(in_force, int(answer["applied_at_sample"]))
    except (KeyError, TypeError, ValueError, OverflowError, FfmpegFunctionsError) as error:
        raise _unreachable(error) from error


# The local ffmpeg.

_SUPERVISED = ("-hide_banner", "-nostats", "-loglevel", "info", "-stats_period", "0.5")
_MEMORY_KIBIBYTES = 512 * 1024
_LOG_LINES = 40
_SETPRIV_PATH = "/usr/local/bin:/usr/bin:/bin"
_ENVIRONMENT = {"LC_ALL": "C"}
_COMMAND_REPLY = re.compile(r"^Command reply for stream \d+: ret:(-?\d+)")
_COMMAND_TIMEOUT = 5.0
_END_TIMEOUT = 5.0


class _FfmpegProcess:
    """A running ffmpeg. The thread that starts it drains its log, reaps it, and ends with it.

    The kernel kills a process that was started by `setpriv --pdeathsig` when the *thread* that started it ends.
    """

    def __init__(self, command: Sequence[str], adjustment: _Adjustment, takes_commands: bool) -> None:
        self.output_bytes = 0
        self.log: collections.deque[str] = collections.deque(maxlen=_LOG_LINES)
        self._command = list(command)
        self._adjustment = adjustment
        self._takes_commands = takes_commands
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._failure: Optional[Exception] = None
        self._started = threading.Event()
        self._replies: collections.deque[Tuple[int, float]] = collections.deque()
        self._replied = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._attend, name="ffmpeg-functions ffmpeg", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            message = f"ffmpeg cannot be started: {self._failure}"
            raise FfmpegFunctionsError("UNAVAILABLE", message, {"part": "ffmpeg"}) from self._failure

    def read(self, deadline: float, is_excused: Callable[[], bool]) -> bytes:
        """Its output; nothing at the end. Raises _Late when there is none in time, and that is not excused."""
        assert self._process is not None and self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        while not poll.poll(math.ceil(_left(deadline, is_excused) * 1_000)):
            continue
        data = os.read(descriptor, _CHUNK)
        self.output_bytes += len(data)
        return data

    def command(self, text: str) -> float:
        """Changes a filter of the running graph: ffmpeg looks for a command every 100 ms. One at a time.

        Gives the second of output that it was at.
        """
        assert self._process is not None
        with self._replied:
            self._replies.clear()
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(text.encode())
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise self._has_ended() from None
        with self._replied:
            self._replied.wait_for(lambda: self._replies or self._ended, _COMMAND_TIMEOUT)
            if not self._replies:
                if self._ended:
                    raise self._has_ended()
                message = "ffmpeg has not taken the change in time: it waits for its source, or for its reader"
                raise FfmpegFunctionsError("TIMEOUT", message, {"part": "ffmpeg", "limit_seconds": _COMMAND_TIMEOUT})
            code, seconds = self._replies.popleft()
        if code != 0:
            raise FfmpegFunctionsError("FFMPEG_ERROR", "ffmpeg refused the change", {"ret": code})
        return seconds

    def _has_ended(self) -> FfmpegFunctionsError:
        """A moment before it has, it takes nothing any more."""
        with self._replied:
            self._replied.wait_for(lambda: self._ended, _END_TIMEOUT)
        assert self._process is not None
        return _has_ended("completed" if self._process.returncode == 0 else "failed")

    def exit_code(self) -> int:
        """Behind its output: waits for its last words."""
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
            self._process = self._spawn(progress_end)
        except Exception as error:
            self._failure = error
            os.close(progress)
            return
        finally:
            os.close(progress_end)
            self._started.set()
        try:
            with self._process.stderr as log, os.fdopen(progress, "rb", 0) as progress_file:  # type: ignore[union-attr]
                self._drain(log, progress_file)
        finally:
            self._process.wait()
            with self._replied:
                self._ended = True
                self._replied.notify_all()

    def _spawn(self, progress: int) -> subprocess.Popen[bytes]:
        binary, *arguments = self._command
        supervised = [*_SUPERVISED, "-progress", f"pipe:{progress}"]
        bounds = [str(_MEMORY_KIBIBYTES), str(os.getpid())]
        launcher: List[str] = ["/bin/sh", "-c", _LAUNCHER, "ffmpeg", *bounds, binary, *supervised, *arguments]
        setpriv = shutil.which("setpriv", path=_SETPRIV_PATH)
        return subprocess.Popen(
            launcher if setpriv is None else [setpriv, "--pdeathsig", "KILL", "--", *launcher],
            stdin=subprocess.PIPE if self._takes_commands else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(progress,),
            env=_ENVIRONMENT,
            # A Ctrl-C is for its owner.
            start_new_session=True,
        )

    def _drain(self, log: IO[bytes], progress: IO[bytes]) -> None:
        rests = {log.fileno(): b"", progress.fileno(): b""}
        takers = {log.fileno(): self._take_log, progress.fileno(): self._take_progress}
        with selectors.DefaultSelector() as selector:
            for descriptor in rests:
                selector.register(descriptor, selectors.EVENT_READ)
            while selector.get_map():
                for key, _ in selector.select():
                    data = os.read(key.fd, 65_536)
                    if not data:
                        selector.unregister(key.fd)
                    *lines, rests[key.fd] = re.split(rb"[\r\n]", rests[key.fd] + data)
                    for line in lines if data else [rests[key.fd]]:
                        if line:
                            takers[key.fd](line.decode("utf-8", "replace"))

    def _take_log(self, line: str) -> None:
        self.log.append(_redacted(line[:1_000]))
        reply = _COMMAND_REPLY.match(line)
        if reply is not None:
            with self._replied:
                self._replies.append((int(reply[1]), self._adjustment.clock.now()))
                self._replied.notify_all()
        self._adjustment.read_line(line)

    def _take_progress(self, line: str) -> None:
        name, _, value = line.partition("=")
        if name == "out_time_us" and re.fullmatch(r"\d+", value.strip()):
            self._adjustment.clock.read(int(value) / 1e6)


def _has_ended(state: str) -> FfmpegFunctionsError:
    return FfmpegFunctionsError("CONFLICT", "the stream has ended", {"state": state})


_URL_SECRETS = re.compile(r"(https?://)(?:[^/\s'\"@]*@)?([^\s'\"?]*)(\?[^\s'\"]*)?")


def _redacted(line: str) -> str:
    """Without the credentials and queries of URLs."""
    return _URL_SECRETS.sub(lambda found: f"{found[1]}{found[2]}{'?…' if found[3] else ''}", line)


class _OutputClock:
    """Where the output of a paced stream stands: ffmpeg tells it twice a second, and time does the rest."""

    def __init__(self, lead: float) -> None:
        self._lead = lead
        self._last: Optional[Tuple[float, float]] = None
        self._pace = 1.0

    def read(self, seconds: float) -> None:
        now = time.monotonic()
        if self._last is not None and self._last[1] > 0 and now > self._last[0]:
            self._pace = min(1.0, (seconds - self._last[1]) / (now - self._last[0]))
        self._last = (now, seconds)

    def now(self) -> float:
        if self._last is None:
            return 0.0
        at, seconds = self._last
        # What was made of nothing is the lead, which comes at once.
        return (seconds if seconds > 0 else self._lead) + min(time.monotonic() - at, 1.0) * self._pace


_BEHIND_THE_FILTERS = 0.01
_CHAIN_BEGINS = re.compile(r"\d+\.\d{6}")


class _Adjustment:
    """The filters of a local stream that plays: one change at a time, in an order in which it is heard least."""

    process: _FfmpegProcess

    def __init__(self, settings: _Settings) -> None:
        self.clock = _OutputClock(settings.lead)
        self._settings = settings
        self._lock = threading.Lock()
        lag: int = _ENCODER_LAG_SAMPLES[settings.output_format][settings.quality_preset]
        self._behind = _BEHIND_THE_FILTERS + lag / _lag_rate(settings)
        self._filters = settings.filters
        self._taken = self._values(settings.filters)
        self._chains = 0

    def adjust(self, patch: Filters) -> FilterChange:
        with self._lock:
            wanted = _merge(self._filters, patch)
            heard = self._reach(wanted)
            self._filters = wanted
            speed = heard.get(_SPEED_FILTER) if "speed" in patch else None
            last = max(heard.values(), default=self.clock.now() + self._behind)
            return FilterChange(wanted, _round((last if speed is None else speed) * self._settings.sample_rate))

    def _values(self, filters: FiltersInForce) -> Dict[str, float]:
        return _control_values(filters, self._settings.adjustable, self._settings.sample_rate)

    def _reach(self, wanted: FiltersInForce) -> Dict[str, float]:
        """Changes what is not yet as wanted; gives the second of output from which each change is heard."""
        heard: Dict[str, float] = {}
        values = self._values(wanted)
        changing = [_Control(target, self._taken[target], end) for target, end in values.items()]
        queue = collections.deque(c.target for c in _in_quiet_order(changing) if c.start != c.end)
        while queue:
            # What takes several steps lets others have theirs in between.
            target = queue.popleft()
            change = _Control(target, self._taken[target], values[target])
            step = change._replace(end=_next_value(change))
            heard[target] = self.process.command(_control_command(step)) + self._behind
            self._taken[target] = step.end
            if step.end != change.end:
                queue.append(target)
        return heard

    def read_line(self, line: str) -> None:
        """A chain that is built anew begins with the settings it had at first: they are changed again."""
        if _CHAIN_BEGINS.fullmatch(line) is None:
            return
        self._chains += 1
        if self._chains > 1:
            threading.Thread(target=self._restate, name="ffmpeg-functions restate", daemon=True).start()

    def _restate(self) -> None:
        with self._lock, contextlib.suppress(FfmpegFunctionsError):
            self._taken = self._values(self._settings.filters)
            self._reach(self._filters)


def _lag_rate(settings: _Settings) -> int:
    """The rate that the samples of an encoder's lag are counted at: Opus has its own clock."""
    return 48_000 if settings.output_format == "opus" else settings.sample_rate


class _Ffmpeg:
    """The ffmpeg of this machine. It is looked at in the background, and used meanwhile."""

    def __init__(self, options: Fallback, log: logging.Logger) -> None:
        self.resolve_source = options.resolve_source
        self._path = options.ffmpeg_path or os.environ.get("FFMPEG_PATH") or shutil.which("ffmpeg")
        self._log = log
        self._stop = _Stop()
        self._pitch_known = threading.Event()
        self._loses_pitched_end = True
        self._thread = threading.Thread(target=self._examine, name="ffmpeg-functions examine", daemon=True)
        self._thread.start()

    def path(self) -> str:
        path = self._path or shutil.which("ffmpeg")
        if path is None:
            message = "no ffmpeg found: install one with libopus, or name one in FFMPEG_PATH"
            raise FfmpegFunctionsError("UNAVAILABLE", message, {"part": "ffmpeg"})
        return path

    def loses_pitched_end(self, settings: _Settings) -> bool:
        """Whether its rubberband loses the end of a sound whose pitch it raises; asked only where that matters."""
        if settings.filters["pitch"] <= 0:
            return False
        self._pitch_known.wait(_EXAMINE_TIMEOUT)
        return self._loses_pitched_end

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _examine(self) -> None:
        try:
            path = self.path()
            pitched = self._run([path, *_PITCH_TEST], bytes(_PITCH_TEST_BYTES))
            self._loses_pitched_end = len(pitched) < _PITCH_TEST_BYTES
            self._pitch_known.set()
            missing = self._missing(path)
            if missing:
                self._log.warning("the local ffmpeg %s lacks %s", path, ", ".join(missing))
        except (OSError, ValueError, subprocess.SubprocessError, FfmpegFunctionsError) as error:
            if not self._stop.is_set():
                self._log.warning("there is no local ffmpeg to fall back on: %s", error)
        except _Stopped:
            pass
        finally:
            self._pitch_known.set()

    def _missing(self, path: str) -> List[str]:
        known: Dict[str, set[str]] = {}
        for kind in {capability.split(":")[0] for capability in _CAPABILITIES}:
            listing = self._run([path, "-hide_banner", f"-{kind}s"]).decode("utf-8", "replace")
            known[kind] = {name for word in listing.split() for name in word.split(",")}
        return [c for c in _CAPABILITIES if c.split(":")[1] not in known[c.split(":")[0]]]

    def _run(self, command: Sequence[str], data: Optional[bytes] = None) -> bytes:
        self._stop.check()
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if data is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            start_new_session=True,
        ) as process:
            self._stop.add(process.kill)
            try:
                output = process.communicate(data, _EXAMINE_TIMEOUT)[0]
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            finally:
                self._stop.remove(process.kill)
        self._stop.check()
        return output


_EXAMINE_TIMEOUT = 15.0
_RAW = ("-f", "s16le", "-ar", "48000", "-ac", "1")
_PITCH_TEST = (
    *("-v", "error", "-nostats", *_RAW, "-i", "pipe:0"),
    *("-af", "asetnsamples=n=512:p=0,rubberband=pitch=2:transients=smooth", *_RAW, "pipe:1"),
)
_PITCH_TEST_BYTES = 48_000 // 5 * 2

_SEEKABLE = re.compile(r"\.(?:m4a|m4b|mp4|mov|3gp)$", re.IGNORECASE)


class _FallbackLeg(_Leg):
    """A stream of the local ffmpeg, which fetches the source itself."""

    via: Via = "fallback"

    def __init__(self, ffmpeg: _Ffmpeg, url: str, settings: _Settings, stop: _Stop) -> None:
        self._ffmpeg = ffmpeg
        self._settings = settings
        self._stop = stop
        self._aborted = False
        self._lock = threading.Lock()
        self._first: Optional[bytes] = None
        self._source = _resolved(ffmpeg.resolve_source, url)
        # An index at the end needs seeking; anything else is read in one go, as the service does: its end is the same.
        self._seekable = _SEEKABLE.search(urllib.parse.urlsplit(self._source).path) is not None
        self._adjustment = self._launch()
        stop.add(self.abort)

    def begin(self, deadline: float, is_excused: Callable[[], bool] = lambda: False) -> None:
        # Until then ffmpeg has no graph that could take a change: it would never answer.
        try:
            self._first = self._read(deadline, is_excused)
        except _Late:
            raise _too_slow(self.via, "silent") from None

    def read(self, deadline: float, is_excused: Callable[[], bool]) -> bytes:
        first, self._first = self._first, None
        return self._read(deadline, is_excused) if first is None else first

    def _read(self, deadline: float, is_excused: Callable[[], bool]) -> bytes:
        while True:
            process = self._adjustment.process
            data = process.read(deadline, is_excused)
            if data:
                return data
            exit_code = process.exit_code()
            if self._aborted:
                raise ConnectionAbortedError(errno.ECONNABORTED, "aborted")
            if exit_code == 0 and not _has_broken_off(process.log):
                return b""
            failure = _ffmpeg_failure(list(process.log), exit_code)
            if self._seekable or process.output_bytes > 0 or failure.code != "UNSUPPORTED_FORMAT":
                raise failure
            self._seekable = True
            process.close()
            with self._lock:
                self._adjustment = self._launch()
                if self._aborted:
                    self._adjustment.process.kill()

    def set_filters(self, patch: Filters) -> FilterChange:
        return self._adjustment.adjust(patch)

    def abort(self) -> None:
        with self._lock:
            self._aborted = True
            self._adjustment.process.kill()

    def close(self) -> None:
        self._stop.remove(self.abort)
        self._adjustment.process.close()

    def _launch(self) -> _Adjustment:
        settings = self._settings
        arguments = _transcode_arguments(
            settings,
            self._source,
            seekable=self._seekable,
            loses_pitched_end=self._ffmpeg.loses_pitched_end(settings),
        )
        adjustment = _Adjustment(settings)
        adjustment.process = _FfmpegProcess([self._ffmpeg.path(), *arguments], adjustment, settings.live)
        return adjustment


def _resolved(resolve: Callable[[str], str], url: str) -> str:
    """What the local ffmpeg is to open. Raises UNAVAILABLE when that cannot be told."""
    try:
        source = resolve(url)
        source.encode()
        urllib.parse.urlsplit(source)
        return source
    except Exception as error:
        message = f"the source cannot be resolved for the local ffmpeg ({type(error).__name__})"
        raise _not_openable(message) from error


_SOURCE_FAILURES: Tuple[Tuple[re.Pattern[str], str, bool], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), code, recoverable)
    for pattern, code, recoverable in (
        (
            r"unknown (?:encoder|decoder|bitstream filter)|no such filter|unrecognized option|option .*not found"
            r"|requested output format .* is not|error parsing global options",
            "UNAVAILABLE",
            True,
        ),
        # That is how an empty file is answered for.
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
        # Of its input, since all else that it is told is right.
        (r"(?:: |opening input: )(?:Invalid argument|End of file)$", "UNSUPPORTED_FORMAT", False),
    )
)
_CONNECTION = re.compile(r"Stream ends prematurely|(?:Will|Failed to) reconnect at")
_RECONNECTS = re.compile(r"Will reconnect at")
_UNREADABLE = re.compile(r": (?:Connection reset by peer|(?:Connection|Operation) timed out|Input/output error)$")


def _has_broken_off(log: Iterable[str]) -> bool:
    """A source that cannot be read on is an end like any other to ffmpeg: only its log tells, of its last connection."""
    lines = list(log)
    connections = [line for line in lines if _CONNECTION.search(line)]
    is_lost = bool(connections) and not _RECONNECTS.search(connections[-1])
    return is_lost or any(_UNREADABLE.search(line) for line in lines)


_CANNOT_RUN = (126, 127)
"""What a shell ends with when there is no such program, or when it may not be run."""


def _ffmpeg_failure(log: List[str], exit_code: int) -> FfmpegFunctionsError:
    """What ffmpeg's last words say of a source, the first that fits. What it repeats of the input is indented."""
    own = [line for line in log if not line.startswith(" ") and not _RECONNECTS.search(line)]
    if exit_code in _CANNOT_RUN:
        return FfmpegFunctionsError("UNAVAILABLE", own[-1] if own else None, {"part": "ffmpeg", "exit_code": exit_code})
    for pattern, code, recoverable in _SOURCE_FAILURES:
        for line in reversed(own):
            if pattern.search(line):
                part = "ffmpeg" if code == "UNAVAILABLE" else "fallback"
                return FfmpegFunctionsError(code, line, {"part": part}, recoverable)
    details = {"part": "fallback", "exit_code": exit_code, "log": own[-5:]}
    # Killed from outside: the next one may live.
    return FfmpegFunctionsError("FFMPEG_ERROR", None, details, exit_code < 0)


# One stream of many legs.


class _Piece(NamedTuple):
    """Some of the audio, and where it ends: which track, and how many samples of it."""

    data: bytes
    track: _Continuous
    samples: int


class _Source:
    """What a stream plays: one track, or a list."""

    def pieces(self, reader_has_audio: Callable[[], bool]) -> Generator[_Piece, None, None]:
        raise NotImplementedError

    def set_filters(self, patch: Filters) -> FilterChange:
        raise NotImplementedError

    def filters(self) -> FiltersInForce:
        raise NotImplementedError

    def leg(self) -> Optional[_Leg]:
        raise NotImplementedError

    def via(self) -> Via:
        raise NotImplementedError


class _Playing(NamedTuple):
    leg: _Leg
    at_sample: int


class _Rival:
    """One who is asked in a thread of its own beside a local ffmpeg that is silent: who has audio first goes on."""

    def __init__(self, leg: _Leg, plan: _Plan, begin: Callable[[], bool]) -> None:
        self.leg = leg
        self.plan = plan
        self.outcome: concurrent.futures.Future[bool] = concurrent.futures.Future()
        """Whether it has begun: it may not be usable."""
        threading.Thread(target=self._run, args=(begin,), name="ffmpeg-functions rival", daemon=True).start()

    def has_begun(self) -> bool:
        return self.outcome.done() and self.outcome.exception() is None and self.outcome.result()

    def end(self) -> None:
        """Does not wait for its thread: whoever ends it has audio to read. Whichever is the later closes the leg."""
        self.leg.abort()
        self.outcome.add_done_callback(lambda _: self.leg.close())

    def _run(self, begin: Callable[[], bool]) -> None:
        try:
            has_begun = begin()
        except Exception as error:
            self.outcome.set_exception(error)
        else:
            self.outcome.set_result(has_begun)


class _Wanted:
    """Changes of filters that wait, as one, and what came of them."""

    def __init__(self) -> None:
        self.patch: Filters = {}
        self.is_done = False
        self.change: Optional[FilterChange] = None
        self.error = FfmpegFunctionsError("INTERNAL_ERROR")

    def outcome(self) -> FilterChange:
        if self.change is None:
            raise self.error
        return self.change


_TOLD_REMEMBERED = 64
_BEGUN_ANEW = 2
"""How often a leg is begun anew because the filters were changed meanwhile."""
_ORDER: Tuple[Via, ...] = ("service", "fallback")
_BACKOFF = 0.25
_ENOUGH_SECONDS = 1.0
"""Audio that a leg has to bring to be one that works."""


class _Continuous(_Source):
    """A track that goes on whoever makes it."""

    def __init__(
        self,
        url: str,
        settings: _Settings,
        *,
        legs: Mapping[Via, _NewLeg],
        breaker: _ServiceBreaker,
        timeouts: Timeouts,
        stop: _Stop,
        on_event: Callable[[Event], None],
        real_time: _RealTime,
        serial: int,
    ) -> None:
        self._url = url
        self._may_change = settings.adjustable
        self._settings = _without_idle_speed(settings)
        self._legs = legs
        self._breaker = breaker
        self._timeouts = timeouts
        self._stop = stop
        self._on_event = on_event
        self._real_time = real_time
        self._format = _unit_format(settings)
        self._joiner = self._format.new_joiner(serial)
        self._map = _SourceMap(settings.start_at, settings.filters["speed"], settings.sample_rate)
        self._playing: Optional[_Playing] = None
        self._renewed: Optional[_Leg] = None
        """The leg that another is to take over from."""
        self._rival: Optional[_Rival] = None
        """Only the reading thread knows it."""
        self._via: Via = "service"
        self._failures: Dict[Via, FfmpegFunctionsError] = {}
        self._has_ended = False
        self._brought_on_at = time.monotonic()
        # What the reading thread, those that change filters and who tells of changes all touch.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._waiting: Optional[_Wanted] = None
        self._is_changing = False
        self._is_firm = False
        """It has begun anew often enough: a change waits until it has begun."""
        self._answered: List[FilterChange] = []
        """Changes of the leg that this client has made, and not been told of."""
        self._told: collections.deque[FilterChange] = collections.deque(maxlen=_TOLD_REMEMBERED)

    def filters(self) -> FiltersInForce:
        return self._settings.filters

    def leg(self) -> Optional[_Leg]:
        playing = self._playing
        return None if playing is None else playing.leg

    def via(self) -> Via:
        return self._via

    def position_at(self, samples: int) -> float:
        """Seconds into the source."""
        with self._lock:
            return self._map.at(samples)

    def pieces(self, reader_has_audio: Callable[[], bool]) -> Generator[_Piece, None, None]:
        """Raises an error when nobody can bring it on."""
        tried: List[Via] = []
        try:
            while not self._joiner.is_complete:
                leg = self._next_leg(tried, reader_has_audio)
                if leg is None:
                    break
                before = self._joiner.given
                try:
                    self._on_event(LegEvent(leg.via, leg.id, before > 0, self._position()))
                    yield from self._pieces_of(leg, reader_has_audio)
                    if not self._joiner.is_whole:
                        raise _truncated(leg.via)
                    break
                except _Stopped:
                    raise
                except Exception as error:
                    self._stop.check()
                    if self._renewed is leg:
                        tried.clear()
                        continue
                    brought = (self._joiner.given - before) * self._format.unit_samples
                    worked = brought >= _ENOUGH_SECONDS * self._settings.sample_rate
                    failure = self._broke(leg, error, worked)
                    if worked:
                        tried[:] = [leg.via] if failure.code == "TIMEOUT" else []
                        self._brought_on_at = time.monotonic()
                finally:
                    with self._lock:
                        self._playing = None
                    leg.close()
            yield self.finish()
        finally:
            self._end_rival()
            with self._lock:
                self._has_ended = True

    def _broke(self, leg: _Leg, error: Exception, worked: bool) -> FfmpegFunctionsError:
        """Raises CONFLICT when somebody has stopped it."""
        is_slow = isinstance(error, FfmpegFunctionsError) and error.code == "TIMEOUT"
        was_stopped = not is_slow and leg.was_stopped()
        self._stop.check()
        if was_stopped:
            raise _stopped_elsewhere() from None
        is_well = leg.via == "service" and worked and not is_slow and self._breaker.is_there()
        self._stop.check()
        return self._fail(leg.via, error, opening=False, service_is_well=is_well)

    def finish(self) -> _Piece:
        """What closes it as far as it has come."""
        with self._lock:
            return _Piece(self._joiner.end(), self, self._given_samples())

    def set_filters(self, patch: Filters) -> FilterChange:
        """One change after the other, so that the last that was asked for wins; those that wait are made as one."""
        with self._changed:
            if self._waiting is None:
                self._waiting = _Wanted()
            wanted = self._waiting
            wanted.patch = cast(Filters, _merge(cast(FiltersInForce, wanted.patch), patch))
            self._changed.wait_for(lambda: not self._is_changing or wanted.is_done)
            if wanted.is_done:
                return wanted.outcome()
            self._is_changing, self._waiting = True, None
        try:
            wanted.change = self._make(wanted.patch)
        except FfmpegFunctionsError as error:
            wanted.error = error
        finally:
            with self._changed:
                wanted.is_done, self._is_changing = True, False
                self._changed.notify_all()
        return wanted.outcome()

    def _make(self, patch: Filters) -> FilterChange:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not self._is_firm)
                if self._has_ended:
                    raise _has_ended("ended")
                playing = self._playing
                if playing is None:
                    return self.take_filters(patch)
                # Who answers estimates; what was given before the change was asked for has been without it.
                earliest = self._given_samples()
                if _needs_stretcher(self._settings, patch):
                    self._renew(playing)
                    return self.take_filters(patch)
            try:
                change = playing.leg.set_filters(patch)
            except FfmpegFunctionsError as error:
                is_gone = error.code in ("UNAVAILABLE", "TIMEOUT")
                has_failed = error.code == "CONFLICT" and error.details.get("state") == "failed"
                with self._lock:
                    if self._playing is playing:
                        if has_failed:
                            # What it gave is still read; behind it another goes on.
                            return self.take_filters(patch)
                        if not is_gone:
                            raise
                        # Nobody knows whether it has taken the change: another goes on that has.
                        self._renew(playing)
            else:
                with self._lock:
                    if self._playing is playing:
                        at_sample = playing.at_sample + change.applied_at_sample
                        return self._take_answer(change, max(earliest, at_sample))

    def _renew(self, playing: _Playing) -> None:
        """Has another go on, with the filters as they are then."""
        self._renewed = playing.leg
        self._playing = None
        playing.leg.abort()

    def take_filters(self, patch: Filters) -> FilterChange:
        """For whoever makes what comes next."""
        with self._lock:
            if _needs_stretcher(self._settings, patch):
                self._settings = replace(self._settings, adjust=self._may_change)
            return self._take(_merge(self._settings.filters, patch), self._given_samples())

    def _take(self, filters: FiltersInForce, at_sample: int) -> FilterChange:
        self._settings = replace(self._settings, filters=filters)
        if filters["speed"] != self._map.speed():
            self._map.change_speed(at_sample, filters["speed"])
        return FilterChange(filters, at_sample)

    def _take_answer(self, change: FilterChange, at_sample: int) -> FilterChange:
        if change in self._told:
            # What came behind it is known, too.
            return FilterChange(self._settings.filters, at_sample)
        self._answered.append(change)
        return self._take(change.filters, at_sample)

    def _take_told(self, leg: _Leg, change: FilterChange) -> None:
        """A leg tells of a change, whoever has made it: of each once, one behind the other."""
        with self._lock:
            playing = self._playing
            if playing is None or playing.leg is not leg:
                return
            self._told.append(change)
            if change in self._answered:
                del self._answered[: self._answered.index(change) + 1]
                return
            at_sample = playing.at_sample + change.applied_at_sample
            if not self._answered:
                self._take(change.filters, at_sample)
            else:
                # It came before those that this client has made, whose answers have it.
                self._map.insert_speed(at_sample, change.filters["speed"])

    def _given_samples(self) -> int:
        return self._joiner.given * self._format.unit_samples

    def _plan(self) -> Optional[_Plan]:
        with self._lock:
            return _plan_resume(self._settings, self._format, self._map, self._joiner.given, self._real_time.ahead())

    def _skipping(self) -> float:
        """Whoever goes on at a later place takes longer to get there."""
        return self._position() * _SKIPPED_SECOND

    def _give_up_at(self) -> float:
        return self._brought_on_at + self._timeouts.give_up + self._skipping()

    def _is_usable(self, via: Via) -> bool:
        return via in self._legs and (via != "service" or self._breaker.is_usable())

    def _next_leg(self, tried: List[Via], reader_has_audio: Callable[[], bool]) -> Optional[_Leg]:
        """The next who brings it on; None when all has been given.

        Raises what was wrong with the last when nobody does for too long.
        """
        while True:
            rival = self._take_rival()
            if rival is not None:
                return rival
            via = next((via for via in _ORDER if via not in tried and self._is_usable(via)), None)
            if via is None:
                left = self._give_up_at() - time.monotonic()
                if left <= 0 or self._is_hopeless(tried):
                    raise self._no_progress()
                self._stop.wait(min(_BACKOFF, left))
                tried.clear()
                continue
            self._stop.check()
            tried.append(via)
            try:
                return self._open(via, reader_has_audio)
            except _Stopped:
                raise
            except Exception as error:
                self._stop.check()
                earlier = self._failures.get(via)
                failure = self._fail(via, error, opening=True)
                if earlier is not None and failure.code == "TIMEOUT" and time.monotonic() >= self._give_up_at():
                    # It has only had no time left: what was wrong before tells more.
                    self._failures[via] = earlier
                if self._joiner.given == 0 and _is_final(failure):
                    raise failure from failure.__cause__

    def _open(self, via: Via, reader_has_audio: Callable[[], bool]) -> Optional[_Leg]:
        """One that has begun, with the filters as they are then; None when all has been given."""
        begun = 0
        try:
            while True:
                plan = self._plan()
                if plan is None:
                    return None
                with contextlib.ExitStack() as unless_adopted:
                    leg = self._legs[via](self._url, plan.settings, self._stop)
                    unless_adopted.callback(leg.close)
                    if via == "service":
                        leg.begin(self._give_up_at())
                    else:
                        silent_at = time.monotonic() + self._timeouts.silence + self._skipping()
                        leg.begin(*self._unless_outdone(silent_at, self._give_up_at(), reader_has_audio))
                        self._end_rival()
                    if self._adopt(leg, plan):
                        unless_adopted.pop_all()
                        return leg
                # The filters were changed while it began.
                begun += 1
                with self._lock:
                    self._is_firm = begun >= _BEGUN_ANEW
        finally:
            with self._changed:
                self._is_firm = False
                self._changed.notify_all()

    def _adopt(self, leg: _Leg, plan: _Plan) -> bool:
        """Whether it has the filters that are wanted now: then it is who goes on."""
        with self._lock:
            if plan.settings.filters is not self._settings.filters:
                return False
            self._map.restart(self._given_samples(), self._settings.filters["speed"])
            self._joiner.begin(plan.at_unit, plan.drop)
            self._playing = _Playing(leg, plan.at_unit * self._format.unit_samples)
            self._via = leg.via
            self._answered.clear()
            self._told.clear()
        if leg.via == "service":
            self._breaker.succeeded()
        if plan.settings.adjustable:
            leg.follow(lambda change: self._take_told(leg, change))
        return True

    def _unless_outdone(
        self, silent_at: float, give_up_at: float, reader_has_audio: Callable[[], bool]
    ) -> Tuple[float, Callable[[], bool]]:
        """A deadline, and what excuses going past it, for a local ffmpeg: it is waited for to the end of the patience.

        Once it counts as silent, others are asked beside it, time and again, and go on if they have audio first: the
        service, then another local ffmpeg.
        """
        next_asked: Via = "service"
        ask_at = 0.0

        def is_excused() -> bool:
            nonlocal next_asked, ask_at
            self._stop.check()
            if reader_has_audio():
                return True
            rival, now = self._rival, time.monotonic()
            if now >= give_up_at or rival is not None and rival.has_begun():
                return False
            if rival is None and now >= ask_at:
                ask_at = now + self._timeouts.silence
                self._rival = self._ask_beside(next_asked, give_up_at)
            elif rival is not None and rival.outcome.done():
                self._end_rival()
                if rival.leg.via == "service":
                    next_asked, ask_at = "fallback", now
                else:
                    next_asked, ask_at = "service", now + self._timeouts.silence
                error = rival.outcome.exception()
                if isinstance(error, Exception):
                    self._fail(rival.leg.via, error, opening=True, is_beside=True)
            return True

        return min(silent_at, give_up_at), is_excused

    def _ask_beside(self, via: Via, give_up_at: float) -> Optional[_Rival]:
        """None when there is nothing to ask for, or nobody."""
        plan = self._plan()
        if plan is None:
            return None
        failure = self._failures.get("service")
        if "service" not in self._legs or failure is not None and not failure.recoverable:
            via = "fallback"
        try:
            leg = self._legs[via](self._url, plan.settings, self._stop)
        except Exception as error:
            self._fail(via, error, opening=True, is_beside=True)
            return None
        patience = self._timeouts.first_audio + self._skipping()

        def begin() -> bool:
            if not self._is_usable(via):
                return False
            leg.begin(min(give_up_at, time.monotonic() + patience))
            return True

        return _Rival(leg, plan, begin)

    def _take_rival(self) -> Optional[_Leg]:
        """Who has begun beside the last, if it is still as it is wanted."""
        rival = self._rival
        if rival is not None and rival.has_begun() and self._adopt(rival.leg, rival.plan):
            self._rival = None
            return rival.leg
        self._end_rival()
        return None

    def _end_rival(self) -> None:
        rival, self._rival = self._rival, None
        if rival is not None:
            rival.end()

    def _position(self) -> float:
        return self.position_at(self._given_samples())

    def _fail(
        self,
        via: Via,
        error: Exception,
        *,
        opening: bool,
        service_is_well: bool = False,
        is_beside: bool = False,
    ) -> FfmpegFunctionsError:
        """Beside another who is silent, it says more of the source than of the service."""
        if isinstance(error, FfmpegFunctionsError):
            failure = error
        else:
            reason = _redacted(str(error)) or type(error).__name__
            failure = FfmpegFunctionsError("UNAVAILABLE", f"the {via} broke off: {reason}", {"part": via})
            failure.__cause__ = error
        self._failures[via] = failure
        if via == "service" and not service_is_well and not is_beside:
            self._breaker.failed(failure)
        self._on_event(BrokenEvent(via, opening, failure, self._position(), service_is_well))
        return failure

    def _is_hopeless(self, tried: List[Via]) -> bool:
        """Nobody would do better later, also of those who are not asked now."""
        failures = self._failures
        if self._joiner.given == 0 and any(via in failures and _is_about_source(failures[via]) for via in tried):
            # A track that does not begin is not waited for.
            return True
        return all(via in failures and not failures[via].recoverable for via in self._legs)

    def _no_progress(self) -> FfmpegFunctionsError:
        """Of all that went wrong, what tells most about the source."""
        told = [self._failures[via] for via in _ORDER if via in self._failures]
        final = next((error for error in told if _is_final(error)), None)
        last = final or (told[-1] if told else FfmpegFunctionsError("UNAVAILABLE", None, {"part": "service"}))
        if last.code != "UNAVAILABLE" or last.recoverable or all(not error.recoverable for error in told):
            return last
        later = FfmpegFunctionsError(last.code, last.message, last.details, True)
        later.__cause__ = last.__cause__
        return later

    def _pieces_of(self, leg: _Leg, reader_has_audio: Callable[[], bool]) -> Iterator[_Piece]:
        """What a leg gives, in whole units. Raises TIMEOUT when it is silent or slow, while the reader waits.

        Of the local ffmpeg, behind which there is nobody, more is borne, unless another has audio first.
        """
        pace = _Pace(self._settings.lead if self._settings.live else 0.0)
        is_service = leg.via == "service"
        limit = self._timeouts.silence if is_service else self._timeouts.give_up
        waiting_since = time.monotonic()
        has_given = False
        while True:
            # Who has not given anything is one of several who did not.
            latest = waiting_since + limit if has_given else min(waiting_since + limit, self._give_up_at())
            deadline, is_excused = latest, reader_has_audio
            if not is_service:
                silent_at = waiting_since + self._timeouts.silence + (0 if has_given else self._skipping())
                deadline, is_excused = self._unless_outdone(silent_at, latest, reader_has_audio)
            try:
                chunk = leg.read(max(deadline, time.monotonic() + 0.001), is_excused)
            except _Late:
                raise _too_slow(leg.via, "silent") from None
            self._end_rival()
            if not chunk:
                return
            with self._lock:
                if self._playing is None or self._playing.leg is not leg:
                    raise ConnectionAbortedError(errno.ECONNABORTED, "it takes no changes")
                before = self._joiner.given
                data = self._joiner.push(chunk)
                audio = (self._joiner.given - before) * self._format.unit_samples / self._settings.sample_rate
                piece = _Piece(data, self, self._given_samples())
            if not data:
                continue
            has_given = True
            self._real_time.gave(audio)
            handed_at = time.monotonic()
            pace.record(handed_at - waiting_since, audio)
            yield piece
            # What its reader takes, nobody else does.
            self._brought_on_at += time.monotonic() - handed_at
            if is_service and pace.behind > self._timeouts.behind:
                raise _too_slow(leg.via, "slow")
            waiting_since = time.monotonic()


def _stopped_elsewhere() -> FfmpegFunctionsError:
    return FfmpegFunctionsError("CONFLICT", "somebody has stopped the stream", {"state": "cancelled"})


def _truncated(part: Via) -> FfmpegFunctionsError:
    """Of what ended properly, as it were, in the middle of a unit."""
    details = {"part": part, "reason": "truncated"}
    return FfmpegFunctionsError("UNAVAILABLE", f"what the {part} sent is cut off", details)


def _too_slow(part: Via, reason: str) -> FfmpegFunctionsError:
    return FfmpegFunctionsError("TIMEOUT", f"the {part} is {reason}", {"part": part, "reason": reason})


_Item = Union[str, PlaylistItem]


class _Playlist(_Source):
    """Plays one after the other as one stream, and passes over what cannot be played."""

    def __init__(
        self,
        items: Iterable[_Item],
        request: Mapping[str, Any],
        *,
        open_track: Callable[[str, _Settings, int], _Continuous],
        on_event: Callable[[Event], None],
    ) -> None:
        self._items = items
        self._request = request
        self._open_track = open_track
        self._on_event = on_event
        self._lock = threading.Lock()
        self._filters = _settings(request).filters
        self._track: Optional[_Continuous] = None

    def filters(self) -> FiltersInForce:
        track = self._track
        return self._filters if track is None else track.filters()

    def leg(self) -> Optional[_Leg]:
        track = self._track
        return None if track is None else track.leg()

    def via(self) -> Via:
        track = self._track
        return "service" if track is None else track.via()

    def pieces(self, reader_has_audio: Callable[[], bool]) -> Generator[_Piece, None, None]:
        # The first logical stream of a chain is number 1, as in a service's own stream.
        for index, item in enumerate(self._items):
            self._on_event(TrackEvent(index, item))
            try:
                url, fields = _track_of(item)
                with self._lock:
                    settings = _settings({**self._request, **fields, "filters": self.filters()})
                    track = self._open_track(url, settings, index + 1)
                    self._track = track
                yield from self._pieces_of(track, reader_has_audio)
            except _Stopped:
                raise
            except Exception as error:
                failure = error if isinstance(error, FfmpegFunctionsError) else _defect(error)
                if _is_nobodys_fault(failure):
                    raise
                self._on_event(SkippedEvent(index, item, failure))

    def set_filters(self, patch: Filters) -> FilterChange:
        while True:
            with self._lock:
                track = self._track
                if track is None:
                    self._filters = _merge(self._filters, patch)
                    return FilterChange(self._filters, 0)
            try:
                return track.set_filters(patch)
            except FfmpegFunctionsError as error:
                if error.code != "CONFLICT" or "state" not in error.details:
                    raise
                with self._lock:
                    if self._track is track:
                        # Its encoder has come to its end, and only the rest is read: the next is told.
                        return track.take_filters(patch)

    def _pieces_of(self, track: _Continuous, reader_has_audio: Callable[[], bool]) -> Iterator[_Piece]:
        try:
            yield from track.pieces(reader_has_audio)
        except _Stopped:
            raise
        except Exception:
            # What was given of it is closed, so that what follows is valid behind it.
            yield track.finish()
            raise


def _is_nobodys_fault(error: FfmpegFunctionsError) -> bool:
    """Not that of a track: the next would fare no better."""
    is_of_source = error.details.get("reason") == _ONLY_FOR_THE_SERVICE
    return error.code == "UNAVAILABLE" and error.recoverable and not is_of_source


def _defect(cause: Exception) -> FfmpegFunctionsError:
    error = FfmpegFunctionsError("INTERNAL_ERROR", f"a defect of the client: {type(cause).__name__}")
    error.__cause__ = cause
    return error


def _track_of(item: _Item) -> Tuple[str, Dict[str, Any]]:
    """The source of an item, and what of it is played. Raises VALIDATION_ERROR or INVALID_URL."""
    if not isinstance(item, (str, Mapping)):
        raise _invalid("source_url", "an item is a URL, or a mapping with source_url", item)
    fields: Dict[Any, Any] = {"source_url": item} if isinstance(item, str) else dict(item)
    for name in fields:
        if name not in ("source_url", "start_at", "duration"):
            raise _invalid(str(name), f"{name} is unknown, or that of a whole list", fields[name])
    return _source_url(fields.pop("source_url", None)), fields


# What a caller holds.

_LEAST_HELD_BYTES = 262_144
_HELD_BESIDES_THE_LEAD = 0.5


def _held_bytes(settings: _Settings) -> int:
    """What is held for a reader: all of a lead, or its encoder would stand still and take no changes."""
    if not settings.live:
        return _LEAST_HELD_BYTES
    is_pcm = settings.output_format == "pcm"
    bytes_a_second = 2 * settings.channels * settings.sample_rate if is_pcm else _bitrate(settings) // 8
    return max(_LEAST_HELD_BYTES, int((settings.lead + _HELD_BESIDES_THE_LEAD) * bytes_a_second))


class _Pump:
    """The one thread that reads a stream, some way ahead of whoever takes from it."""

    def __init__(self, source: _Source, stop: _Stop, most_held: int) -> None:
        self._source = source
        self._stop = stop
        self._most_held = most_held
        self._changed = threading.Condition()
        self._pieces: collections.deque[_Piece] = collections.deque()
        self._held = 0
        self._error: Optional[BaseException] = None
        self.has_ended = False
        self.on_ready: Callable[[], None] = lambda: None
        self.thread = threading.Thread(target=self._run, name="ffmpeg-functions stream", daemon=True)
        stop.add(self._wake)

    def is_ready(self) -> bool:
        return bool(self._pieces) or self.has_ended or self._stop.is_set()

    def wait_ready(self) -> None:
        with self._changed:
            self._changed.wait_for(self.is_ready)

    def raise_if_failed(self) -> None:
        if self._stop.is_set():
            raise FfmpegFunctionsError("CONFLICT", "the stream is closed", {"state": "closed"})
        if self._error is not None and not self._pieces:
            raise self._error

    def take(self) -> Optional[_Piece]:
        """What is there; None at the end. To be called when it is ready."""
        self.raise_if_failed()
        with self._changed:
            if not self._pieces:
                return None
            piece = self._pieces.popleft()
            self._held -= len(piece.data)
            self._changed.notify_all()
            return piece

    def _run(self) -> None:
        pieces = self._source.pieces(lambda: bool(self._pieces))
        try:
            for piece in pieces:
                if piece.data:
                    self._put(piece)
        except _Stopped:
            pass
        except BaseException as error:
            self._error = error
        finally:
            pieces.close()
            self._stop.remove(self._wake)
            with self._changed:
                self.has_ended = True
            self._wake()

    def _put(self, piece: _Piece) -> None:
        with self._changed:
            self._pieces.append(piece)
            self._held += len(piece.data)
            self._changed.notify_all()
        self.on_ready()
        with self._changed:
            self._changed.wait_for(lambda: self._held < self._most_held or self._stop.is_set())
        self._stop.check()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
        self.on_ready()


class _Handle:
    """What the two kinds of stream have in common."""

    id: str
    """Its name for the client that made it; the service knows it by this too while it made the first of it."""

    def __init__(self, source: _Source, settings: _Settings, stop: _Stop) -> None:
        self.id = str(uuid.uuid4())
        self._source = source
        self._settings = settings
        self._stop = stop
        self._pump = _Pump(source, stop, _held_bytes(settings))
        self._piece: Optional[_Piece] = None
        self._rest = memoryview(b"")
        self._pump.thread.start()

    @property
    def via(self) -> Via:
        """Who makes it now, or did last."""
        return self._source.via()

    @property
    def filters(self) -> FiltersInForce:
        return self._source.filters()

    @property
    def position_seconds(self) -> float:
        """Of the source, as far as audio has been handed out."""
        if self._piece is None:
            return self._settings.start_at
        samples = self._piece.samples
        if self._settings.output_format == "pcm":
            samples -= len(self._rest) // (2 * self._settings.channels)
        return self._piece.track.position_at(samples)

    def _begin(self) -> None:
        """To be called once there is audio, or an end."""
        self._pump.raise_if_failed()
        leg = self._source.leg()
        if leg is not None and leg.id is not None:
            self.id = leg.id

    def _change(self, patch: Filters) -> FilterChange:
        settings = self._settings
        _check_filters(patch, "filters.")
        if not settings.live:
            raise FfmpegFunctionsError("CONFLICT", "the stream is not live", {"live": False})
        touched = {"eq_preset": "equalizer"}
        for name, value in patch.items():
            adjustable = touched.get(name, name)
            if adjustable not in settings.adjustable and value is not None and self.filters.get(name) != value:
                details = {"field": f"filters.{name}", "adjust": settings.adjustable}
                raise FfmpegFunctionsError("CONFLICT", f"{adjustable} is not adjustable in this stream", details)
        return self._source.set_filters(cast(Filters, {k: v for k, v in patch.items() if v is not None}))

    def _take_piece(self) -> bytes:
        """The next of it that is there; nothing at the end. To be called when the pump is ready."""
        rest = bytes(self._rest)
        self._rest = memoryview(b"")
        if rest:
            return rest
        piece = self._pump.take()
        if piece is None:
            return b""
        self._piece = piece
        return piece.data

    def _keep(self, data: bytes, used: int) -> bytes:
        self._rest = memoryview(data)[used:]
        return data[:used]

    def _needs_wait(self) -> bool:
        return not self._rest and not self._pump.is_ready()

    def _frame_bytes(self, frame_ms: float) -> int:
        settings = self._settings
        if settings.output_format != "pcm":
            raise ValueError("frames are of pcm")
        samples = settings.sample_rate * frame_ms / 1_000
        if samples < 1 or samples != int(samples):
            raise ValueError("a frame must be a whole number of samples")
        return int(samples) * settings.channels * 2

    def _end(self) -> None:
        self._stop.set()

    def __del__(self) -> None:
        stop = getattr(self, "_stop", None)
        if stop is not None:
            stop.set()


class Stream(_Handle):
    """Audio that goes on, whatever happens to the service.

    Iterating gives bytes as they come, and ends when the audio is complete; an error that says whether it is
    `recoverable` when nobody can bring it on. One thread reads it; any thread may change its filters or close it.
    """

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = self._next_piece()
        if not data:
            raise StopIteration
        return data

    def read(self, size: int = -1) -> bytes:
        """So many bytes, fewer only at the end; all that is left when negative."""
        chunks: List[bytes] = []
        missing = size
        while size < 0 or missing > 0:
            data = self._next_piece()
            if not data:
                break
            if size >= 0 and len(data) > missing:
                data = self._keep(data, missing)
            missing -= len(data)
            chunks.append(data)
        return b"".join(chunks)

    def frames(self, frame_ms: float = 10) -> Frames:
        """PCM in frames of one length, as voice libraries take them: 1,920 bytes for 10 ms of stereo at 48 kHz."""
        return Frames(self, frame_ms)

    def set_filters(self, **patch: Unpack[Filters]) -> FilterChange:
        """Changes what a live stream was allowed to change (`adjust`), whoever makes it."""
        return self._change(patch)

    def close(self) -> None:
        """Ends it, from any thread; what reads it gets CONFLICT."""
        self._end()
        if self._pump.thread is not threading.current_thread():
            self._pump.thread.join()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next_piece(self) -> bytes:
        if self._needs_wait():
            self._pump.wait_ready()
        return self._take_piece()


class Frames:
    """PCM in frames of one length; the last is filled up with silence."""

    def __init__(self, stream: Stream, frame_ms: float) -> None:
        self.stream = stream
        self.frame_bytes = stream._frame_bytes(frame_ms)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        frame = self.stream.read(self.frame_bytes)
        if not frame:
            raise StopIteration
        return frame.ljust(self.frame_bytes, b"\0")

    def close(self) -> None:
        self.stream.close()

    def __enter__(self) -> Frames:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class PlaylistFields(TypedDict, total=False):
    """What may be asked for besides; what is absent has the service's default."""

    quality_preset: QualityPreset
    bitrate: str
    sample_rate: int
    channels: int
    filters: Filters
    live: bool
    adjust: Sequence[Adjustable]
    lead_seconds: float


class TranscodeFields(PlaylistFields, total=False):
    """The same, and what of the source is played."""

    start_at: float
    duration: float


OnEvent = Callable[[Event], None]
_AnyHandle = TypeVar("_AnyHandle", bound=_Handle)
_Opener = Tuple[_Settings, Callable[[_Stop, OnEvent], _Source]]


class _AnyClient:
    """What the two kinds of client have in common."""

    def __init__(
        self,
        base_url: Optional[str] = None,
        *,
        urls: Optional[Mapping[str, str]] = None,
        api_key: Optional[str] = None,
        token: Union[str, Callable[[], str], None] = None,
        timeouts: Timeouts = Timeouts(),
        retry: Retry = Retry(),
        breaker: Breaker = Breaker(),
        fallback: Optional[Fallback] = Fallback(),
        log: Optional[logging.Logger] = None,
        on_event: Optional[OnEvent] = None,
        ssl_context: Optional[ssl.SSLContext] = None,
    ) -> None:
        self._timeouts = timeouts
        self._log = log or logging.getLogger("ffmpeg_functions")
        self._on_event = on_event
        self._service = _Service(_urls_of(base_url, urls), api_key, token, timeouts.request, retry, ssl_context)
        self._breaker = _ServiceBreaker(breaker, self._probe, self._service_changed)
        self._ffmpeg = None if fallback is None else _Ffmpeg(fallback, self._log)
        self._legs: Dict[Via, _NewLeg] = {"service": self._service_leg}
        if self._ffmpeg is not None:
            self._legs["fallback"] = self._fallback_leg
        self._lock = threading.Lock()
        self._streams: weakref.WeakSet[_Handle] = weakref.WeakSet()
        self._counters = Counters()

    @property
    def counters(self) -> Counters:
        with self._lock:
            return replace(self._counters)

    def _change(self, id: str, patch: Filters) -> FilterChange:
        own = self._own(id)
        return _change_of(_ask_filters(self._service, id, patch)) if own is None else own._change(patch)

    def _end(self, id: str) -> None:
        own = self._own(id)
        if own is not None:
            own._end()
        else:
            self._service.ask("transcodes", f"/{urllib.parse.quote(id, safe='')}", method="DELETE")

    def _health(self) -> Dict[str, Any]:
        return cast(Dict[str, Any], self._service.ask("health", also=503))

    def _close(self) -> None:
        with self._lock:
            streams = list(self._streams)
        for stream in streams:
            stream._end()
        for stream in streams:
            if stream._pump.thread is not threading.current_thread():
                stream._pump.thread.join()
        self._breaker.close()
        if self._ffmpeg is not None:
            self._ffmpeg.close()

    def _track(self, source_url: str, output_format: str, fields: Mapping[str, Any]) -> _Opener:
        settings = _settings({**fields, "output_format": output_format})
        url = _source_url(source_url)

        def opened(stop: _Stop, note: OnEvent) -> _Source:
            return self._continuous(url, settings, stop, note, _RealTime(), 1)

        return settings, opened

    def _list(self, items: Iterable[_Item], output_format: str, fields: Mapping[str, Any]) -> _Opener:
        request = {"live": True, **fields, "output_format": output_format}
        settings = _settings(request)

        def opened(stop: _Stop, note: OnEvent) -> _Source:
            real_time = _RealTime()

            def open_track(url: str, track: _Settings, serial: int) -> _Continuous:
                return self._continuous(url, track, stop, note, real_time, serial)

            return _Playlist(items, request, open_track=open_track, on_event=note)

        return settings, opened

    def _continuous(
        self, url: str, settings: _Settings, stop: _Stop, note: OnEvent, real_time: _RealTime, serial: int
    ) -> _Continuous:
        # A file of this machine is nothing that the service could read.
        is_local = urllib.parse.urlsplit(url.strip()).scheme == "file"
        return _Continuous(
            url,
            settings,
            legs={via: leg for via, leg in self._legs.items() if via != "service" or not is_local},
            breaker=self._breaker,
            timeouts=self._timeouts,
            stop=stop,
            on_event=note,
            real_time=real_time,
            serial=serial,
        )

    def _start(
        self, kind: Type[_AnyHandle], what: _Opener, on_event: Optional[OnEvent], tell: Callable[[OnEvent, Event], None]
    ) -> _AnyHandle:
        """A stream whose thread runs; it may not have begun."""
        settings, opened = what
        stop = _Stop()

        def note(event: Event) -> None:
            self._note(event)
            for listener in (self._on_event, on_event):
                if listener is not None:
                    try:
                        tell(listener, event)
                    except Exception:
                        self._log.exception("on_event failed")

        handle = kind(opened(stop, note), settings, stop)
        with self._lock:
            self._counters.streams += 1
            self._streams.add(handle)
        return handle

    def _own(self, id: str) -> Optional[_Handle]:
        with self._lock:
            return next((s for s in self._streams if s.id == id and not s._pump.has_ended), None)

    def _note(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, BrokenEvent):
                self._counters.failures += 1
            elif isinstance(event, LegEvent):
                self._counters.resumes += event.resumed
                self._counters.fallbacks += event.via == "fallback"
        if isinstance(event, BrokenEvent):
            level = logging.INFO if event.service_is_well else logging.WARNING
            self._log.log(level, "the %s broke at %.3f s: %s", event.via, event.position_seconds, event.error)
        elif isinstance(event, LegEvent) and event.via == "fallback":
            self._log.warning("the local ffmpeg plays from %.3f s", event.position_seconds)

    def _service_leg(self, url: str, settings: _Settings, stop: _Stop) -> _Leg:
        return _ServiceLeg(self._service, self._timeouts, url, settings, stop)

    def _fallback_leg(self, url: str, settings: _Settings, stop: _Stop) -> _Leg:
        assert self._ffmpeg is not None
        return _FallbackLeg(self._ffmpeg, url, settings, stop)

    def _probe(self) -> None:
        self._service.ask("health", "/ready", timeout=self._timeouts.probe)

    def _service_changed(self, is_usable: bool) -> None:
        self._log.warning("the service is %s", "back" if is_usable else "away")


def _urls_of(base_url: Optional[str], urls: Optional[Mapping[str, str]]) -> Dict[str, str]:
    found: Dict[str, str] = {}
    for name, path in _FUNCTIONS.items():
        url = (urls or {}).get(name) or (None if base_url is None else base_url.rstrip("/") + path)
        if url is None or urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"base_url, or urls[{name!r}], must be a URL")
        found[name] = url.rstrip("/")
    return found


class Client(_AnyClient):
    """Calls the service, and the local ffmpeg where the service fails. For all threads.

    `base_url`, or `urls` with one for each of `transcode`, `transcodes` and `health`. `api_key`, or `token` (a string, or
    what gives one). `fallback=None` for none. `on_event` is told of every stream's legs and tracks, from its thread.
    """

    def transcode(
        self,
        source_url: str,
        output_format: OutputFormat,
        *,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[TranscodeFields],
    ) -> Stream:
        """Returns when there is audio. An error that is not `recoverable` would be the same again."""
        return self._begun(self._track(source_url, output_format, fields), on_event)

    def frames(
        self,
        source_url: str,
        *,
        frame_ms: float = 10,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[TranscodeFields],
    ) -> Frames:
        """Frames of PCM, live unless the request says otherwise: what a voice library takes."""
        live: TranscodeFields = {"live": True, **fields}
        return self.transcode(source_url, "pcm", on_event=on_event, **live).frames(frame_ms)

    def playlist(
        self,
        items: Iterable[Union[str, PlaylistItem]],
        output_format: OutputFormat,
        *,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[PlaylistFields],
    ) -> Stream:
        """Plays a list as one stream, live unless the request says otherwise, and passes over what cannot be played."""
        return self._begun(self._list(items, output_format, fields), on_event)

    def set_filters(self, id: str, **patch: Unpack[Filters]) -> FilterChange:
        """Changes a live stream: one of this client's, or any that the service plays for this caller."""
        return self._change(id, patch)

    def stop(self, id: str) -> None:
        self._end(id)

    def health(self) -> Dict[str, Any]:
        """The answer of `GET /health`."""
        return self._health()

    def close(self) -> None:
        """Ends every stream, and the looks at the service."""
        self._close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begun(self, what: _Opener, on_event: Optional[OnEvent]) -> Stream:
        stream = self._start(Stream, what, on_event, lambda listener, event: listener(event))
        try:
            stream._pump.wait_ready()
            stream._begin()
        except BaseException:
            stream.close()
            raise
        return stream


# The same for asyncio: the threads are those of the streams, and nothing blocks the loop.


class AsyncStream(_Handle):
    """A `Stream` for asyncio. Who is cancelled while it waits for audio loses none."""

    _loop: asyncio.AbstractEventLoop
    _ready: asyncio.Event

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        data = await self._next_piece()
        if not data:
            raise StopAsyncIteration
        return data

    async def read(self, size: int = -1) -> bytes:
        """So many bytes, fewer only at the end; all that is left when negative. Who is cancelled loses none of them."""
        chunks: List[bytes] = []
        missing = size
        try:
            while size < 0 or missing > 0:
                data = await self._next_piece()
                if not data:
                    break
                if size >= 0 and len(data) > missing:
                    data = self._keep(data, missing)
                missing -= len(data)
                chunks.append(data)
        except asyncio.CancelledError:
            self._keep(b"".join(chunks) + bytes(self._rest), 0)
            raise
        return b"".join(chunks)

    def frames(self, frame_ms: float = 10) -> AsyncFrames:
        """PCM in frames of one length, as voice libraries take them: 1,920 bytes for 10 ms of stereo at 48 kHz."""
        return AsyncFrames(self, frame_ms)

    async def set_filters(self, **patch: Unpack[Filters]) -> FilterChange:
        """Changes what a live stream was allowed to change (`adjust`), whoever makes it."""
        return await asyncio.to_thread(self._change, patch)

    async def close(self) -> None:
        """Ends it; what reads it gets CONFLICT."""
        self._end()
        while not self._pump.has_ended:
            self._ready.clear()
            if not self._pump.has_ended:
                await self._ready.wait()
        self._ready.set()

    async def __aenter__(self) -> AsyncStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _attach(self) -> None:
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        self._ready = ready

        def wake() -> None:
            # A loop that is closed has nobody who waits.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(ready.set)

        self._pump.on_ready = wake
        wake()

    async def _wait_ready(self) -> None:
        while not self._pump.is_ready():
            self._ready.clear()
            # What came before the flag was taken down has not raised it again.
            if not self._pump.is_ready():
                await self._ready.wait()

    async def _next_piece(self) -> bytes:
        if self._needs_wait():
            await self._wait_ready()
        return self._take_piece()


class AsyncFrames:
    """PCM in frames of one length; the last is filled up with silence."""

    def __init__(self, stream: AsyncStream, frame_ms: float) -> None:
        self.stream = stream
        self.frame_bytes = stream._frame_bytes(frame_ms)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        frame = await self.stream.read(self.frame_bytes)
        if not frame:
            raise StopAsyncIteration
        return frame.ljust(self.frame_bytes, b"\0")

    async def close(self) -> None:
        await self.stream.close()

    async def __aenter__(self) -> AsyncFrames:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class AsyncClient(_AnyClient):
    """`Client` for asyncio: the same arguments, the same methods. Events come in the loop that opened the stream.

    `token` and `resolve_source` are called in a stream's thread: they may block, and are no coroutines.
    """

    async def transcode(
        self,
        source_url: str,
        output_format: OutputFormat,
        *,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[TranscodeFields],
    ) -> AsyncStream:
        """Returns when there is audio. An error that is not `recoverable` would be the same again."""
        return await self._begun(self._track(source_url, output_format, fields), on_event)

    async def frames(
        self,
        source_url: str,
        *,
        frame_ms: float = 10,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[TranscodeFields],
    ) -> AsyncFrames:
        """Frames of PCM, live unless the request says otherwise: what a voice library takes."""
        live: TranscodeFields = {"live": True, **fields}
        return (await self.transcode(source_url, "pcm", on_event=on_event, **live)).frames(frame_ms)

    async def playlist(
        self,
        items: Union[Iterable[Union[str, PlaylistItem]], AsyncIterable[Union[str, PlaylistItem]]],
        output_format: OutputFormat,
        *,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[PlaylistFields],
    ) -> AsyncStream:
        """Plays a list as one stream, live unless the request says otherwise, and passes over what cannot be played."""
        stopped = threading.Event()
        taken = _taken_from_loop(items, stopped) if isinstance(items, AsyncIterable) else items
        return await self._begun(self._list(taken, output_format, fields), on_event, stopped)

    async def set_filters(self, id: str, **patch: Unpack[Filters]) -> FilterChange:
        """Changes a live stream: one of this client's, or any that the service plays for this caller."""
        return await asyncio.to_thread(self._change, id, patch)

    async def stop(self, id: str) -> None:
        await asyncio.to_thread(self._end, id)

    async def health(self) -> Dict[str, Any]:
        """The answer of `GET /health`."""
        return await asyncio.to_thread(self._health)

    async def close(self) -> None:
        """Ends every stream, and the looks at the service."""
        await asyncio.to_thread(self._close)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _begun(
        self, what: _Opener, on_event: Optional[OnEvent], stopped: Optional[threading.Event] = None
    ) -> AsyncStream:
        loop = asyncio.get_running_loop()

        def tell(listener: OnEvent, event: Event) -> None:
            # A loop that is closed has nobody who listens.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(listener, event)

        stream = self._start(AsyncStream, what, on_event, tell)
        if stopped is not None:
            stream._stop.add(stopped.set)
        stream._attach()
        try:
            await stream._wait_ready()
            stream._begin()
        except BaseException:
            await stream.close()
            raise
        return stream


_LOOK_AT_STOP_EVERY = 0.1


def _taken_from_loop(items: AsyncIterable[_Item], stopped: threading.Event) -> Iterator[_Item]:
    """What a stream's thread takes of an asynchronous list: it waits for each until the loop has it."""
    loop = asyncio.get_running_loop()
    iterator = items.__aiter__()
    none = object()

    async def following() -> Any:
        async for item in iterator:
            return item
        return none

    def taken() -> Iterator[_Item]:
        while True:
            future = asyncio.run_coroutine_threadsafe(following(), loop)
            while not future.done():
                if stopped.is_set() or loop.is_closed():
                    future.cancel()
                    raise _Stopped()
                concurrent.futures.wait([future], _LOOK_AT_STOP_EVERY)
            item = future.result()
            if item is none:
                return
            yield item

    return taken()
