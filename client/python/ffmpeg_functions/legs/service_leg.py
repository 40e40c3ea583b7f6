"""A leg from the service."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Callable, Optional

from ..builder_data import SKIPPED_SECOND
from ..errors import FfmpegFunctionsError
from ..events import Via
from ..options import Timeouts
from ..service.answers import error_of, text_parts
from ..service.calls import Service
from ..service.exchange import Exchange
from ..service.failures import UNANSWERED, not_the_service, unreachable
from ..service.server_events import server_events
from ..service.stream_head import transcode_id
from ..service.transcodes import change_filters, change_of, was_cancelled
from ..service.urls import path_below
from ..settings.filters import FilterChange, Filters
from ..settings.settings import Settings
from ..stop import Stop
from ..timed_read import CHUNK_BYTES, IsExcused, Late, never_excused
from .leg import Leg

_ERROR_BODY_SECONDS = 1.0


class ServiceLeg(Leg):
    """A leg from the service."""

    via: Via = "service"

    def __init__(self, service: Service, timeouts: Timeouts, url: str, settings: Settings, stop: Stop) -> None:
        self._service = service
        self._timeouts = timeouts
        self._url = url
        self._settings = settings
        self._stop = stop
        self._exchange = Exchange()
        self._events = Exchange()
        self._first: Optional[bytes] = None
        stop.add(self.abort)

    def begin(self, deadline: float, is_excused: IsExcused = never_excused) -> None:
        exchange, settings = self._exchange, self._settings
        patience = self._timeouts.first_audio + settings.start_at * SKIPPED_SECOND
        deadline = min(deadline, time.monotonic() + patience)
        try:
            body = settings.body(self._url)
            response = self._service.open(exchange, "transcode", "", deadline, method="POST", body=body)
            if response.status != 200:
                raise error_of(response, self._error_body())
            self.id = transcode_id(response, settings)
            if not exchange.has_proper_end():
                raise not_the_service()
            try:
                self._first = exchange.read(deadline, CHUNK_BYTES, is_excused)
            except UNANSWERED as error:
                raise unreachable(error) from error
        except FfmpegFunctionsError as error:
            if isinstance(error.__cause__, Late):
                details = {"part": "service", "reason": "silent", "limit_seconds": patience}
                raise FfmpegFunctionsError("TIMEOUT", "the service sent no audio in time", details) from None
            raise
        if not self._first and settings.start_at == 0:
            # Only a request that starts after the end of its source may have no audio.
            raise not_the_service()

    def _error_body(self) -> str:
        text = b""
        # The part that was read may be enough.
        with contextlib.suppress(*UNANSWERED):
            for chunk in text_parts(self._exchange, time.monotonic() + _ERROR_BODY_SECONDS):
                text += chunk
        return text.decode("utf-8", "replace")

    def read(self, deadline: float, is_excused: IsExcused) -> bytes:
        first, self._first = self._first, None
        return self._exchange.read(deadline, CHUNK_BYTES, is_excused) if first is None else first

    def set_filters(self, patch: Filters) -> FilterChange:
        assert self.id is not None
        return change_filters(self._service, self.id, patch, self._stop)

    def follow(self, report: Callable[[FilterChange], None]) -> None:
        thread = threading.Thread(target=self._follow, args=(report,), name="ffmpeg-functions events", daemon=True)
        thread.start()

    def _follow(self, report: Callable[[FilterChange], None]) -> None:
        try:
            for event, data in server_events(self._service, self._events, path_below("transcodes", "events", self.id or "")):
                if event == "filters":
                    report(change_of(data))
        except (FfmpegFunctionsError, *UNANSWERED):
            # The leg has ended, or the service has no events.
            pass
        finally:
            self._events.close()

    def was_stopped(self) -> bool:
        return was_cancelled(self._service, self.id or "", timeout=self._timeouts.probe, stop=self._stop)

    def abort(self) -> None:
        self._events.abort()
        self._exchange.abort()

    def close(self) -> None:
        self._stop.remove(self.abort)
        self._events.abort()
        self._exchange.close()
