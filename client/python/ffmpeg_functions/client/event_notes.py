"""Counts and logs the events of a client's streams."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import Any, Mapping

from ..errors import FfmpegFunctionsError
from ..events import BrokenEvent, Counters, Event, LegEvent, SkippedEvent, TrackEvent
from ..legs.failures import is_final
from ..redaction import redacted
from .failure_log import FailureLog


class EventNotes:
    """The counters and the log of a client."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._counters = Counters()

    def counters(self) -> Counters:
        with self._lock:
            return replace(self._counters)

    def begin_stream(self, source: str) -> StreamNotes:
        """`source` is empty for a playlist, whose tracks name theirs."""
        with self._lock:
            self._counters.streams += 1
        return StreamNotes(self, self._log, source)

    def count(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, BrokenEvent):
                self._counters.failures += 1
            elif isinstance(event, LegEvent):
                self._counters.resumes += event.resumed
                self._counters.fallbacks += event.via == "fallback"

    def service_changed(self, is_usable: bool) -> None:
        if is_usable:
            self._log.info("the service is available again")
        else:
            self._log.warning("the service is unavailable")


class StreamNotes:
    """Counts and logs the events of one stream."""

    def __init__(self, notes: EventNotes, log: logging.Logger, source: str) -> None:
        self._notes = notes
        self._log = log
        self._failures = FailureLog(log)
        self._about = _loggable(source)

    def note(self, event: Event) -> None:
        self._notes.count(event)
        if isinstance(event, TrackEvent):
            self.over()
            self._about = f"track {event.index} ({_loggable(_source_of(event.item))})"
        elif isinstance(event, SkippedEvent):
            self.over()
            self._log.warning("%s was skipped: %s", self._about, event.error)
        elif isinstance(event, BrokenEvent):
            self._broke(event)
        elif event.via == "fallback":
            line = f"falling back to the local ffmpeg at {event.position_seconds:.3f} s of {self._about}"
            self._failures.warn("fallback", line)

    def over(self) -> None:
        """A leg has produced enough audio, or the stream has ended: its failures are over."""
        self._failures.over()

    def listener_failed(self) -> None:
        """Must be called while its exception is being handled."""
        self._log.exception("on_event failed")

    def _broke(self, event: BrokenEvent) -> None:
        at = f"at {event.position_seconds:.3f} s of {self._about}: {event.error}"
        if event.service_is_well:
            self._log.info("the service cut a stream, which continues, %s", at)
        elif is_final(event.error):
            # The caller gets the error, or the playlist skips the track.
            self._log.info("the %s cannot play the source %s", event.via, at)
        else:
            self._failures.warn(_cause_of(event.via, event.error), f"the {event.via} failed {at}")


def _cause_of(via: str, error: FfmpegFunctionsError) -> str:
    """Messages differ in numbers, such as positions."""
    return f"{via} {error.code} {error.details.get('part')} {error.details.get('reason')}"


def _source_of(item: Any) -> str:
    """Returns the URL of an item, which is not validated yet."""
    return str(item.get("source_url") if isinstance(item, Mapping) else item)


def _loggable(source: str) -> str:
    """Returns a source without secrets, on one line, with characters that any log can encode."""
    return " ".join(redacted(source).split()).encode("utf-8", "replace").decode()
