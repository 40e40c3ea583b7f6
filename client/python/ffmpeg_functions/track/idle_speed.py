"""Leaves the time stretcher out of a live stream until its speed changes."""

from __future__ import annotations

from dataclasses import replace

from ..settings.filters import Filters
from ..settings.settings import Settings


def without_idle_speed(settings: Settings) -> Settings:
    """Returns the settings without an adjustable speed if the request has no `adjust`.

    A stretcher at speed 1 shifts tones by a few milliseconds, differently in each encoder. Without one, two encoders
    produce the same samples. When the speed changes, another encoder with a stretcher continues.
    """
    if not settings.live or settings.adjust is not None or settings.filters["speed"] != 1:
        return settings
    return replace(settings, adjust=tuple(name for name in settings.adjustable if name != "speed"))


def needs_stretcher(settings: Settings, patch: Filters) -> bool:
    """Whether a change sets a speed but the stream's encoder has no stretcher."""
    speed = patch.get("speed")
    return speed is not None and speed != settings.filters["speed"] and "speed" not in settings.adjustable
