"""Audio that goes on when the service fails: the client of ffmpeg-functions, standard library only.

    from ffmpeg_functions import Client

    with Client("http://127.0.0.1:8090") as client:
        with client.transcode("https://example.org/a.mp3", "opus") as stream:
            for chunk in stream:
                ...

The audio comes from the service, or from a local ffmpeg while the service is down, refuses, or is silent or slow. A
stream that is cut goes on where it stopped: PCM exact to the sample, AAC and Opus to the frame, as one valid stream.
Times are in seconds. `AsyncClient` is the same for asyncio. Each stream has a thread that reads it; ffmpeg and its
stream end together, and both end with the process.

Only the names below are public. The modules of this package are internal and may change; in the public classes, names
that begin with an underscore are for this package.
"""

from .aio.client import AsyncClient
from .aio.stream import AsyncFrames, AsyncStream
from .client.client import Client
from .errors import FfmpegFunctionsError
from .events import BrokenEvent, Counters, Event, LegEvent, SkippedEvent, TrackEvent
from .events import OnEvent as OnEvent
from .events import Via as Via
from .options import Breaker, Fallback, Retry, Timeouts
from .settings.fields import Adjustable as Adjustable
from .settings.fields import OutputFormat as OutputFormat
from .settings.fields import PlaylistFields as PlaylistFields
from .settings.fields import PlaylistItem
from .settings.fields import QualityPreset as QualityPreset
from .settings.fields import TranscodeFields as TranscodeFields
from .settings.filters import EqPreset as EqPreset
from .settings.filters import FilterChange, Filters, FiltersInForce
from .stream.stream import Frames, Stream

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

# Tracebacks and reprs name classes as callers import them. So `typing.get_type_hints` looks for their annotations here:
# in the modules with annotated public classes, annotations are objects (no `from __future__ import annotations`).
for _public in (*map(globals().get, __all__), PlaylistFields, TranscodeFields):
    if isinstance(_public, type):
        _public.__module__ = __name__
del _public
