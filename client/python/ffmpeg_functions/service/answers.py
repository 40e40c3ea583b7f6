"""Reads responses that are not streams, and the errors in them."""

from __future__ import annotations

import contextlib
import http.client
import json
import math
from typing import Any, Dict, Iterator

from ..builder_data import CODE_OF_STATUS, ERRORS
from ..errors import FfmpegFunctionsError
from .exchange import Exchange

LONGEST_TEXT = 1 << 20
"""Most bytes that are read of a response or an event."""


def text_parts(exchange: Exchange, deadline: float) -> Iterator[bytes]:
    length = 0
    while length < LONGEST_TEXT:
        chunk = exchange.read(deadline, 65_536)
        if not chunk:
            return
        length += len(chunk)
        yield chunk


def read_text(exchange: Exchange, deadline: float) -> str:
    """Returns the whole body. Raises what `Exchange.read` raises."""
    return b"".join(text_parts(exchange, deadline)).decode("utf-8", "replace")


def parsed(text: str) -> Any:
    """Returns the value of a JSON text. Raises ValueError if it is not JSON or is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def error_of(response: http.client.HTTPResponse, text: str) -> FfmpegFunctionsError:
    """Returns the error in the body, or an error for the status of a proxy's or platform's response."""
    hint: Dict[str, Any] = {}
    with contextlib.suppress(ValueError):
        seconds = float(response.headers.get("Retry-After", ""))
        hint.update({"retry_after_seconds": seconds} if math.isfinite(seconds) else {})
    try:
        body = parsed(text)
    except ValueError:
        body = None
    is_own = isinstance(body, dict) and isinstance(body.get("code"), str) and isinstance(body.get("message"), str)
    if is_own and body["code"] in ERRORS:
        sent = body.get("details")
        details = {**(sent if isinstance(sent, dict) else {}), **hint}
        recoverable = body.get("recoverable")
        return FfmpegFunctionsError(
            body["code"], body["message"], details, recoverable if isinstance(recoverable, bool) else None
        )
    code = CODE_OF_STATUS.get(response.status, "UNAVAILABLE")
    details = {"part": "service", "status": response.status, **hint}
    return FfmpegFunctionsError(code, f"the service responded with status {response.status}", details)
