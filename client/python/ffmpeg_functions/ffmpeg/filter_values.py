"""The values of ffmpeg's filters for the filters of a stream."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Tuple

from ..builder_data import PITCH_FILTER, SECTIONS, SPEED_FILTER, VOLUME_FILTER
from ..settings.filters import FiltersInForce


def frequency_ratio(semitones: float) -> float:
    return float(2 ** (semitones / 12))


def section_gains(filters: FiltersInForce, sample_rate: int) -> List[Tuple[Dict[str, Any], float]]:
    """Returns the equaliser's sections that are possible at a sample rate, each with its gain in dB."""
    preset = filters.get("eq_preset", "flat")
    bands = filters.get("equalizer")
    gains: List[Tuple[Dict[str, Any], float]] = []
    for section in SECTIONS:
        if section["reach"] >= sample_rate / 2:
            continue
        band = section["band"]
        gain = section["presets"].get(preset, 0) if band is None else 0 if bands is None else bands[band]
        gains.append((section, gain))
    return gains


def control_values(filters: FiltersInForce, adjustable: Sequence[str], sample_rate: int) -> Dict[str, float]:
    """Returns the values of the filters that accept commands, by the filter's name."""
    values: Dict[str, float] = {}
    for name in adjustable:
        if name == "speed":
            values[SPEED_FILTER] = filters["speed"]
        elif name == "pitch":
            values[PITCH_FILTER] = frequency_ratio(filters["pitch"])
        elif name == "equalizer":
            values.update((section["name"], gain) for section, gain in section_gains(filters, sample_rate))
        else:
            values[VOLUME_FILTER] = filters["volume"]
    return values
