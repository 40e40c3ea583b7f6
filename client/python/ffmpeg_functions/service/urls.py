"""The URLs of the service's functions."""

from __future__ import annotations

import urllib.parse
from typing import Dict, Mapping, Optional

_PATHS = {"transcode": "/transcode", "transcodes": "/transcodes", "health": "/health"}


def service_urls(base_url: Optional[str], urls: Optional[Mapping[str, str]]) -> Dict[str, str]:
    """Returns the URL of each function. Raises ValueError when one is missing."""
    found: Dict[str, str] = {}
    for name, path in _PATHS.items():
        url = (urls or {}).get(name) or (None if base_url is None else base_url.rstrip("/") + path)
        if url is None or urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"base_url, or urls[{name!r}], must be a URL")
        found[name] = url.rstrip("/")
    return found
