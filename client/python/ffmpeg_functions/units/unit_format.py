"""How a stream is split into units."""

from __future__ import annotations

from typing import Callable, NamedTuple

from ..builder_data import (
    AAC_FRAME_SAMPLES,
    FILTER_MEMORY_SECONDS,
    LEAD_UNITS,
    OPUS_FRAME_MS,
    STRETCHER_GRID_SAMPLES,
)
from ..settings.settings import Settings
from .adts import AdtsJoiner
from .joiner import Joiner
from .ogg_opus import OggOpusJoiner
from .pcm import PcmJoiner


class UnitFormat(NamedTuple):
    """How a stream is split into units and joined again."""

    unit_samples: int
    lead_units: int
    """Units to encode before a position: encoders and filters need the audio that precedes it."""
    grid_units: int
    """An encoder may begin at multiples of this number of units."""
    new_joiner: Callable[[int], Joiner]
    """Returns the joiner of the logical stream with that serial number."""



def unit_format(settings: Settings) -> UnitFormat:
    if settings.output_format == "pcm":
        filters = settings.filters
        has_memory = "equalizer" in filters or filters.get("eq_preset", "flat") != "flat" or settings.live
        lead = FILTER_MEMORY_SECONDS * settings.sample_rate if has_memory else 0
        grid = STRETCHER_GRID_SAMPLES if settings.live else 1
        return UnitFormat(1, lead, grid, lambda _: PcmJoiner(settings.channels))
    if settings.output_format == "aac":
        return UnitFormat(AAC_FRAME_SAMPLES, LEAD_UNITS["aac"], 1, lambda _: AdtsJoiner())
    unit_ms: int = OPUS_FRAME_MS[settings.quality_preset]
    samples = settings.sample_rate * unit_ms // 1_000
    return UnitFormat(samples, LEAD_UNITS["opus"], 1, lambda serial: OggOpusJoiner(unit_ms, serial))
