"""Tells a server that does not answer from a file that ends in its header: ffmpeg says the same of both."""

from __future__ import annotations

import http.client
import re
import urllib.request

from ..builder_data import REFUSAL
from ..errors import FfmpegFunctionsError

_REFUSAL = re.compile(REFUSAL, re.IGNORECASE)
_TIMEOUT = 2.0


def is_ambiguous(error: FfmpegFunctionsError) -> bool:
    """Returns whether ffmpeg's words leave open if the server failed or the file."""
    return error.code == "DOWNLOAD_FAILED" and _REFUSAL.search(str(error)) is not None


def is_served(url: str) -> bool:
    """Returns whether the server of a URL sends the beginning of it. Never raises."""
    request = urllib.request.Request(url, headers={"Range": "bytes=0-0"})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            return bool(response.read(1))
    except (OSError, ValueError, http.client.HTTPException):
        return False
