"""Decides which of the changes that a leg reports are new."""

from __future__ import annotations

import collections
from enum import Enum, auto
from typing import Deque, List

from ..settings.filters import FilterChange

_REPORTS_REMEMBERED = 64


class Report(Enum):
    """The kind of a reported change."""

    KNOWN = auto()
    """This client made it and has the response."""
    LATEST = auto()
    EARLIER = auto()
    """It precedes a change by this client whose response is known and includes it."""


class ChangeOrder:
    """The changes of one leg. The response to a change and its report arrive in any order; reports arrive in order."""

    def __init__(self) -> None:
        self._answered: List[FilterChange] = []
        """Changes by this client that have not been reported yet."""
        self._reported: Deque[FilterChange] = collections.deque(maxlen=_REPORTS_REMEMBERED)

    def answered(self, change: FilterChange) -> bool:
        """Whether the response to this client's change is new. If not, later changes may be known already."""
        if change in self._reported:
            return False
        self._answered.append(change)
        return True

    def reported(self, change: FilterChange) -> Report:
        self._reported.append(change)
        if change in self._answered:
            del self._answered[: self._answered.index(change) + 1]
            return Report.KNOWN
        return Report.EARLIER if self._answered else Report.LATEST
