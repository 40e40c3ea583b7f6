"""The errors of a request to the service."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl

from ..errors import FfmpegFunctionsError

UNANSWERED = (OSError, http.client.HTTPException, ValueError)
"""The exceptions of an exchange without a response, or with only a part of one."""


def unreachable(cause: BaseException) -> FfmpegFunctionsError:
    reason = _reason_of(cause)
    message = f"the service cannot be reached ({reason})"
    return FfmpegFunctionsError("UNAVAILABLE", message, {"part": "service", "reason": reason})


def _reason_of(cause: BaseException) -> str:
    """Returns the name of the system's error if there is one, or else plain words."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return "the TLS connection failed"
    if isinstance(cause, socket.gaierror):
        return "its host name cannot be resolved"
    if isinstance(cause, (http.client.IncompleteRead, http.client.RemoteDisconnected)):
        return "the response was cut"
    if isinstance(cause, http.client.HTTPException):
        return "the response is not valid HTTP"
    number = getattr(cause, "errno", None)
    name = errno.errorcode.get(number, "") if isinstance(number, int) else ""
    return name or str(cause) or "the connection failed"


def not_the_service() -> FfmpegFunctionsError:
    """Returns the error for a response that cannot come from the service."""
    details = {"part": "service", "reason": "garbage"}
    return FfmpegFunctionsError("UNAVAILABLE", "the response is not from the service", details)


def is_reset(error: BaseException) -> bool:
    """Whether the connection was closed without a response, as by a load balancer: the request may be retried."""
    return isinstance(error, (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError))


def is_service_fault(error: FfmpegFunctionsError) -> bool:
    """Whether the service is at fault. A busy service or an invalid source is not its fault."""
    if error.details.get("part") == "service":
        return error.code in ("UNAVAILABLE", "TIMEOUT")
    return error.code in ("INTERNAL_ERROR", "UNAVAILABLE")
