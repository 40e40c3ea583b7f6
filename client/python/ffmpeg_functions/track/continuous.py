"""A track that continues, from the service or the local ffmpeg, when a leg fails."""

from __future__ import annotations

from typing import Callable, Generator, Iterator, List, Mapping, Optional

from ..errors import FfmpegFunctionsError
from ..events import LegEvent, OnEvent, Via
from ..legs.failures import stopped_elsewhere, truncated, was_cut
from ..legs.leg import Leg, NewLeg
from ..options import Timeouts
from ..service.breaker import ServiceBreaker
from ..settings.filters import FilterChange, Filters, FiltersInForce
from ..settings.settings import Settings
from ..stop import Stop, Stopped
from ..timed_read import IsExcused
from .candidates import Candidates
from .current_leg import CurrentLeg
from .filter_changes import FilterChanges
from .leg_choice import LegChoice
from .leg_failures import LegFailures
from .leg_reader import LegReader
from .patience import Patience
from .place import Piece, Place
from .real_time import RealTime
from .rivals import Rivals

_ENOUGH_SECONDS = 1.0
"""Audio that a leg has to produce to count as working, seconds."""


class Continuous:
    """Plays one leg after the other as one stream, each from where the previous one stopped."""

    def __init__(
        self,
        url: str,
        settings: Settings,
        *,
        legs: Mapping[Via, NewLeg],
        breaker: ServiceBreaker,
        timeouts: Timeouts,
        stop: Stop,
        on_event: OnEvent,
        on_working: Callable[[], None],
        real_time: RealTime,
        serial: int,
    ) -> None:
        self._breaker = breaker
        self._stop = stop
        self._on_event = on_event
        self._on_working = on_working
        self._place = place = Place(settings, serial=serial, real_time=real_time)
        self._current = current = CurrentLeg(place)
        self.changes = changes = FilterChanges(place, current)
        self._patience = patience = Patience(timeouts.give_up, place)
        candidates = Candidates(url, legs, breaker, stop)
        self._failures = failures = LegFailures(candidates, place, breaker, on_event)
        self._rivals = rivals = Rivals(
            candidates=candidates, failures=failures, place=place, timeouts=timeouts, stop=stop
        )
        self._choice = LegChoice(
            candidates=candidates,
            failures=failures,
            rivals=rivals,
            patience=patience,
            place=place,
            current=current,
            changes=changes,
            breaker=breaker,
            timeouts=timeouts,
            stop=stop,
        )
        self._reader = LegReader(
            place=place, current=current, patience=patience, rivals=rivals, timeouts=timeouts, real_time=real_time
        )

    def filters(self) -> FiltersInForce:
        return self._place.settings.filters

    def leg(self) -> Optional[Leg]:
        playing = self._current.playing
        return None if playing is None else playing.leg

    def via(self) -> Via:
        """Where the audio comes from now, or came from last."""
        return self._current.via

    def set_filters(self, patch: Filters) -> FilterChange:
        """Changes the filters. Raises CONFLICT after the end of the track."""
        return self.changes.set_filters(patch)

    def take_filters(self, patch: Filters) -> FilterChange:
        """Keeps a change for what follows."""
        return self._place.take_filters(patch)

    def finish(self) -> Piece:
        """Returns the bytes that close the stream at its current end."""
        return self._place.finish()

    def pieces(self, reader_has_audio: IsExcused) -> Generator[Piece, None, None]:
        """Yields the audio. Raises an error when no candidate makes progress."""
        tried: List[Via] = []
        try:
            while not self._place.is_complete:
                leg = self._choice.next(tried, reader_has_audio)
                if leg is None:
                    break
                before = self._place.given_samples()
                try:
                    self._on_event(LegEvent(leg.via, leg.id, before > 0, self._place.position()))
                    yield from self._working(self._reader.pieces(leg, reader_has_audio), before)
                    if not self._place.is_whole:
                        raise truncated(leg.via)
                    break
                except Stopped:
                    raise
                except Exception as error:
                    self._stop.check()
                    if self._current.renewed is leg:
                        tried.clear()
                    else:
                        self._broke(leg, error, before, tried)
                finally:
                    self._current.leave()
                    leg.close()
            yield self.finish()
        finally:
            self._rivals.end()
            self._current.end()

    def _seconds_since(self, sample: int) -> float:
        return (self._place.given_samples() - sample) / self._place.settings.sample_rate

    def _working(self, pieces: Iterator[Piece], before: int) -> Generator[Piece, None, None]:
        """Yields the pieces of a leg, and reports once it has produced enough to count as working."""
        for piece in pieces:
            yield piece
            if self._seconds_since(before) >= _ENOUGH_SECONDS:
                self._on_working()

    def _broke(self, leg: Leg, error: Exception, before: int, tried: List[Via]) -> None:
        """Decides which candidates to try next. Raises CONFLICT if a request has stopped the leg."""
        seconds = self._seconds_since(before)
        worked = seconds >= _ENOUGH_SECONDS
        is_slow = isinstance(error, FfmpegFunctionsError) and error.code == "TIMEOUT"
        was_stopped = not is_slow and leg.was_stopped()
        self._stop.check()
        if was_stopped:
            raise stopped_elsewhere() from None
        is_well = leg.via == "service" and worked and not is_slow and self._breaker.is_there()
        self._stop.check()
        self._failures.add(leg.via, was_cut(leg.via, seconds, error), opening=False, service_is_well=is_well)
        if worked:
            tried[:] = [leg.via] if is_slow else []
            self._patience.progressed()
