"""Reads a leg in whole units and detects when it is silent or slow."""

from __future__ import annotations

import errno
import time
from typing import Iterator, Tuple

from ..legs.failures import too_slow
from ..legs.leg import Leg
from ..options import Timeouts
from ..timed_read import IsExcused, Late
from .current_leg import CurrentLeg
from .patience import Patience
from .place import Piece, Place
from .real_time import Pace, RealTime
from .rivals import Rivals


class LegReader:
    """Reads the legs of a track."""

    def __init__(
        self,
        *,
        place: Place,
        current: CurrentLeg,
        patience: Patience,
        rivals: Rivals,
        timeouts: Timeouts,
        real_time: RealTime,
    ) -> None:
        self._place = place
        self._current = current
        self._patience = patience
        self._rivals = rivals
        self._timeouts = timeouts
        self._real_time = real_time

    def pieces(self, leg: Leg, reader_has_audio: IsExcused) -> Iterator[Piece]:
        """Yields the audio of a leg. Raises TIMEOUT when it is silent or slow while the reader waits.

        The local ffmpeg is the last resort and may be silent for longer, unless a rival has audio first.
        """
        settings = self._place.settings
        pace = Pace(settings.lead if settings.live else 0.0)
        is_service = leg.via == "service"
        waiting_since = time.monotonic()
        has_given = False
        while True:
            deadline, is_excused = self._limit(is_service, waiting_since, has_given, reader_has_audio)
            try:
                chunk = leg.read(max(deadline, time.monotonic() + 0.001), is_excused)
            except Late:
                raise too_slow(leg.via, "silent") from None
            self._rivals.end()
            if not chunk:
                return
            with self._place.lock:
                if not self._current.plays(leg):
                    raise ConnectionAbortedError(errno.ECONNABORTED, "the leg was replaced after a change of filters")
                piece, audio = self._place.push(chunk)
            if not piece.data:
                continue
            has_given = True
            self._real_time.gave(audio)
            handed_at = time.monotonic()
            pace.record(handed_at - waiting_since, audio)
            yield piece
            self._patience.paused(time.monotonic() - handed_at)
            if is_service and pace.behind > self._timeouts.behind:
                raise too_slow(leg.via, "slow")
            waiting_since = time.monotonic()

    def _limit(
        self, is_service: bool, waiting_since: float, has_given: bool, reader_has_audio: IsExcused
    ) -> Tuple[float, IsExcused]:
        """Returns the deadline of the next read, and the excuse for exceeding it."""
        timeouts = self._timeouts
        latest = waiting_since + (timeouts.silence if is_service else timeouts.give_up)
        if not has_given:
            # Legs without audio share one time limit.
            latest = min(latest, self._patience.give_up_at())
        if is_service:
            return latest, reader_has_audio
        silent_at = waiting_since + timeouts.silence + (0 if has_given else self._place.skipping())
        return self._rivals.unless_outdone(silent_at, latest, reader_has_audio)
