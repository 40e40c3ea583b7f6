"""How far the output of a running ffmpeg has come."""

from __future__ import annotations

import time
from typing import Optional, Tuple


class OutputClock:
    """Estimates the place of a paced stream's output: ffmpeg reports it twice a second, time fills the gaps."""

    def __init__(self, lead: float) -> None:
        self._lead = lead
        self._last: Optional[Tuple[float, float]] = None
        self._pace = 1.0

    def read(self, seconds: float) -> None:
        """Takes the place that ffmpeg reports."""
        now = time.monotonic()
        if self._last is not None and self._last[1] > 0 and now > self._last[0]:
            self._pace = min(1.0, (seconds - self._last[1]) / (now - self._last[0]))
        self._last = (now, seconds)

    def reported(self) -> float:
        """Returns the last place that ffmpeg reported; 0 when it has made nothing."""
        return 0.0 if self._last is None else self._last[1]

    def now(self) -> float:
        """Returns the estimate in seconds of output."""
        if self._last is None:
            return 0.0
        at, seconds = self._last
        # Before its first report ffmpeg has made the lead, which comes at once.
        return (seconds if seconds > 0 else self._lead) + min(time.monotonic() - at, 1.0) * self._pace
