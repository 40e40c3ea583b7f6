"""Counts and logs the events of a client's streams."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

from ..events import BrokenEvent, Counters, Event, LegEvent


class EventNotes:
    """The counters and the log of a client."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._counters = Counters()

    def counters(self) -> Counters:
        with self._lock:
            return replace(self._counters)

    def began_stream(self) -> None:
        with self._lock:
            self._counters.streams += 1

    def note(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, BrokenEvent):
                self._counters.failures += 1
            elif isinstance(event, LegEvent):
                self._counters.resumes += event.resumed
                self._counters.fallbacks += event.via == "fallback"
        if isinstance(event, BrokenEvent):
            level = logging.INFO if event.service_is_well else logging.WARNING
            self._log.log(level, "the %s failed at %.3f s: %s", event.via, event.position_seconds, event.error)
        elif isinstance(event, LegEvent) and event.via == "fallback":
            self._log.warning("falling back to the local ffmpeg at %.3f s", event.position_seconds)

    def service_changed(self, is_usable: bool) -> None:
        self._log.warning("the service is %s", "available again" if is_usable else "unavailable")

    def listener_failed(self) -> None:
        """Must be called while its exception is being handled."""
        self._log.exception("on_event failed")
