"""Chooses and starts the next leg of a track."""

from __future__ import annotations

import contextlib
import time
from typing import List, Optional

from ..events import Via
from ..legs.failures import is_final
from ..legs.leg import Leg
from ..options import Timeouts
from ..service.breaker import ServiceBreaker
from ..stop import Stop, Stopped
from ..timed_read import IsExcused
from .candidates import Candidates
from .current_leg import CurrentLeg
from .filter_changes import FilterChanges
from .leg_failures import LegFailures
from .patience import Patience
from .place import Place
from .resume_plan import Plan
from .rivals import Rivals

_BACKOFF = 0.25
_BEGUN_ANEW = 2
"""How often a leg is restarted because the filters have changed in the meantime."""


class LegChoice:
    """Tries the service, then the local ffmpeg, and both again until the time limit."""

    def __init__(
        self,
        *,
        candidates: Candidates,
        failures: LegFailures,
        rivals: Rivals,
        patience: Patience,
        place: Place,
        current: CurrentLeg,
        changes: FilterChanges,
        breaker: ServiceBreaker,
        timeouts: Timeouts,
        stop: Stop,
    ) -> None:
        self._candidates = candidates
        self._failures = failures
        self._rivals = rivals
        self._patience = patience
        self._place = place
        self._current = current
        self._changes = changes
        self._breaker = breaker
        self._timeouts = timeouts
        self._stop = stop

    def next(self, tried: List[Via], reader_has_audio: IsExcused) -> Optional[Leg]:
        """Returns a leg that has audio; None when the whole request is complete.

        Raises the error that explains most when there is no progress for too long.
        """
        while True:
            rival = self._take_rival()
            if rival is not None:
                return rival
            via = self._candidates.next_usable(tried)
            if via is None:
                left = self._patience.give_up_at() - time.monotonic()
                if left <= 0 or self._failures.are_hopeless(tried):
                    raise self._failures.no_progress()
                self._stop.wait(min(_BACKOFF, left))
                tried.clear()
                continue
            self._stop.check()
            tried.append(via)
            try:
                return self._open(via, reader_has_audio)
            except Stopped:
                raise
            except Exception as error:
                self._stop.check()
                self._fail(via, error)

    def _fail(self, via: Via, error: Exception) -> None:
        """Records a failure. Raises it if every leg would fail."""
        earlier = self._failures.last(via)
        failure = self._failures.add(via, error, opening=True)
        if earlier is not None and failure.code == "TIMEOUT" and time.monotonic() >= self._patience.give_up_at():
            # It just had no time left: the earlier error explains more.
            self._failures.restore(via, earlier)
        if not self._place.has_begun and is_final(failure):
            raise failure from failure.__cause__

    def _open(self, via: Via, reader_has_audio: IsExcused) -> Optional[Leg]:
        """Starts a leg with the filters then in force; returns None when the whole request is complete."""
        begun = 0
        try:
            while True:
                plan = self._place.plan()
                if plan is None:
                    return None
                with contextlib.ExitStack() as unless_adopted:
                    leg = self._candidates.new_leg(via, plan.settings)
                    unless_adopted.callback(leg.close)
                    self._begin(leg, reader_has_audio)
                    if self._adopt(leg, plan):
                        unless_adopted.pop_all()
                        return leg
                # The filters have changed while it started.
                begun += 1
                self._current.set_firm(begun >= _BEGUN_ANEW)
        finally:
            self._current.set_firm(False)

    def _begin(self, leg: Leg, reader_has_audio: IsExcused) -> None:
        if leg.via == "service":
            leg.begin(self._patience.give_up_at())
            return
        silent_at = time.monotonic() + self._timeouts.silence + self._place.skipping()
        leg.begin(*self._rivals.unless_outdone(silent_at, self._patience.give_up_at(), reader_has_audio))
        self._rivals.end()

    def _take_rival(self) -> Optional[Leg]:
        """Returns the rival that has audio, if it still has the filters in force."""
        rival = self._rivals.begun()
        if rival is not None and self._adopt(rival.leg, rival.plan):
            self._rivals.release()
            return rival.leg
        self._rivals.end()
        return None

    def _adopt(self, leg: Leg, plan: Plan) -> bool:
        if not self._current.adopt(leg, plan):
            return False
        if leg.via == "service":
            self._breaker.succeeded()
        if plan.settings.adjustable:
            leg.follow(lambda change: self._changes.reported(leg, change))
        return True
