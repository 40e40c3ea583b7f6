"""The events of a stream, and the counters of a client."""

from dataclasses import dataclass
from typing import Callable, Literal, Optional, Union

from .errors import FfmpegFunctionsError
from .settings.fields import PlaylistItem

Via = Literal["service", "fallback"]


@dataclass(frozen=True)
class LegEvent:
    """The stream comes from `via` from here on. `resumed` is True if it continues an earlier leg."""

    via: Via
    id: Optional[str]
    resumed: bool
    position_seconds: float


@dataclass(frozen=True)
class BrokenEvent:
    """A leg of the stream failed. `opening` is True if it could not start."""

    via: Via
    opening: bool
    error: FfmpegFunctionsError
    position_seconds: float
    service_is_well: bool = False
    """It had produced audio and the service accepts new work: it has reached the time limit of its platform."""


@dataclass(frozen=True)
class TrackEvent:
    """The next item of a playlist starts."""

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
    """Counts of what has happened since the client was created."""

    streams: int = 0
    """Streams that were opened."""
    fallbacks: int = 0
    """Legs from the local ffmpeg."""
    resumes: int = 0
    """Legs that continued a stream in the middle."""
    failures: int = 0
    """Legs that were cut or could not start."""
