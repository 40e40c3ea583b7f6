"""The options of a client."""

from dataclasses import dataclass
from typing import Callable, Optional

from .builder_data import BREAKER, RETRY, TIMEOUTS


@dataclass(frozen=True)
class Timeouts:
    """How long the client waits, in seconds."""

    first_audio: float = TIMEOUTS["first_audio"]
    """For the first audio of the service, before the fallback starts; longer for a later place in the source."""
    silence: float = TIMEOUTS["silence"]
    """For more of a stream that plays, while its reader waits."""
    behind: float = TIMEOUTS["behind"]
    """How far a stream may fall behind its own real time, while its reader waits."""
    request: float = TIMEOUTS["request"]
    """For an answer that is not a stream."""
    probe: float = TIMEOUTS["probe"]
    """For a health probe."""
    give_up: float = TIMEOUTS["give_up"]
    """For any progress of a stream, from the service or the local ffmpeg, before it fails."""


@dataclass(frozen=True)
class Retry:
    """How often and how soon a request is sent again when its connection broke before the answer."""

    attempts: int = RETRY["attempts"]
    delay: float = RETRY["delay"]
    """Seconds."""


@dataclass(frozen=True)
class Breaker:
    """When the client stops sending requests to the service, and how often it then checks its health."""

    threshold: int = BREAKER["threshold"]
    """Failures in a row after which no more requests are sent."""
    probe_every: float = BREAKER["probe_every"]
    """Seconds from one health probe to the next; at most one."""


@dataclass(frozen=True)
class Fallback:
    """The local ffmpeg."""

    ffmpeg_path: Optional[str] = None
    """FFMPEG_PATH, or the one on PATH, when absent."""
    resolve_source: Callable[[str], str] = str
    """Returns the URL that the local ffmpeg opens for a source that only the service can read: a signed URL, a file."""
