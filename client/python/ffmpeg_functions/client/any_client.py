"""The common part of `Client` and `AsyncClient`."""

from __future__ import annotations

import logging
import ssl
import threading
import weakref
from typing import Any, Callable, Dict, Mapping, Optional, Type, TypeVar, Union, cast

from ..events import Counters, Event, OnEvent, Via
from ..ffmpeg.local_ffmpeg import LocalFfmpeg
from ..legs.fallback_leg import FallbackLeg
from ..legs.leg import Leg, NewLeg
from ..legs.service_leg import ServiceLeg
from ..options import Breaker, Fallback, Retry, Timeouts
from ..service.breaker import ServiceBreaker
from ..service.calls import Service
from ..service.transcodes import cancel, change_filters
from ..service.urls import path_below, service_urls
from ..settings.filters import FilterChange, Filters
from ..settings.settings import Settings
from ..stop import Stop
from ..stream.handle import Handle
from .event_notes import EventNotes
from .sources import Opening, Sources

_PROBE_SECONDS = 20.0
"""The service reads a source for ten seconds at most."""

_AnyHandle = TypeVar("_AnyHandle", bound=Handle)


class AnyClient:
    """Holds the service, the local ffmpeg and the client's streams."""

    def __init__(
        self,
        base_url: Optional[str] = None,
        *,
        urls: Optional[Mapping[str, str]] = None,
        api_key: Optional[str] = None,
        token: Union[str, Callable[[], str], None] = None,
        timeouts: Timeouts = Timeouts(),
        retry: Retry = Retry(),
        breaker: Breaker = Breaker(),
        fallback: Optional[Fallback] = Fallback(),
        log: Optional[logging.Logger] = None,
        on_event: Optional[OnEvent] = None,
        ssl_context: Optional[ssl.SSLContext] = None,
    ) -> None:
        log = log or logging.getLogger("ffmpeg_functions")
        self._timeouts = timeouts
        self._on_event = on_event
        self._notes = EventNotes(log)
        self._service = Service(service_urls(base_url, urls), api_key, token, timeouts.request, retry, ssl_context)
        self._breaker = ServiceBreaker(breaker, self._probe, self._notes.service_changed)
        self._ffmpeg = None if fallback is None else LocalFfmpeg(fallback, log)
        legs: Dict[Via, NewLeg] = {"service": self._service_leg}
        if self._ffmpeg is not None:
            legs["fallback"] = self._fallback_leg
        self._sources = Sources(legs=legs, breaker=self._breaker, timeouts=timeouts)
        self._lock = threading.Lock()
        self._streams: weakref.WeakSet[Handle] = weakref.WeakSet()

    @property
    def counters(self) -> Counters:
        """Counts of what has happened since the client was created."""
        return self._notes.counters()

    def _change(self, id: str, patch: Filters) -> FilterChange:
        own = self._own(id)
        return change_filters(self._service, id, patch) if own is None else own._change(patch)

    def _end(self, id: str) -> None:
        own = self._own(id)
        if own is not None:
            own._end()
        else:
            cancel(self._service, id)

    def _health(self) -> Dict[str, Any]:
        return cast(Dict[str, Any], self._service.ask("health", also=503))

    def _usage(self) -> Dict[str, Any]:
        return cast(Dict[str, Any], self._service.ask("usage"))

    def _probe_source(self, url: str) -> Dict[str, Any]:
        answer = self._service.ask("probe", method="POST", body={"url": url}, timeout=_PROBE_SECONDS)
        return cast(Dict[str, Any], answer)

    def _close(self) -> None:
        with self._lock:
            streams = list(self._streams)
        for stream in streams:
            stream._end()
        for stream in streams:
            stream._pump.join()
        self._breaker.close()
        if self._ffmpeg is not None:
            self._ffmpeg.close()

    def _start(
        self,
        kind: Type[_AnyHandle],
        what: Opening,
        on_event: Optional[OnEvent],
        deliver: Callable[[OnEvent, Event], None],
    ) -> _AnyHandle:
        """Returns a stream whose thread runs but may not have audio yet. `deliver` passes an event to a listener."""
        stop = Stop()
        notes = self._notes.begin_stream(what.source_url)

        def note(event: Event) -> None:
            notes.note(event)
            for listener in (self._on_event, on_event):
                if listener is not None:
                    try:
                        deliver(listener, event)
                    except Exception:
                        notes.listener_failed()

        handle = kind(what.open(stop, note, notes.over), what.settings, stop, on_end=notes.over)
        with self._lock:
            self._streams.add(handle)
        return handle

    def _own(self, id: str) -> Optional[Handle]:
        with self._lock:
            return next((s for s in self._streams if s.id == id and not s._pump.has_ended), None)

    def _service_leg(self, url: str, settings: Settings, stop: Stop) -> Leg:
        return ServiceLeg(self._service, self._timeouts, url, settings, stop)

    def _fallback_leg(self, url: str, settings: Settings, stop: Stop) -> Leg:
        assert self._ffmpeg is not None
        return FallbackLeg(self._ffmpeg, url, settings, stop)

    def _probe(self) -> None:
        self._service.ask("health", path_below("health", "ready"), timeout=self._timeouts.probe)
