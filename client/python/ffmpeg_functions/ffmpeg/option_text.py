"""Formats values for ffmpeg's options."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def decimal(value: float) -> str:
    """Formats a number without an exponent, with at most nine decimals and no trailing zeros."""
    text = format(Decimal(value + 0.0).quantize(Decimal("1e-9"), ROUND_HALF_UP), "f")
    return text.rstrip("0").rstrip(".")
