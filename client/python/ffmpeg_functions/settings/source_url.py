"""Validates the URL of a source, and the items of a playlist."""

from __future__ import annotations

import re
import urllib.parse
from typing import Any, Dict, Mapping, Tuple

from ..builder_data import LONGEST_URL
from ..errors import FfmpegFunctionsError
from .checks import invalid
from .fields import Item

_SCHEMES = ("http", "https", "s3", "file")


def checked_source_url(url: Any) -> str:
    """Returns a URL that the service or the local ffmpeg may open. Raises VALIDATION_ERROR or INVALID_URL."""
    if not isinstance(url, str) or not 0 < len(url) <= LONGEST_URL:
        raise invalid("source_url", f"source_url must be a URL of at most {LONGEST_URL} characters", url)
    try:
        # Rejects a lone surrogate, which is not a character.
        url.encode()
        parts = urllib.parse.urlsplit(url.strip())
        # A port that is out of range raises ValueError.
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise FfmpegFunctionsError("INVALID_URL") from None
    needs_host = parts.scheme != "file"
    if parts.scheme not in _SCHEMES or (needs_host and (not host or re.search(r"\s", parts.netloc) is not None)):
        raise FfmpegFunctionsError("INVALID_URL")
    return url


def is_local_file(url: str) -> bool:
    """Whether the URL is a local file, which the service cannot read."""
    return urllib.parse.urlsplit(url.strip()).scheme == "file"


def source_of(item: Item) -> Tuple[str, Dict[str, Any]]:
    """Returns the source of an item, and which part of it to play. Raises VALIDATION_ERROR or INVALID_URL."""
    if not isinstance(item, (str, Mapping)):
        raise invalid("source_url", "an item must be a URL, or a mapping with source_url", item)
    fields: Dict[Any, Any] = {"source_url": item} if isinstance(item, str) else dict(item)
    for name in fields:
        if name not in ("source_url", "start_at", "duration"):
            raise invalid(str(name), f"{name} is unknown, or allowed only for the whole playlist", fields[name])
    return checked_source_url(fields.pop("source_url", None)), fields
