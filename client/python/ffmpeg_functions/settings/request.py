"""Validates a request as the service does, before anything is sent."""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional, Sequence, Tuple

from ..builder_data import (
    AAC_BITS_PER_SAMPLE,
    ADJUSTABLE,
    BITRATE_RANGES,
    LEAD_SECONDS,
    LONGEST_SECONDS,
    OPUS_SAMPLE_RATES,
    OUTPUT_FORMATS,
    QUALITY_PRESETS,
    REQUEST_DEFAULTS,
    SAMPLE_RATES,
)
from .checks import invalid, is_number, one_of, within
from .filters import NEUTRAL, check_filters, merge
from .settings import Settings


def settings_of(request: Mapping[str, Any]) -> Settings:
    """Returns the settings of a request, without its source. Raises VALIDATION_ERROR or FILTER_INVALID."""
    given = {name: value for name, value in request.items() if value is not None}
    known = set(Settings.__dataclass_fields__)
    for name in given:
        if name not in known:
            raise invalid(str(name), f"{name} is unknown", given[name])
    asked = {**REQUEST_DEFAULTS, **given}
    filters = asked.get("filters", {})
    check_filters(filters)
    output_format = one_of("output_format", asked.get("output_format"), OUTPUT_FORMATS)
    quality_preset = one_of("quality_preset", asked["quality_preset"], QUALITY_PRESETS)
    sample_rate = one_of("sample_rate", asked["sample_rate"], SAMPLE_RATES)
    channels = one_of("channels", asked["channels"], (1, 2))
    start_at = within("start_at", asked.get("start_at", 0), 0, LONGEST_SECONDS)
    duration = asked.get("duration")
    if duration is not None and not (is_number(duration) and 0 < duration <= LONGEST_SECONDS):
        raise invalid("duration", f"duration must be above 0 and at most {LONGEST_SECONDS} seconds", duration)
    live = asked["live"]
    if not isinstance(live, bool):
        raise invalid("live", "live must be True or False", live)
    adjust = _adjust_of(asked.get("adjust"))
    lead_seconds = asked.get("lead_seconds")
    if lead_seconds is not None:
        within("lead_seconds", lead_seconds, LEAD_SECONDS["min"], LEAD_SECONDS["max"])
    for name in ("adjust", "lead_seconds"):
        if not live and asked.get(name) is not None:
            raise invalid(name, f"{name} is only allowed when live is true", asked[name])
    if output_format == "opus" and sample_rate not in OPUS_SAMPLE_RATES:
        raise invalid("sample_rate", f"sample_rate must be one of {OPUS_SAMPLE_RATES} with opus", sample_rate)
    bitrate = asked.get("bitrate")
    if bitrate is not None:
        _check_bitrate(bitrate, output_format, sample_rate, channels)
    return Settings(
        output_format=output_format,
        quality_preset=quality_preset,
        bitrate=bitrate,
        sample_rate=int(sample_rate),
        channels=int(channels),
        filters=merge(NEUTRAL, filters),
        start_at=start_at,
        duration=duration,
        live=live,
        adjust=adjust,
        lead_seconds=lead_seconds,
    )


def _adjust_of(adjust: Any) -> Optional[Tuple[str, ...]]:
    if adjust is None:
        return None
    if isinstance(adjust, str) or not isinstance(adjust, Sequence) or len(adjust) > len(ADJUSTABLE):
        raise invalid("adjust", f"adjust must be a list of at most {len(ADJUSTABLE)}", adjust)
    return tuple(one_of("adjust", name, ADJUSTABLE) for name in adjust)


def _check_bitrate(bitrate: Any, output_format: str, sample_rate: int, channels: int) -> None:
    if not isinstance(bitrate, str) or re.fullmatch(r"[1-9][0-9]{0,2}k", bitrate) is None:
        raise invalid("bitrate", 'bitrate must be a whole number of kbit/s followed by k, such as "96k"', bitrate)
    if output_format not in BITRATE_RANGES:
        raise invalid("bitrate", f"bitrate is not allowed with {output_format}", bitrate)
    least, most = BITRATE_RANGES[output_format].values()
    asked = int(bitrate[:-1])
    if not least <= asked <= most:
        raise invalid("bitrate", f"bitrate must be between {least}k and {most}k with {output_format}", bitrate)
    if output_format == "aac" and asked * 1_000 > AAC_BITS_PER_SAMPLE * channels * sample_rate:
        raise invalid("bitrate", "bitrate is more than aac has at this rate and number of channels", bitrate)
