"""Checks the head of a stream's answer."""

from __future__ import annotations

import http.client

from ..builder_data import CONTENT_TYPES
from ..settings.settings import Settings
from .failures import not_the_service

_MEDIA_TYPES = {
    "opus": (CONTENT_TYPES["opus"], "codecs=opus"),
    "aac": (CONTENT_TYPES["aac"], ""),
    "pcm": (CONTENT_TYPES["pcm"], "rate={rate} channels={channels} encoding=s16le"),
}
"""And their parameters (RFC 9110, 8.3.1)."""


def transcode_id(response: http.client.HTTPResponse, settings: Settings) -> str:
    """Returns the service's id of the stream. Raises UNAVAILABLE when the answer is not in the requested format."""
    media_type, parameters = _MEDIA_TYPES[settings.output_format]
    expected = parameters.format(rate=settings.sample_rate, channels=settings.channels).split()
    text = response.headers.get("Content-Type", "").replace('"', "").lower()
    given_type, *given = [part.strip() for part in text.split(";")]
    name = response.headers.get("X-Transcode-Id", "")
    if not name or given_type != media_type or not set(expected) <= set(given):
        raise not_the_service()
    return name
