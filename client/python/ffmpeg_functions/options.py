"""The options of a client."""

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional, Sequence, Union

from .builder_data import BREAKER, RETRY, TIMEOUTS


@dataclass(frozen=True)
class Timeouts:
    """The time limits of a client, in seconds."""

    first_audio: float = TIMEOUTS["first_audio"]
    """Longest wait for the service's first audio before the client falls back; a later position adds to it."""
    silence: float = TIMEOUTS["silence"]
    """Longest silence of a stream while its reader waits."""
    behind: float = TIMEOUTS["behind"]
    """How far a stream may fall behind real time while its reader waits."""
    request: float = TIMEOUTS["request"]
    """Longest wait for a response that is not a stream."""
    probe: float = TIMEOUTS["probe"]
    """Longest wait for a health probe."""
    give_up: float = TIMEOUTS["give_up"]
    """How long a stream may make no progress before it fails; a later position adds to it."""


@dataclass(frozen=True)
class Retry:
    """Retries of a request whose connection was closed before the response."""

    attempts: int = RETRY["attempts"]
    delay: float = RETRY["delay"]
    """Delay before a retry, seconds."""


@dataclass(frozen=True)
class Breaker:
    """When the client stops sending requests to the service, and how often it then probes its health."""

    threshold: int = BREAKER["threshold"]
    """Consecutive failures after which the service gets no more requests."""
    probe_every: float = BREAKER["probe_every"]
    """Interval between health probes while it gets no requests, seconds; at most 1."""


@dataclass(frozen=True)
class Fallback:
    """The local ffmpeg that streams fall back to."""

    ffmpeg_path: Optional[str] = None
    """The path of ffmpeg; None for FFMPEG_PATH, or else the ffmpeg on PATH."""
    resolve_source: Callable[[str], Union[str, Path]] = str
    """Maps a source that only the service can read to what to open: a signed URL, or the path of a file as a `Path`.

    For a requested `file:` URL, a file is opened only if the result is a `Path`.
    """
    source_allowed_networks: Optional[Sequence[str]] = None
    """Networks that a source may be in although they are not public: None for SOURCE_ALLOWED_NETWORKS."""
    source_denied_networks: Optional[Sequence[str]] = None
    """Networks that no source may be in; None for SOURCE_DENIED_NETWORKS."""
    source_allowed_ports: Optional[Sequence[str]] = None
    """Ports of public servers besides 80, 443 and 8000–8999; None for SOURCE_ALLOWED_PORTS."""
