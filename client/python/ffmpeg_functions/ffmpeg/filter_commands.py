"""Commands that change a running filter as inaudibly as possible."""

from __future__ import annotations

import math
from typing import List, NamedTuple, Sequence

from ..builder_data import LARGEST_RISE_DB, PARAMETERS, VOLUME_FILTER, VOLUME_RAMP
from .option_text import decimal


class Control(NamedTuple):
    """A change of a filter's parameter from one value to another."""

    target: str
    start: float
    end: float


def in_quiet_order(changes: Sequence[Control]) -> List[Control]:
    """Sorts falling gains first, from the lowest frequency up; rising gains last, from the highest down."""

    def rises(change: Control) -> bool:
        return bool(PARAMETERS[_filter_of(change.target)] == "gain" and change.end > change.start)

    return [c for c in changes if not rises(c)] + [c for c in reversed(changes) if rises(c)]


def next_value(change: Control) -> float:
    """Returns the value that one command sets: a large rise of a gain takes several steps."""
    largest = LARGEST_RISE_DB.get(_filter_of(change.target), math.inf)
    steps = max(1, math.ceil((change.end - change.start) / largest))
    return change.end if steps == 1 else change.start + (change.end - change.start) / steps


def control_command(change: Control) -> str:
    """Returns the command that changes the parameter, in the format of ffmpeg's standard input."""
    argument = decimal(change.end)
    if change.target == VOLUME_FILTER:
        ramp: str = VOLUME_RAMP
        argument = ramp.replace("{start}", decimal(change.start))
        argument = argument.replace("{rise}", decimal(change.end - change.start))
    return f"c{change.target} -1 {PARAMETERS[_filter_of(change.target)]} {argument}\n"


def _filter_of(target: str) -> str:
    return target.split("@")[0]
