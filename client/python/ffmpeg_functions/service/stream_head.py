"""Checks the head of a stream's response."""

from __future__ import annotations

import http.client
from typing import Set, Tuple

from ..builder_data import CONTENT_TYPES
from ..settings.settings import Settings
from .failures import not_the_service

def transcode_id(response: http.client.HTTPResponse, settings: Settings) -> str:
    """Returns the transcode's id. Raises UNAVAILABLE if the response is not in the requested format."""
    content_type: str = CONTENT_TYPES[settings.output_format]
    content_type = content_type.format(sample_rate=settings.sample_rate, channels=settings.channels)
    media_type, expected = _parts_of(content_type)
    given_type, given = _parts_of(response.headers.get("Content-Type", "").replace('"', "").lower())
    name = response.headers.get("X-Transcode-Id", "")
    if not name or given_type != media_type or not expected <= given:
        raise not_the_service()
    return name


def _parts_of(content_type: str) -> Tuple[str, Set[str]]:
    """Returns the media type and its parameters (RFC 9110, 8.3.1)."""
    media_type, *parameters = [part.strip() for part in content_type.split(";")]
    return media_type, set(parameters)
