"""The URL that the local ffmpeg opens for a source."""

from __future__ import annotations

import contextlib
import re
import urllib.parse
from typing import Callable

from ..builder_data import SEEKABLE
from ..errors import FfmpegFunctionsError

ONLY_FOR_THE_SERVICE = "source"
"""The `reason` of the error for a source that the local ffmpeg cannot open but the service may be able to read."""
_SEEKABLE = re.compile(SEEKABLE, re.IGNORECASE)


def resolved(resolve: Callable[[str], str], url: str) -> str:
    """Returns the result of the caller's function for a source. Raises UNAVAILABLE if that is not a URL."""
    try:
        source = resolve(url)
        source.encode()
        urllib.parse.urlsplit(source)
        return source
    except Exception as error:
        message = f"the source cannot be resolved for the local ffmpeg ({type(error).__name__})"
        raise _not_openable(message) from error


def needs_seeking(source: str) -> bool:
    """Whether the index of the source may be at its end."""
    return _SEEKABLE.search(urllib.parse.urlsplit(source).path) is not None


def input_url(source: str) -> str:
    """Returns a URL in the form that ffmpeg accepts, without a fragment. Raises UNAVAILABLE if it cannot open it."""
    try:
        parts = urllib.parse.urlsplit(source.strip())
        if parts.scheme == "file":
            return _file_of(parts)
        host, asked_port = parts.hostname, parts.port
        if parts.scheme not in ("http", "https") or not host:
            raise _not_openable()
        with contextlib.suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
        host = f"[{host}]" if ":" in host else host
        user, at, _ = parts.netloc.rpartition("@")
        port = "" if asked_port in (None, 80 if parts.scheme == "http" else 443) else f":{asked_port}"
        path = urllib.parse.quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~[]|^\\")
        query = "?" + urllib.parse.quote(parts.query, safe="/%:@!$&()*+,;=-._~?[]|^`{}\\") if parts.query else ""
        return f"{parts.scheme}://{user}{at}{host}{port}{path}{query}"
    except ValueError:
        raise _not_openable() from None


def _file_of(parts: urllib.parse.SplitResult) -> str:
    path = urllib.parse.unquote(parts.path)
    if "\0" in path:
        raise _not_openable()
    return "file:" + path


def _not_openable(
    message: str = "the local ffmpeg opens only http, https and file URLs (see resolve_source)",
) -> FfmpegFunctionsError:
    details = {"part": "fallback", "reason": ONLY_FOR_THE_SERVICE}
    return FfmpegFunctionsError("UNAVAILABLE", message, details, False)
