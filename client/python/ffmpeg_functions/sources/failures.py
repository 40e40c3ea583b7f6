"""The errors of a source."""

from __future__ import annotations

import errno
import http.client
import socket
from typing import Any, Dict, Optional

from ..errors import FfmpegFunctionsError
from ..timed_read import Late

ONLY_FOR_THE_SERVICE = "source"
"""The `reason` of the error for a source that the fallback cannot open but the service may be able to read."""
_PASSING = (408, 425, 429)


def failed(
    message: str,
    code: str = "DOWNLOAD_FAILED",
    *,
    recoverable: Optional[bool] = None,
    details: Optional[Dict[str, Any]] = None,
) -> FfmpegFunctionsError:
    return FfmpegFunctionsError(code, message, {"part": "fallback", **(details or {})}, recoverable)


def of_status(status: int) -> FfmpegFunctionsError:
    recoverable = status >= 500 or status in _PASSING
    message = f"the source responded with HTTP status {status}"
    return failed(message, recoverable=recoverable, details={"status": status})


def of_connection(error: BaseException) -> FfmpegFunctionsError:
    """Returns the error for an exchange with a source that failed."""
    if isinstance(error, FfmpegFunctionsError):
        return error
    if isinstance(error, Late):
        return failed("the source did not respond in time", "TIMEOUT")
    if isinstance(error, socket.gaierror):
        return failed("the source's host name cannot be resolved", details={"reason": "ENOTFOUND"})
    number = getattr(error, "errno", None)
    reason = errno.errorcode.get(number, "") if isinstance(number, int) else ""
    if isinstance(error, http.client.HTTPException) and not reason:
        reason = "HTTP"
    message = f"the connection to the source failed ({reason or type(error).__name__})"
    return failed(message, details={"reason": reason or type(error).__name__})


def too_slow() -> FfmpegFunctionsError:
    return failed("the source sends no data, or sends it too slowly", "TIMEOUT")


def too_large(limit: int) -> FfmpegFunctionsError:
    message = f"the source is over the limit of {limit} bytes"
    return failed(message, "PAYLOAD_TOO_LARGE", details={"limit_bytes": limit})


def not_openable(
    message: str = "the fallback opens only http, https and file URLs (see resolve_source)",
) -> FfmpegFunctionsError:
    return failed(message, "UNAVAILABLE", recoverable=False, details={"reason": ONLY_FOR_THE_SERVICE})
