"""The position of the output of a running ffmpeg."""

from __future__ import annotations

import time
from typing import Optional, Tuple


class OutputClock:
    """Estimates the output position of a paced stream between ffmpeg's reports, which come twice a second."""

    def __init__(self, lead: float) -> None:
        self._lead = lead
        self._last: Optional[Tuple[float, float]] = None
        self._pace = 1.0

    def read(self, seconds: float) -> None:
        """Takes the position that ffmpeg reports."""
        now = time.monotonic()
        if self._last is not None and self._last[1] > 0 and now > self._last[0]:
            self._pace = min(1.0, (seconds - self._last[1]) / (now - self._last[0]))
        self._last = (now, seconds)

    def reported(self) -> float:
        """Returns the last position that ffmpeg reported; 0 before the first output."""
        return 0.0 if self._last is None else self._last[1]

    def now(self) -> float:
        """Returns the estimated position in seconds of output."""
        if self._last is None:
            return 0.0
        at, seconds = self._last
        # Before its first report, ffmpeg has produced the lead, which is output at once.
        return (seconds if seconds > 0 else self._lead) + min(time.monotonic() - at, 1.0) * self._pace
