"""The position of a track, and the settings with which it continues."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import NamedTuple, Optional, Tuple

from ..builder_data import SKIPPED_SECOND
from ..settings.filters import FilterChange, Filters, FiltersInForce, merge
from ..settings.settings import Settings
from ..units.unit_format import unit_format
from .idle_speed import needs_stretcher, without_idle_speed
from .real_time import RealTime
from .resume_plan import Plan, plan_resume
from .source_map import SourceMap


class Piece(NamedTuple):
    """A piece of the audio, and where it ends: its track, and the number of samples."""

    data: bytes
    place: Place
    samples: int


class Place:
    """The output so far in units, the settings in force, and the position in the source.

    Its lock protects it: the reading thread, threads that change filters and threads that report changes share it.
    """

    def __init__(self, settings: Settings, *, serial: int, real_time: RealTime) -> None:
        self.lock = threading.RLock()
        self.settings = without_idle_speed(settings)
        """A new object after every change."""
        self._may_change = settings.adjustable
        self._format = unit_format(settings)
        self._joiner = self._format.new_joiner(serial)
        self._map = SourceMap(settings.start_at, settings.filters["speed"], settings.sample_rate)
        self._real_time = real_time

    @property
    def has_begun(self) -> bool:
        return self._joiner.given > 0

    @property
    def is_complete(self) -> bool:
        """Whether the stream has signalled its end."""
        return self._joiner.is_complete

    @property
    def is_whole(self) -> bool:
        """Whether the input so far ends with a whole unit."""
        return self._joiner.is_whole

    def given_samples(self) -> int:
        return self.sample_of(self._joiner.given)

    def sample_of(self, unit: int) -> int:
        return unit * self._format.unit_samples

    def position_at(self, samples: int) -> float:
        """Returns the position in the source, seconds."""
        with self.lock:
            return self._map.at(samples)

    def position(self) -> float:
        return self.position_at(self.given_samples())

    def skipping(self) -> float:
        """Returns the seconds that an encoder may need to get to this position in the source."""
        return self.position() * float(SKIPPED_SECOND)

    def plan(self) -> Optional[Plan]:
        """Plans the next leg. Returns None when the whole request is complete."""
        with self.lock:
            return plan_resume(self.settings, self._format, self._map, self._joiner.given, self._real_time.ahead())

    def restart(self, plan: Plan) -> None:
        """Another encoder continues from here."""
        with self.lock:
            self._map.restart(self.given_samples(), self.settings.filters["speed"])
            self._joiner.begin(plan.at_unit, plan.drop)

    def push(self, chunk: bytes) -> Tuple[Piece, float]:
        """Takes bytes of an encoder. Returns whole units, and their length in seconds."""
        with self.lock:
            before = self._joiner.given
            data = self._joiner.push(chunk)
            audio = self.sample_of(self._joiner.given - before) / self.settings.sample_rate
            return Piece(data, self, self.given_samples()), audio

    def finish(self) -> Piece:
        """Returns the bytes that close the stream at its current end."""
        with self.lock:
            return Piece(self._joiner.end(), self, self.given_samples())

    def take_filters(self, patch: Filters) -> FilterChange:
        """Keeps a change for the next encoder."""
        with self.lock:
            if needs_stretcher(self.settings, patch):
                self.settings = replace(self.settings, adjust=self._may_change)
            return self.take(merge(self.settings.filters, patch), self.given_samples())

    def take(self, filters: FiltersInForce, at_sample: int) -> FilterChange:
        """Sets the filters that are audible from that sample on."""
        with self.lock:
            self.settings = replace(self.settings, filters=filters)
            if filters["speed"] != self._map.speed():
                self._map.change_speed(at_sample, filters["speed"])
            return FilterChange(filters, at_sample)

    def take_earlier_speed(self, speed: float, at_sample: int) -> None:
        """Inserts a speed that was audible from that sample to the next known change."""
        with self.lock:
            self._map.insert_speed(at_sample, speed)
