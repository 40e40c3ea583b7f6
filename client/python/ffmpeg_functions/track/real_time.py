"""How far audio is ahead of real time, and whether it arrives fast enough."""

from __future__ import annotations

import time
from typing import Optional


class RealTime:
    """Measures how far the output is ahead of the time since its first audio."""

    def __init__(self) -> None:
        self._given = 0.0
        self._began: Optional[float] = None

    def gave(self, seconds: float) -> None:
        if self._began is None:
            self._began = time.monotonic()
        self._given += seconds

    def ahead(self) -> float:
        return 0.0 if self._began is None else self._given - (time.monotonic() - self._began)


class Pace:
    """Measures whether audio arrives fast enough for its reader. Early audio, up to a reserve, offsets a later wait."""

    def __init__(self, reserve: float) -> None:
        self._reserve = reserve
        self.behind = -reserve

    def record(self, waited: float, audio: float) -> None:
        self.behind = max(-self._reserve, self.behind + waited - audio)
