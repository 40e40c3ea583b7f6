"""The options of a client."""

from dataclasses import dataclass
from typing import Callable, Optional


@dataclass(frozen=True)
class Timeouts:
    """How long the client waits, in seconds."""

    first_audio: float = 2.0
    """For the first audio of the service, before the fallback starts; longer for a later place in the source."""
    silence: float = 0.8
    """For more of a stream that plays, while its reader waits."""
    behind: float = 1.0
    """How far a stream may fall behind its own real time, while its reader waits."""
    request: float = 5.0
    """For an answer that is not a stream."""
    probe: float = 0.25
    """For a health probe."""
    give_up: float = 15.0
    """For any progress of a stream, from the service or the local ffmpeg, before it fails."""


@dataclass(frozen=True)
class Retry:
    """How often and how soon a request is sent again when its connection broke before the answer."""

    attempts: int = 1
    delay: float = 0.05
    """Seconds."""


@dataclass(frozen=True)
class Breaker:
    """When the client stops sending requests to the service, and how often it then checks its health."""

    threshold: int = 2
    """Failures in a row after which no more requests are sent."""
    probe_every: float = 1.0
    """Seconds from one health probe to the next; at most one."""


@dataclass(frozen=True)
class Fallback:
    """The local ffmpeg."""

    ffmpeg_path: Optional[str] = None
    """FFMPEG_PATH, or the one on PATH, when absent."""
    resolve_source: Callable[[str], str] = str
    """Returns the URL that the local ffmpeg opens for a source that only the service can read: a signed URL, a file."""
