"""The events of a stream, and the counters of a client."""

from dataclasses import dataclass
from typing import Callable, Literal, Optional, Union

from .errors import FfmpegFunctionsError
from .settings.fields import PlaylistItem

Via = Literal["service", "fallback"]


@dataclass(frozen=True)
class LegEvent:
    """From here on the stream comes from `via`; `resumed` when another leg had begun it."""

    via: Via
    id: Optional[str]
    resumed: bool
    position_seconds: float


@dataclass(frozen=True)
class BrokenEvent:
    """A leg of the stream failed, or could not begin (`opening`)."""

    via: Via
    opening: bool
    error: FfmpegFunctionsError
    position_seconds: float
    service_is_well: bool = False
    """It had played, and the service accepts new work: as at the time limit of its platform."""


@dataclass(frozen=True)
class TrackEvent:
    """The next item of a playlist begins."""

    index: int
    item: Union[str, PlaylistItem]


@dataclass(frozen=True)
class SkippedEvent:
    """An item of a playlist could not be played, or not to its end."""

    index: int
    item: Union[str, PlaylistItem]
    error: FfmpegFunctionsError


Event = Union[LegEvent, BrokenEvent, TrackEvent, SkippedEvent]
OnEvent = Callable[[Event], None]


@dataclass
class Counters:
    """What has happened since the client was made."""

    streams: int = 0
    fallbacks: int = 0
    """Legs that came from the local ffmpeg."""
    resumes: int = 0
    """Legs that took over a stream in the middle."""
    failures: int = 0
    """Legs that failed or could not begin."""
