"""The time limit for a track without progress."""

from __future__ import annotations

import time

from .place import Place


class Patience:
    """The time limit grows with the position in the source, since every encoder needs longer to get there."""

    def __init__(self, give_up: float, place: Place) -> None:
        self._give_up = give_up
        self._place = place
        self._since = time.monotonic()

    def give_up_at(self) -> float:
        return self._since + self._give_up + self._place.skipping()

    def progressed(self) -> None:
        self._since = time.monotonic()

    def paused(self, seconds: float) -> None:
        """Excludes time that the reader took."""
        self._since += seconds
