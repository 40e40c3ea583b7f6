"""The common part of `Stream` and `AsyncStream`."""

from __future__ import annotations

import uuid
from typing import Callable, Optional, cast

from ..errors import FfmpegFunctionsError
from ..events import Via
from ..settings.filters import FilterChange, Filters, FiltersInForce, check_filters
from ..settings.settings import Settings
from ..stop import Stop
from ..track.place import Piece
from .portion import Portion
from .pump import Pump, held_bytes
from .source import Source


class Handle:
    """The public stream object. The stream stops when it is closed or garbage-collected."""

    id: str
    """The id in this client. If the first leg came from the service, it is also the id in the service."""

    def __init__(self, source: Source, settings: Settings, stop: Stop, on_end: Callable[[], None]) -> None:
        self.id = str(uuid.uuid4())
        self._source = source
        self._settings = settings
        self._stop = stop
        self._pump = Pump(source, stop, held_bytes(settings), on_end)
        self._piece: Optional[Piece] = None
        self._rest = memoryview(b"")
        self._pump.start()

    @property
    def via(self) -> Via:
        """Where the audio comes from now, or came from last: the service or the local ffmpeg."""
        return self._source.via()

    @property
    def filters(self) -> FiltersInForce:
        """The filters in force."""
        return self._source.filters()

    @property
    def position_seconds(self) -> float:
        """The position in the source of the audio read so far, seconds."""
        if self._piece is None:
            return self._settings.start_at
        samples = self._piece.samples
        if self._settings.output_format == "pcm":
            samples -= len(self._rest) // (2 * self._settings.channels)
        return self._piece.place.position_at(samples)

    def _begin(self) -> None:
        """Must be called once there is audio or the end."""
        self._pump.raise_if_failed()
        leg = self._source.leg()
        if leg is not None and leg.id is not None:
            self.id = leg.id

    def _change(self, patch: Filters) -> FilterChange:
        settings = self._settings
        check_filters(patch)
        if not settings.live:
            message = "the stream is not live: request it with live to change its filters"
            raise FfmpegFunctionsError("CONFLICT", message, {"live": False})
        touched = {"eq_preset": "equalizer"}
        for name, value in patch.items():
            adjustable = touched.get(name, name)
            if adjustable not in settings.adjustable and value is not None and self.filters.get(name) != value:
                details = {"field": f"filters.{name}", "adjust": settings.adjustable}
                message = f"{adjustable} cannot be changed in this stream: its request did not list it in adjust"
                raise FfmpegFunctionsError("CONFLICT", message, details)
        return self._source.set_filters(cast(Filters, {k: v for k, v in patch.items() if v is not None}))

    def _take_piece(self) -> bytes:
        """Returns the next data; b"" at the end. Must be called when no wait is needed."""
        rest = bytes(self._rest)
        self._rest = memoryview(b"")
        if rest:
            return rest
        piece = self._pump.take()
        if piece is None:
            return b""
        self._piece = piece
        return piece.data

    def _portion(self, size: int) -> Portion:
        return Portion(size, self._keep)

    def _keep(self, data: bytes, used: int) -> bytes:
        """Returns the first `used` bytes, and keeps the rest for the next read."""
        self._rest = memoryview(data)[used:]
        return data[:used]

    def _needs_wait(self) -> bool:
        return not self._rest and not self._pump.is_ready()

    def _frame_bytes(self, frame_ms: float) -> int:
        """Raises ValueError if frames of this length are not possible."""
        settings = self._settings
        if settings.output_format != "pcm":
            raise ValueError("frames need the output format pcm")
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
