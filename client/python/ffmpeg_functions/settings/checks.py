"""Validation of single values. Each function raises FILTER_INVALID for a filter, else VALIDATION_ERROR."""

from __future__ import annotations

import math
from typing import Any, Sequence

from ..errors import FfmpegFunctionsError


def invalid(name: str, message: str, value: Any) -> FfmpegFunctionsError:
    code = "FILTER_INVALID" if name.startswith("filters") else "VALIDATION_ERROR"
    return FfmpegFunctionsError(code, message, {"field": name, "value": value})


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def within(name: str, value: Any, least: float, most: float) -> Any:
    if not (is_number(value) and least <= value <= most):
        raise invalid(name, f"{name.split('.')[-1]} must be between {least} and {most}", value)
    return value


def one_of(name: str, value: Any, values: Sequence[Any]) -> Any:
    if isinstance(value, bool) or value not in values:
        raise invalid(name, f"{name.split('.')[-1]} must be one of {', '.join(map(str, values))}", value)
    return value
