"""Distinguishes a server that fails from a file that ends within its header: ffmpeg logs the same for both."""

from __future__ import annotations

import http.client
import re
import urllib.request

from ..builder_data import REFUSAL
from ..errors import FfmpegFunctionsError

_REFUSAL = re.compile(REFUSAL, re.IGNORECASE)
_TIMEOUT = 2.0


def is_ambiguous(error: FfmpegFunctionsError) -> bool:
    """Whether the server may have failed, or the file may end within its header."""
    return error.code == "DOWNLOAD_FAILED" and _REFUSAL.search(str(error)) is not None


def is_served(url: str) -> bool:
    """Whether the server sends the beginning of a URL. Never raises."""
    request = urllib.request.Request(url, headers={"Range": "bytes=0-0"})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            return bool(response.read(1))
    except (OSError, ValueError, http.client.HTTPException):
        return False
