"""The URLs of the service's functions."""

from __future__ import annotations

import urllib.parse
from typing import Dict, Mapping, Optional

from ..builder_data import PATHS

_FUNCTIONS = ("transcode", "transcodes", "health", "usage", "jobs", "probe")
# No stream needs them.
_OPTIONAL = ("usage", "jobs", "probe")


def service_urls(base_url: Optional[str], urls: Optional[Mapping[str, str]]) -> Dict[str, str]:
    """Returns the URL of each function. Raises ValueError for a missing or malformed one."""
    found: Dict[str, str] = {}
    for name in _FUNCTIONS:
        url = (urls or {}).get(name) or (None if base_url is None else base_url.rstrip("/") + PATHS[name]["own"])
        if url is None and name in _OPTIONAL:
            continue
        if url is None or urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"base_url or urls[{name!r}] must be a URL")
        found[name] = url.rstrip("/")
    return found


def path_below(name: str, route: str, id: str = "") -> str:
    """Returns the path of a function's route below the function's own URL."""
    own, path = PATHS[name]["own"], PATHS[name][route]
    below: str = path[len(own) :]
    return below.replace("{id}", urllib.parse.quote(id, safe=""))
