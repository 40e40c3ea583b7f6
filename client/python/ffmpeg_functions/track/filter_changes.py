"""Changes the filters of a track, whichever leg is current."""

from __future__ import annotations

from typing import Optional, cast

from ..errors import FfmpegFunctionsError, has_ended
from ..legs.leg import Leg
from ..settings.filters import FilterChange, Filters, FiltersInForce, merge
from .change_order import Report
from .current_leg import CurrentLeg, Playing
from .idle_speed import needs_stretcher
from .place import Place


class WaitingChange:
    """Waiting changes, merged into one, and their outcome."""

    def __init__(self) -> None:
        self.patch: Filters = {}
        self.is_done = False
        self.change: Optional[FilterChange] = None
        self.error = FfmpegFunctionsError("INTERNAL_ERROR")

    def outcome(self) -> FilterChange:
        if self.change is None:
            raise self.error
        return self.change


class FilterChanges:
    """Applies changes one at a time, so that the last request wins; waiting changes are applied together."""

    def __init__(self, place: Place, current: CurrentLeg) -> None:
        self._place = place
        self._current = current
        self._changed = current.changed
        self.waiting: Optional[WaitingChange] = None
        self._is_changing = False

    def set_filters(self, patch: Filters) -> FilterChange:
        """Raises CONFLICT after the end of the track."""
        with self._changed:
            if self.waiting is None:
                self.waiting = WaitingChange()
            wanted = self.waiting
            wanted.patch = cast(Filters, merge(cast(FiltersInForce, wanted.patch), patch))
            self._changed.wait_for(lambda: not self._is_changing or wanted.is_done)
            if wanted.is_done:
                return wanted.outcome()
            self._is_changing, self.waiting = True, None
        try:
            wanted.change = self._make(wanted.patch)
        except FfmpegFunctionsError as error:
            wanted.error = error
        finally:
            with self._changed:
                wanted.is_done, self._is_changing = True, False
                self._changed.notify_all()
        return wanted.outcome()

    def _make(self, patch: Filters) -> FilterChange:
        """Applies a change to the current leg or keeps it for the next one; retries if another leg takes over."""
        current, place = self._current, self._place
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not current.is_firm)
                if current.has_ended:
                    raise has_ended("ended")
                playing = current.playing
                if playing is None:
                    return place.take_filters(patch)
                # The leg's response is an estimate; audio from before the request does not have the change.
                earliest = place.given_samples()
                if needs_stretcher(place.settings, patch):
                    current.renew(playing)
                    return place.take_filters(patch)
            try:
                change = playing.leg.set_filters(patch)
            except FfmpegFunctionsError as error:
                with place.lock:
                    if current.playing is playing:
                        if _has_failed(error):
                            # The rest of its audio is still read; then another leg continues.
                            return place.take_filters(patch)
                        if error.code not in ("UNAVAILABLE", "TIMEOUT"):
                            raise
                        # The leg may have applied the change or not: replace it with one that has.
                        current.renew(playing)
                        return place.take_filters(patch)
            else:
                with place.lock:
                    if current.playing is playing:
                        return self._take_answer(playing, change, earliest)

    def _take_answer(self, playing: Playing, change: FilterChange, earliest: int) -> FilterChange:
        at_sample = max(earliest, playing.at_sample + change.applied_at_sample)
        if playing.order.answered(change):
            return self._place.take(change.filters, at_sample)
        return FilterChange(self._place.settings.filters, at_sample)

    def reported(self, leg: Leg, change: FilterChange) -> None:
        """Takes a change that a leg reports, made by any client."""
        with self._place.lock:
            playing = self._current.playing
            if playing is None or playing.leg is not leg:
                return
            report = playing.order.reported(change)
            at_sample = playing.at_sample + change.applied_at_sample
            if report is Report.LATEST:
                self._place.take(change.filters, at_sample)
            elif report is Report.EARLIER:
                self._place.take_earlier_speed(change.filters["speed"], at_sample)


def _has_failed(error: FfmpegFunctionsError) -> bool:
    return error.code == "CONFLICT" and error.details.get("state") == "failed"
