"""Plays a playlist as one stream."""

from __future__ import annotations

import threading
from typing import Any, Callable, Generator, Iterable, Iterator, Mapping, Optional

from ..errors import FfmpegFunctionsError
from ..events import OnEvent, SkippedEvent, TrackEvent, Via
from ..legs.leg import Leg
from ..settings.fields import Item
from ..settings.filters import FilterChange, Filters, FiltersInForce, merge
from ..settings.request import settings_of
from ..settings.settings import Settings
from ..settings.source_url import source_of
from ..sources.failures import ONLY_FOR_THE_SERVICE
from ..stop import Stopped
from ..timed_read import IsExcused
from ..track.continuous import Continuous
from ..track.place import Piece

OpenTrack = Callable[[str, Settings, int], Continuous]
"""Opens a source with settings and the serial number of its logical stream."""


class Playlist:
    """Plays one track after the other and skips tracks that cannot be played."""

    def __init__(
        self, items: Iterable[Item], request: Mapping[str, Any], *, open_track: OpenTrack, on_event: OnEvent
    ) -> None:
        self._items = items
        self._request = request
        self._open_track = open_track
        self._on_event = on_event
        self._lock = threading.Lock()
        self._filters = settings_of(request).filters
        self._track: Optional[Continuous] = None

    def filters(self) -> FiltersInForce:
        track = self._track
        return self._filters if track is None else track.filters()

    def leg(self) -> Optional[Leg]:
        track = self._track
        return None if track is None else track.leg()

    def via(self) -> Via:
        track = self._track
        return "service" if track is None else track.via()

    def pieces(self, reader_has_audio: IsExcused) -> Generator[Piece, None, None]:
        # The first logical stream of a chain has the serial number 1, as in a stream from the service.
        for index, item in enumerate(self._items):
            self._on_event(TrackEvent(index, item))
            try:
                url, fields = source_of(item)
                with self._lock:
                    settings = settings_of({**self._request, **fields, "filters": self.filters()})
                    track = self._open_track(url, settings, index + 1)
                    self._track = track
                yield from _closed_pieces(track, reader_has_audio)
            except Stopped:
                raise
            except Exception as error:
                failure = error if isinstance(error, FfmpegFunctionsError) else _defect(error)
                if _concerns_all_tracks(failure):
                    raise
                self._on_event(SkippedEvent(index, item, failure))

    def set_filters(self, patch: Filters) -> FilterChange:
        while True:
            with self._lock:
                track = self._track
                if track is None:
                    self._filters = merge(self._filters, patch)
                    return FilterChange(self._filters, 0)
            try:
                return track.set_filters(patch)
            except FfmpegFunctionsError as error:
                if error.code != "CONFLICT" or "state" not in error.details:
                    raise
                with self._lock:
                    if self._track is track:
                        # Its encoder has ended and only the rest is read: the next track gets the change.
                        return track.take_filters(patch)


def _closed_pieces(track: Continuous, reader_has_audio: IsExcused) -> Iterator[Piece]:
    """Yields a track's pieces. A track that fails is closed, so that the stream stays valid."""
    try:
        yield from track.pieces(reader_has_audio)
    except Stopped:
        raise
    except Exception:
        yield track.finish()
        raise


def _concerns_all_tracks(error: FfmpegFunctionsError) -> bool:
    """Whether the next track would fail the same way."""
    is_of_source = error.details.get("reason") == ONLY_FOR_THE_SERVICE
    return error.code == "UNAVAILABLE" and error.recoverable and not is_of_source


def _defect(cause: Exception) -> FfmpegFunctionsError:
    error = FfmpegFunctionsError("INTERNAL_ERROR", f"internal error of the client: {type(cause).__name__}")
    error.__cause__ = cause
    return error
