"""Where the legs of a track may come from."""

from __future__ import annotations

from typing import List, Mapping, Optional, Tuple

from ..events import Via
from ..legs.leg import Leg, NewLeg
from ..service.breaker import ServiceBreaker
from ..settings.settings import Settings
from ..stop import Stop

ORDER: Tuple[Via, ...] = ("service", "fallback")


class Candidates:
    """Those of the service and the local ffmpeg that can play this source."""

    def __init__(self, url: str, legs: Mapping[Via, NewLeg], breaker: ServiceBreaker, stop: Stop) -> None:
        self._url = url
        self._legs = legs
        self._breaker = breaker
        self._stop = stop

    def all(self) -> List[Via]:
        return list(self._legs)

    def next_usable(self, tried: List[Via]) -> Optional[Via]:
        return next((via for via in ORDER if via not in tried and self.is_usable(via)), None)

    def is_usable(self, via: Via) -> bool:
        return via in self._legs and (via != "service" or self._breaker.is_usable())

    def new_leg(self, via: Via, settings: Settings) -> Leg:
        return self._legs[via](self._url, settings, self._stop)
