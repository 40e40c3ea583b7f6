"""The failures of a track's legs."""

from __future__ import annotations

from typing import Dict, List, Optional

from ..errors import FfmpegFunctionsError
from ..events import BrokenEvent, OnEvent, Via
from ..legs.failures import is_about_source, is_final
from ..service.breaker import ServiceBreaker
from .candidates import ORDER, Candidates
from .place import Place


class LegFailures:
    """The last failures of the service and of the local ffmpeg."""

    def __init__(self, candidates: Candidates, place: Place, breaker: ServiceBreaker, on_event: OnEvent) -> None:
        self._candidates = candidates
        self._place = place
        self._breaker = breaker
        self._on_event = on_event
        self._last: Dict[Via, FfmpegFunctionsError] = {}

    def last(self, via: Via) -> Optional[FfmpegFunctionsError]:
        return self._last.get(via)

    def restore(self, via: Via, failure: FfmpegFunctionsError) -> None:
        """Restores an earlier failure, which explains more than the last."""
        self._last[via] = failure

    def add(
        self,
        via: Via,
        error: Exception,
        *,
        opening: bool,
        service_is_well: bool = False,
        is_rival: bool = False,
    ) -> FfmpegFunctionsError:
        """Records and reports a failure. That of a rival tells more about the source than about the service."""
        if isinstance(error, FfmpegFunctionsError):
            failure = error
        else:
            failure = FfmpegFunctionsError("UNAVAILABLE", f"the {via} could not start", {"part": via})
            failure.__cause__ = error
        self._last[via] = failure
        if via == "service" and not service_is_well and not is_rival:
            self._breaker.failed(failure)
        self._on_event(BrokenEvent(via, opening, failure, self._place.position(), service_is_well))
        return failure

    def are_hopeless(self, tried: List[Via]) -> bool:
        """Whether a retry is hopeless for all candidates, including those that are not tried now."""
        last = self._last
        if not self._place.has_begun and any(via in last and is_about_source(last[via]) for via in tried):
            # A track that cannot start is not retried.
            return True
        return all(via in last and not last[via].recoverable for via in self._candidates.all())

    def no_progress(self) -> FfmpegFunctionsError:
        """Returns the error that explains most about the source."""
        known = [self._last[via] for via in ORDER if via in self._last]
        final = next((error for error in known if is_final(error)), None)
        last = final or (known[-1] if known else FfmpegFunctionsError("UNAVAILABLE", None, {"part": "service"}))
        if last.code != "UNAVAILABLE" or last.recoverable or all(not error.recoverable for error in known):
            return last
        later = FfmpegFunctionsError(last.code, last.message, last.details, True)
        later.__cause__ = last.__cause__
        return later
