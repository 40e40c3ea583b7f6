"""Opens the source of a stream: a track or a playlist."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, NamedTuple

from ..events import OnEvent, Via
from ..legs.leg import NewLeg
from ..options import Timeouts
from ..service.breaker import ServiceBreaker
from ..settings.fields import Item
from ..settings.request import settings_of
from ..settings.settings import Settings
from ..settings.source_url import checked_source_url, is_local_file
from ..stop import Stop
from ..stream.playlist import Playlist
from ..stream.source import Source
from ..track.continuous import Continuous
from ..track.real_time import RealTime

OnWorking = Callable[[], None]


class Opening(NamedTuple):
    """A validated request."""

    settings: Settings
    open: Callable[[Stop, OnEvent, OnWorking], Source]
    source_url: str = ""
    """Empty for a playlist."""


class Sources:
    """Validates requests and opens their sources."""

    def __init__(self, *, legs: Mapping[Via, NewLeg], breaker: ServiceBreaker, timeouts: Timeouts) -> None:
        self._legs = legs
        self._breaker = breaker
        self._timeouts = timeouts

    def track(self, source_url: str, output_format: str, fields: Mapping[str, Any]) -> Opening:
        """Raises VALIDATION_ERROR, FILTER_INVALID or INVALID_URL."""
        settings = settings_of({**fields, "output_format": output_format})
        url = checked_source_url(source_url)

        def opened(stop: Stop, note: OnEvent, on_working: OnWorking) -> Source:
            return self._continuous(url, settings, stop, note, on_working, RealTime(), 1)

        return Opening(settings, opened, url)

    def playlist(self, items: Iterable[Item], output_format: str, fields: Mapping[str, Any]) -> Opening:
        """Raises VALIDATION_ERROR or FILTER_INVALID for the fields; items are validated when they start."""
        request = {"live": True, **fields, "output_format": output_format}
        settings = settings_of(request)

        def opened(stop: Stop, note: OnEvent, on_working: OnWorking) -> Source:
            real_time = RealTime()

            def open_track(url: str, track: Settings, serial: int) -> Continuous:
                return self._continuous(url, track, stop, note, on_working, real_time, serial)

            return Playlist(items, request, open_track=open_track, on_event=note)

        return Opening(settings, opened)

    def _continuous(
        self,
        url: str,
        settings: Settings,
        stop: Stop,
        note: OnEvent,
        on_working: OnWorking,
        real_time: RealTime,
        serial: int,
    ) -> Continuous:
        is_local = is_local_file(url)
        return Continuous(
            url,
            settings,
            legs={via: leg for via, leg in self._legs.items() if via != "service" or not is_local},
            breaker=self._breaker,
            timeouts=self._timeouts,
            stop=stop,
            on_event=note,
            on_working=on_working,
            real_time=real_time,
            serial=serial,
        )
