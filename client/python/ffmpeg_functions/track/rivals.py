"""Starts other legs while the local ffmpeg is silent."""

from __future__ import annotations

import concurrent.futures
import threading
import time
from typing import Callable, Optional, Tuple

from ..events import Via
from ..legs.leg import Leg
from ..options import Timeouts
from ..stop import Stop
from ..timed_read import IsExcused
from .candidates import Candidates
from .leg_failures import LegFailures
from .place import Place
from .resume_plan import Plan


class Rival:
    """A leg that starts in its own thread while the local ffmpeg is silent: the first leg with audio continues."""

    def __init__(self, leg: Leg, plan: Plan, begin: Callable[[], bool]) -> None:
        self.leg = leg
        self.plan = plan
        self.outcome: concurrent.futures.Future[bool] = concurrent.futures.Future()
        """Whether it has started; False if its candidate was not usable."""
        threading.Thread(target=self._run, args=(begin,), name="ffmpeg-functions rival", daemon=True).start()

    def has_begun(self) -> bool:
        return self.outcome.done() and self.outcome.exception() is None and self.outcome.result()

    def end(self) -> None:
        """Does not wait for the thread, since the caller has audio to read: whichever ends later closes the leg."""
        self.leg.abort()
        self.outcome.add_done_callback(lambda _: self.leg.close())

    def _run(self, begin: Callable[[], bool]) -> None:
        try:
            has_begun = begin()
        except Exception as error:
            self.outcome.set_exception(error)
        else:
            self.outcome.set_result(has_begun)


class Rivals:
    """The rivals of a track's legs, one at a time. Only the reading thread uses it."""

    def __init__(
        self, *, candidates: Candidates, failures: LegFailures, place: Place, timeouts: Timeouts, stop: Stop
    ) -> None:
        self._candidates = candidates
        self._failures = failures
        self._place = place
        self._timeouts = timeouts
        self._stop = stop
        self._rival: Optional[Rival] = None

    def unless_outdone(
        self, silent_at: float, give_up_at: float, reader_has_audio: IsExcused
    ) -> Tuple[float, IsExcused]:
        """Returns a deadline for the local ffmpeg, and the excuse for exceeding it, up to `give_up_at`.

        Once it counts as silent, rivals start one after the other: the service, then another local ffmpeg, and so on.
        The excuse ends when a rival has audio first.
        """
        next_via: Via = "service"
        begin_at = 0.0

        def is_excused() -> bool:
            nonlocal next_via, begin_at
            self._stop.check()
            if reader_has_audio():
                return True
            rival, now = self._rival, time.monotonic()
            if now >= give_up_at or rival is not None and rival.has_begun():
                return False
            if rival is None and now >= begin_at:
                begin_at = now + self._timeouts.silence
                self._rival = self._begin(next_via, give_up_at)
            elif rival is not None and rival.outcome.done():
                self.end()
                if rival.leg.via == "service":
                    next_via, begin_at = "fallback", now
                else:
                    next_via, begin_at = "service", now + self._timeouts.silence
                error = rival.outcome.exception()
                if isinstance(error, Exception):
                    self._failures.add(rival.leg.via, error, opening=True, is_rival=True)
            return True

        return min(silent_at, give_up_at), is_excused

    def _begin(self, via: Via, give_up_at: float) -> Optional[Rival]:
        """Returns None if nothing is left to play or the leg cannot be created."""
        plan = self._place.plan()
        if plan is None:
            return None
        failure = self._failures.last("service")
        if "service" not in self._candidates.all() or failure is not None and not failure.recoverable:
            via = "fallback"
        try:
            leg = self._candidates.new_leg(via, plan.settings)
        except Exception as error:
            self._failures.add(via, error, opening=True, is_rival=True)
            return None
        patience = self._timeouts.first_audio + self._place.skipping()

        def begin() -> bool:
            if not self._candidates.is_usable(via):
                return False
            leg.begin(min(give_up_at, time.monotonic() + patience))
            return True

        return Rival(leg, plan, begin)

    def begun(self) -> Optional[Rival]:
        rival = self._rival
        return rival if rival is not None and rival.has_begun() else None

    def release(self) -> None:
        """Releases the rival whose leg has become the current one."""
        self._rival = None

    def end(self) -> None:
        rival, self._rival = self._rival, None
        if rival is not None:
            rival.end()
