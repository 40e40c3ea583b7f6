"""What the fallback opens for a source."""

from __future__ import annotations

import contextlib
import urllib.parse
from pathlib import Path
from typing import Callable, Union

from .failures import failed, not_openable

Opened = Union[str, Path]
"""An http or https URL, or the path of a file."""


def resolved(resolve: Callable[[str], Opened], url: str) -> Opened:
    """Returns what the caller's function says to open for a source. Raises UNAVAILABLE or SOURCE_FORBIDDEN.

    A file is opened only if the orchestrator has named it: a URL that was requested may come from a user, and a text
    made from it may still be that user's.
    """
    try:
        source = resolve(url)
        if isinstance(source, Path):
            return source
        source.encode()
        parts = urllib.parse.urlsplit(source.strip())
    except Exception as error:
        raise not_openable(f"the source cannot be resolved ({type(error).__name__})") from error
    if parts.scheme != "file":
        return request_url(source)
    if urllib.parse.urlsplit(url.strip()).scheme == "file":
        message = "a file is played only if resolve_source names it: return a Path for a requested file: URL"
        raise failed(message, "SOURCE_FORBIDDEN")
    return Path(urllib.parse.unquote(parts.path))


def request_url(source: str) -> str:
    """Returns an http or https URL in ASCII, without a fragment. Raises UNAVAILABLE for any other URL."""
    try:
        parts = urllib.parse.urlsplit(source.strip())
        host, asked_port = parts.hostname, parts.port
        if parts.scheme not in ("http", "https") or not host:
            raise not_openable()
        with contextlib.suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
        host = f"[{host}]" if ":" in host else host
        user, at, _ = parts.netloc.rpartition("@")
        port = "" if asked_port in (None, 80 if parts.scheme == "http" else 443) else f":{asked_port}"
        path = urllib.parse.quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~[]|^\\")
        query = "?" + urllib.parse.quote(parts.query, safe="/%:@!$&()*+,;=-._~?[]|^`{}\\") if parts.query else ""
        return f"{parts.scheme}://{user}{at}{host}{port}{path}{query}"
    except ValueError:
        raise not_openable() from None
