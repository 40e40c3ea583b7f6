"""Reads, changes and stops a transcode by its id: `/transcodes/{id}`."""

from __future__ import annotations

from typing import Any, Optional

from ..errors import FfmpegFunctionsError
from ..settings.filters import NEUTRAL, FilterChange, Filters, check_filters, merge
from ..stop import Stop
from .calls import Service
from .failures import unreachable
from .urls import path_below


def change_filters(service: Service, id: str, patch: Filters, stop: Optional[Stop] = None) -> FilterChange:
    return change_of(service.ask("transcodes", path_below("transcodes", "filters", id), method="PATCH", body=patch, stop=stop))


def change_of(answer: Any) -> FilterChange:
    """Returns the change in a response or event. Raises UNAVAILABLE if it is invalid."""
    try:
        filters = dict(answer["filters"])
        check_filters(filters)
        return FilterChange(merge(NEUTRAL, filters), int(answer["applied_at_sample"]))
    except (KeyError, TypeError, ValueError, OverflowError, FfmpegFunctionsError) as error:
        raise unreachable(error) from error


def was_cancelled(service: Service, id: str, *, timeout: float, stop: Stop) -> bool:
    """Whether a request has stopped it. One that lost its reader is also cancelled, but not by a request."""
    try:
        record = service.ask("transcodes", path_below("transcodes", "one", id), timeout=timeout, stop=stop)
    except FfmpegFunctionsError:
        return False
    is_record = isinstance(record, dict)
    return is_record and record.get("state") == "cancelled" and record.get("cancelled_by") == "request"


def cancel(service: Service, id: str) -> None:
    service.ask("transcodes", path_below("transcodes", "one", id), method="DELETE")
