"""The interface of a leg."""

from __future__ import annotations

from typing import Callable, Optional

from ..events import Via
from ..settings.filters import FilterChange, Filters
from ..settings.settings import Settings
from ..stop import Stop
from ..timed_read import IsExcused, never_excused


class Leg:
    """One encoder's part of a stream. Its reads return b"" when the audio is complete."""

    via: Via
    id: Optional[str] = None

    def begin(self, deadline: float, is_excused: IsExcused = never_excused) -> None:
        """Waits for the first audio until a deadline, and beyond while excused. Called once, first."""
        raise NotImplementedError

    def read(self, deadline: float, is_excused: IsExcused) -> bytes:
        """Raises Late if nothing arrives in time and that is not excused; another error if it is cut."""
        raise NotImplementedError

    def set_filters(self, patch: Filters) -> FilterChange:
        """Changes the filters. The sample in the result counts from the start of the leg."""
        raise NotImplementedError

    def follow(self, report: Callable[[FilterChange], None]) -> None:
        """Reports changes by any client, from a thread that ends with the leg."""

    def was_stopped(self) -> bool:
        """Whether a leg that was cut had been stopped by a request. Never raises; takes a bounded time."""
        return False

    def abort(self) -> None:
        """Cuts the leg, from any thread."""
        raise NotImplementedError

    def close(self) -> None:
        """Frees all resources."""
        raise NotImplementedError


NewLeg = Callable[[str, Settings, Stop], Leg]
"""Creates a leg that has not started; stopping aborts it."""
