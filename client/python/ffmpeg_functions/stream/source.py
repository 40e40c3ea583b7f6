"""The source of a stream."""

from __future__ import annotations

from typing import Generator, Optional, Protocol

from ..events import Via
from ..legs.leg import Leg
from ..settings.filters import FilterChange, Filters, FiltersInForce
from ..timed_read import IsExcused
from ..track.place import Piece


class Source(Protocol):
    """A track or a playlist."""

    def pieces(self, reader_has_audio: IsExcused) -> Generator[Piece, None, None]: ...

    def set_filters(self, patch: Filters) -> FilterChange: ...

    def filters(self) -> FiltersInForce: ...

    def leg(self) -> Optional[Leg]: ...

    def via(self) -> Via: ...
