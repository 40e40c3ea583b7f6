"""Plans the request for the next encoder."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple, Optional

from ..builder_data import LEAD_SECONDS
from ..rounding import round_half_up
from ..settings.settings import Settings
from ..units.unit_format import UnitFormat
from .source_map import SourceMap


class Plan(NamedTuple):
    """The request for the next encoder, and how its stream joins the output so far."""

    at_unit: int
    """The number of its first unit within the whole stream."""
    drop: int
    """The number of its first units that are dropped."""
    settings: Settings


_ROUNDING = 1e-6
"""Tolerance for a sum of floating point numbers, in units."""


def plan_resume(
    settings: Settings, unit_format: UnitFormat, source_map: SourceMap, given: int, ahead: float
) -> Optional[Plan]:
    """Plans how to continue after the output so far. The encoder starts some units earlier, which affect what follows.

    Returns None when the whole request is complete.
    """
    speed = settings.filters["speed"]
    unit_seconds = unit_format.unit_samples / settings.sample_rate
    position = source_map.at(given * unit_format.unit_samples)
    earliest = max(0, given - unit_format.lead_units)
    # At a higher speed than before, the units to drop may reach back before the beginning of the source.
    there = math.floor(position / speed / unit_seconds + _ROUNDING)
    drop = min(given - (earliest - earliest % unit_format.grid_units), there)
    lead_up = drop * unit_seconds
    start_at = max(0.0, position - lead_up * speed)
    asked = replace(settings, start_at=start_at)
    if settings.duration is not None:
        asked = replace(asked, duration=settings.duration - (start_at - settings.start_at))
        if given > 0 and _is_empty(asked):
            return None
    if settings.live:
        # The reader already has the audio ahead of real time; dropped units do not count.
        wanted = settings.lead - (ahead - lead_up)
        asked = replace(asked, lead_seconds=min(LEAD_SECONDS["max"], max(LEAD_SECONDS["min"], wanted)))
    return Plan(given - drop, drop, asked)


def _is_empty(settings: Settings) -> bool:
    """Whether the requested part contains no sample; the service would refuse it."""
    end = settings.start_at + (settings.duration or 0.0)
    return round_half_up(end * settings.sample_rate) <= round_half_up(settings.start_at * settings.sample_rate)
