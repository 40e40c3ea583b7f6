"""Rounding as in the service."""

import math


def round_half_up(value: float) -> int:
    """Rounds to the nearest whole number, halves up."""
    whole = math.floor(value)
    return whole + (value - whole >= 0.5)
