"""Which of the changes that a leg reports are new."""

from __future__ import annotations

import collections
from enum import Enum, auto
from typing import Deque, List

from ..settings.filters import FilterChange

_REPORTS_REMEMBERED = 64


class Report(Enum):
    """What a reported change is."""

    KNOWN = auto()
    """This client has made it, and has the answer."""
    LATEST = auto()
    EARLIER = auto()
    """It came before a change of this client whose answer is known, and includes it."""


class ChangeOrder:
    """The changes of one leg. The answer to a change and its report may come in either order; reports are in order."""

    def __init__(self) -> None:
        self._answered: List[FilterChange] = []
        """Changes that this client has made and that have not been reported."""
        self._reported: Deque[FilterChange] = collections.deque(maxlen=_REPORTS_REMEMBERED)

    def answered(self, change: FilterChange) -> bool:
        """Whether the answer to this client's change is new: if not, later changes are known, too."""
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
