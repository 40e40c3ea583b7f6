"""The filters of a stream: types, validation and merging."""

from dataclasses import dataclass
from typing import Any, Dict, Literal, Mapping, Sequence, TypedDict, cast

from ..builder_data import EQ_PRESETS, FILTER_DEFAULTS, FILTER_RANGES, GAIN_RANGE, SECTIONS
from .checks import invalid, one_of, within

EqPreset = Literal["flat", "bass_boost", "voice", "treble"]


class Filters(TypedDict, total=False):
    """Filters, as requests and responses write them; an absent one is neutral or, in a change, stays as it is."""

    speed: float
    """Factor of the tempo, 0.5 to 2.0; the pitch stays the same."""
    pitch: float
    """Semitones, -12 to 12; the tempo stays the same."""
    eq_preset: EqPreset
    equalizer: Sequence[float]
    """Ten gains in dB, -12 to 12; cannot be combined with eq_preset."""
    volume: float
    """Factor, 0.0 to 2.0."""


class NeutralFilters(TypedDict):
    """The filters that always have a value."""

    speed: float
    pitch: float
    volume: float


class FiltersInForce(NeutralFilters, total=False):
    """All filters of a stream."""

    eq_preset: EqPreset
    equalizer: Sequence[float]


@dataclass(frozen=True)
class FilterChange:
    """The filters now in force, and the first sample of the whole stream that has them."""

    filters: FiltersInForce
    applied_at_sample: int


NEUTRAL: FiltersInForce = FILTER_DEFAULTS
_BANDS = sum(section["band"] is not None for section in SECTIONS)


def check_filters(filters: Any) -> None:
    """Raises FILTER_INVALID for filters that the service would refuse."""
    if not isinstance(filters, Mapping):
        raise invalid("filters", "filters must be a mapping", filters)
    for name, value in filters.items():
        if value is None:
            continue
        field = f"filters.{name}"
        if name in FILTER_RANGES:
            within(field, value, *FILTER_RANGES[name])
        elif name == "eq_preset":
            one_of(field, value, EQ_PRESETS)
        elif name == "equalizer":
            _check_equalizer(field, value)
        else:
            raise invalid(field, f"{name} is unknown", value)
    if filters.get("eq_preset") is not None and filters.get("equalizer") is not None:
        raise invalid("filters.equalizer", "equalizer and eq_preset cannot be combined: set only one of them", filters["equalizer"])


def _check_equalizer(field: str, gains: Any) -> None:
    if isinstance(gains, (str, bytes)) or not isinstance(gains, Sequence) or len(gains) != _BANDS:
        raise invalid(field, f"equalizer must be {_BANDS} numbers", gains)
    for band, gain in enumerate(gains):
        within(f"{field}.{band}", gain, *GAIN_RANGE)


def merge(filters: FiltersInForce, patch: Mapping[str, Any]) -> FiltersInForce:
    """Returns the filters with a patch applied. A preset and an equaliser replace each other."""
    merged: Dict[str, Any] = dict(filters)
    given = {name: value for name, value in patch.items() if value is not None}
    if "eq_preset" in given or "equalizer" in given:
        merged.pop("eq_preset", None)
        merged.pop("equalizer", None)
    merged.update(given)
    return cast(FiltersInForce, merged)
