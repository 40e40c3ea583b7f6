"""GETs a source and follows its redirects, as lib/sources/connection/http-request.ts."""

from __future__ import annotations

import base64
import http.client
import ssl
import time
import urllib.parse
from typing import Dict, Mapping, Optional, Tuple

from ..builder_data import SOURCE_LIMITS
from ..service.exchange import Exchange
from ..service.failures import UNANSWERED, is_reset
from .failures import failed, of_connection, of_status
from .source_url import request_url

_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_OPENING: float = SOURCE_LIMITS["connect_timeout"] + SOURCE_LIMITS["headers_timeout"]
_FIXED = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "ffmpeg-functions"}


def request(exchange: Exchange, source: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
    """Returns the head of a response with status 200–299. Raises an error of the source."""
    url, authorization = _without_userinfo(source)
    for _ in range(_MOST_REDIRECTS + 1):
        response = _request_twice(exchange, url, {**_FIXED, **headers, **authorization})
        if 200 <= response.status < 300:
            return response
        location = response.headers.get("Location")
        if response.status not in _REDIRECTS or location is None:
            raise of_status(response.status)
        before = _origin(url)
        url = _redirected(url, location)
        authorization = authorization if _origin(url) == before else {}
    raise failed(f"the source redirects more than {_MOST_REDIRECTS} times", recoverable=False)


def _request_twice(exchange: Exchange, url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
    """Retries once after a reset: the server may be restarting."""
    tls = ssl.create_default_context() if url.startswith("https:") else None
    for is_second in (False, True):
        try:
            return exchange.request(url, "GET", headers, None, time.monotonic() + _OPENING, tls)
        except UNANSWERED as error:
            if is_second or not is_reset(error):
                raise of_connection(error) from error
    raise AssertionError


def _redirected(url: str, location: str) -> str:
    try:
        target = urllib.parse.urljoin(url, location)
        scheme = urllib.parse.urlsplit(target).scheme
    except ValueError:
        raise failed("the source redirects to an invalid URL", recoverable=False) from None
    if scheme not in ("http", "https"):
        raise failed("the source redirects to a URL that is not http or https", "SOURCE_FORBIDDEN")
    return _without_userinfo(target)[0]


def _without_userinfo(source: str) -> Tuple[str, Dict[str, str]]:
    """Returns the URL to request, and the header for its userinfo."""
    parts = urllib.parse.urlsplit(request_url(source))
    userinfo, at, host = parts.netloc.rpartition("@")
    url = parts._replace(netloc=host).geturl()
    if not at:
        return url, {}
    user, _, password = userinfo.partition(":")
    credentials = f"{urllib.parse.unquote(user)}:{urllib.parse.unquote(password)}".encode()
    return url, {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}


def _origin(url: str) -> Tuple[str, Optional[str], Optional[int]]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
