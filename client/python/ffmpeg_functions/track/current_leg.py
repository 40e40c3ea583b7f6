"""The current leg of a track."""

from __future__ import annotations

import threading
from typing import NamedTuple, Optional

from ..events import Via
from ..legs.leg import Leg
from .change_order import ChangeOrder
from .place import Place
from .resume_plan import Plan


class Playing(NamedTuple):
    """A leg, the sample of the whole stream at which it started, and the order of the changes since."""

    leg: Leg
    at_sample: int
    order: ChangeOrder


class CurrentLeg:
    """The current leg, if any, and its state for filter changes. Protected by the lock of the place."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.changed = threading.Condition(place.lock)
        self.playing: Optional[Playing] = None
        self.renewed: Optional[Leg] = None
        """The leg that another is to replace."""
        self.is_firm = False
        """Legs were restarted often enough: a change waits until a leg has started."""
        self.has_ended = False
        self.via: Via = "service"
        """Where the last leg came from."""

    def adopt(self, leg: Leg, plan: Plan) -> bool:
        """Makes a started leg the current one. Returns False if the filters have changed since its plan."""
        with self._place.lock:
            if plan.settings.filters is not self._place.settings.filters:
                return False
            self._place.restart(plan)
            self.playing = Playing(leg, self._place.sample_of(plan.at_unit), ChangeOrder())
            self.via = leg.via
            return True

    def plays(self, leg: Leg) -> bool:
        return self.playing is not None and self.playing.leg is leg

    def renew(self, playing: Playing) -> None:
        """Replaces the leg with another that has the latest filters."""
        self.renewed = playing.leg
        self.playing = None
        playing.leg.abort()

    def leave(self) -> None:
        with self._place.lock:
            self.playing = None

    def end(self) -> None:
        with self._place.lock:
            self.has_ended = True

    def set_firm(self, is_firm: bool) -> None:
        with self.changed:
            self.is_firm = is_firm
            if not is_firm:
                self.changed.notify_all()
