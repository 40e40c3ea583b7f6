"""Changes the filters of a local stream while it plays."""

from __future__ import annotations

import collections
import contextlib
import re
import threading
from typing import Dict

from ..builder_data import ENCODER_LAG_SAMPLES, SPEED_FILTER
from ..errors import FfmpegFunctionsError
from ..rounding import round_half_up
from ..settings.filters import FilterChange, Filters, FiltersInForce, merge
from ..settings.settings import Settings
from .filter_commands import Control, control_command, in_quiet_order, next_value
from .filter_values import control_values
from .output_clock import OutputClock
from .process import FfmpegProcess

_BEHIND_THE_FILTERS = 0.01
_CHAIN_BEGINS = re.compile(r"\d+\.\d{6}")


class Adjustment:
    """Makes one change at a time, in the order that is least audible."""

    process: FfmpegProcess

    def __init__(self, settings: Settings) -> None:
        self.clock = OutputClock(settings.lead)
        self._settings = settings
        self._lock = threading.Lock()
        lag: int = ENCODER_LAG_SAMPLES[settings.output_format][settings.quality_preset]
        self._behind = _BEHIND_THE_FILTERS + lag / _lag_rate(settings)
        self._filters = settings.filters
        self._taken = self._values(settings.filters)
        self._chains = 0

    def adjust(self, patch: Filters) -> FilterChange:
        with self._lock:
            wanted = merge(self._filters, patch)
            heard = self._reach(wanted)
            self._filters = wanted
            speed = heard.get(SPEED_FILTER) if "speed" in patch else None
            last = max(heard.values(), default=self.clock.now() + self._behind)
            return FilterChange(wanted, round_half_up((last if speed is None else speed) * self._settings.sample_rate))

    def _values(self, filters: FiltersInForce) -> Dict[str, float]:
        return control_values(filters, self._settings.adjustable, self._settings.sample_rate)

    def _reach(self, wanted: FiltersInForce) -> Dict[str, float]:
        """Changes what differs. Returns, by filter, the second of output from which its change is audible."""
        heard: Dict[str, float] = {}
        values = self._values(wanted)
        changing = [Control(target, self._taken[target], end) for target, end in values.items()]
        queue = collections.deque(c.target for c in in_quiet_order(changing) if c.start != c.end)
        while queue:
            # Interleaves the steps of a large change with other changes.
            target = queue.popleft()
            change = Control(target, self._taken[target], values[target])
            step = change._replace(end=next_value(change))
            heard[target] = self.process.command(control_command(step)) + self._behind
            self._taken[target] = step.end
            if step.end != change.end:
                queue.append(target)
        return heard

    def read_line(self, line: str) -> None:
        """Detects a filter chain that ffmpeg rebuilds: it has the initial filters and must be changed again."""
        if _CHAIN_BEGINS.fullmatch(line) is None:
            return
        self._chains += 1
        if self._chains > 1:
            threading.Thread(target=self._restate, name="ffmpeg-functions restate", daemon=True).start()

    def _restate(self) -> None:
        with self._lock, contextlib.suppress(FfmpegFunctionsError):
            self._taken = self._values(self._settings.filters)
            self._reach(self._filters)


def _lag_rate(settings: Settings) -> int:
    """Returns the rate at which the samples of an encoder's lag are counted: Opus has its own clock."""
    return 48_000 if settings.output_format == "opus" else settings.sample_rate
