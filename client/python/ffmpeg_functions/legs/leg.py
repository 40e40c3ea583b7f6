"""What a leg is, whichever encoder makes it."""

from __future__ import annotations

from typing import Callable, Optional

from ..events import Via
from ..settings.filters import FilterChange, Filters
from ..settings.settings import Settings
from ..stop import Stop
from ..timed_read import IsExcused, never_excused


class Leg:
    """One encoder's stretch of a stream. Its reads end with b"" when the audio is complete."""

    via: Via
    id: Optional[str] = None

    def begin(self, deadline: float, is_excused: IsExcused = never_excused) -> None:
        """Waits for its first audio up to a deadline, and after it while excused. Called once, first."""
        raise NotImplementedError

    def read(self, deadline: float, is_excused: IsExcused) -> bytes:
        """Raises Late when nothing comes in time and that is not excused; another error when it is cut."""
        raise NotImplementedError

    def set_filters(self, patch: Filters) -> FilterChange:
        """The sample is one of the leg's output."""
        raise NotImplementedError

    def follow(self, report: Callable[[FilterChange], None]) -> None:
        """Reports changes, whichever client made them, from a thread that ends with the leg."""

    def was_stopped(self) -> bool:
        """Whether a request has stopped this leg, which was cut. Never raises, and takes little time."""
        return False

    def abort(self) -> None:
        """Cuts it, from any thread."""
        raise NotImplementedError

    def close(self) -> None:
        """Frees all it has."""
        raise NotImplementedError


NewLeg = Callable[[str, Settings, Stop], Leg]
"""Makes a leg that has not begun; stopping aborts it."""
