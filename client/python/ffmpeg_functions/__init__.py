"""The client of ffmpeg-functions: audio streams that continue when the service fails. Standard library only.

    from ffmpeg_functions import Client

    with Client("http://127.0.0.1:8090") as client:
        with client.transcode("https://example.org/a.mp3", "opus") as stream:
            for chunk in stream:
                ...

The audio comes from the service. The client falls back to a local ffmpeg when the service is down, refuses the request,
is silent or slow. A stream that is cut continues where it stopped: PCM exact to the sample, AAC and Opus to the frame,
as one valid stream. Times are in seconds. `AsyncClient` is the same for asyncio. Each stream has a thread that reads
it. ffmpeg ends with its stream, and both end with the process.

Only the names below are public. The modules of this package are internal and may change. In the public classes, names
with a leading underscore are internal.
"""

from .aio.client import AsyncClient
from .aio.jobs import AsyncJobs
from .aio.stream import AsyncFrames, AsyncStream
from .client.client import Client
from .client.jobs import Jobs
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
    "AsyncJobs",
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
    "Jobs",
    "LegEvent",
    "PlaylistItem",
    "Retry",
    "SkippedEvent",
    "Stream",
    "Timeouts",
    "TrackEvent",
]

# Tracebacks and reprs show classes under the name that callers import. As a result, `typing.get_type_hints` resolves
# their annotations here, so modules with annotated public classes need real annotations (no `from __future__ import
# annotations`).
for _public in (*map(globals().get, __all__), PlaylistFields, TranscodeFields):
    if isinstance(_public, type):
        _public.__module__ = __name__
del _public
