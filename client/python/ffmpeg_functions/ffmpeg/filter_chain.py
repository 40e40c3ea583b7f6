"""The audio filter chain, as lib/filters builds it for the service."""

from __future__ import annotations

from typing import List

from ..builder_data import ADJUSTABLE_VOLUME, CHAIN_BEGIN, FRAMES, PACING, PITCH_FILTER, SPEED_FILTER
from ..rounding import round_half_up
from ..settings.settings import Settings
from .filter_values import frequency_ratio, section_gains
from .option_text import decimal

_SHORTEST_PITCHED = 2_048
_PITCH_TAIL_SECONDS = 0.07


def filter_chain(settings: Settings, loses_pitched_end: bool) -> str:
    rate, adjustable, filters = settings.sample_rate, settings.adjustable, settings.filters
    layout = {1: "mono", 2: "stereo"}[settings.channels]
    begin: str = CHAIN_BEGIN["commands" if adjustable else ""]
    chain = [begin.replace("{sample_rate}", str(rate)).replace("{layout}", layout)]
    chain += _trim_filters(settings)
    if adjustable:
        chain.append(FRAMES[rate])
    chain += _speed_filters(filters["speed"], "speed" in adjustable)
    chain += _pitch_filters(filters["pitch"], "pitch" in adjustable, loses_pitched_end)
    chain += _equalizer_filters(settings)
    volume = decimal(filters["volume"])
    if "volume" in adjustable:
        chain += [text.replace("{volume}", volume) for text in ADJUSTABLE_VOLUME[rate]]
    elif filters["volume"] != 1:
        chain.append(f"volume={volume}")
    if settings.live:
        chain += [text.replace("{lead}", decimal(settings.lead)) for text in PACING[rate]]
    return ",".join(chain)


def _trim_filters(settings: Settings) -> List[str]:
    rate, start_at, duration = settings.sample_rate, settings.start_at, settings.duration
    first = round_half_up(start_at * rate)
    bounds = [f"start_pts={first}"] if first else []
    if duration is not None:
        bounds.append(f"end_pts={round_half_up((start_at + duration) * rate)}")
    if not bounds:
        return []
    return [f"atrim={':'.join(bounds)}"] + ([f"asetpts=PTS-round({first}/SR/TB)"] if first else [])


def _speed_filters(speed: float, adjustable: bool) -> List[str]:
    if speed == 1 and not adjustable:
        return []
    name = SPEED_FILTER if adjustable else "atempo"
    return [f"{name}={decimal(speed)}", f"asetpts=round(STARTPTS/{decimal(speed)})+round(N/SR/TB)"]


def _pitch_filters(semitones: float, adjustable: bool, loses_end: bool) -> List[str]:
    ratio = frequency_ratio(semitones)
    if ratio == 1 and not adjustable:
        return []
    tail = [f"apad=pad_dur={decimal(_PITCH_TAIL_SECONDS * (ratio - 1))}"] if loses_end and ratio > 1 else []
    name, quality = (PITCH_FILTER, ":pitchq=consistency") if adjustable else ("rubberband", "")
    pitch = f"{name}=pitch={decimal(ratio)}:transients=smooth{quality}"
    return [f"apad=whole_len={_SHORTEST_PITCHED}", *tail, "asetnsamples=n=512:p=0", pitch]


def _equalizer_filters(settings: Settings) -> List[str]:
    chain: List[str] = []
    for section, gain in section_gains(settings.filters, settings.sample_rate):
        if "equalizer" in settings.adjustable:
            chain.append(f"{section['name']}={section['options']}:gain={decimal(gain)}")
        elif gain != 0:
            chain.append(f"{section['name'].split('@')[0]}={section['options']}:gain={decimal(gain)}")
    return chain
