"""What goes wrong with a request to the service, as errors of the catalogue."""

from __future__ import annotations

import errno
import http.client
import ssl

from ..errors import FfmpegFunctionsError

UNANSWERED = (OSError, http.client.HTTPException, ValueError)
"""What an exchange raises when there is no answer, or only a part of one."""


def unreachable(cause: BaseException) -> FfmpegFunctionsError:
    number = getattr(cause, "errno", None)
    reason = errno.errorcode.get(number, "") if isinstance(number, int) else ""
    reason = reason or str(cause) or type(cause).__name__
    message = f"the service cannot be reached ({reason})"
    return FfmpegFunctionsError("UNAVAILABLE", message, {"part": "service", "reason": reason})


def not_the_service() -> FfmpegFunctionsError:
    """For an answer that the service would never give."""
    details = {"part": "service", "reason": "garbage"}
    return FfmpegFunctionsError("UNAVAILABLE", "that is not the service", details)


def is_reset(error: BaseException) -> bool:
    """Whether the connection was closed without an answer, as by a balancer: the request may be sent again."""
    return isinstance(error, (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError))


def is_service_fault(error: FfmpegFunctionsError) -> bool:
    """Whether it is the service's own trouble; not that it is busy, nor a problem of a source."""
    if error.details.get("part") == "service":
        return error.code in ("UNAVAILABLE", "TIMEOUT")
    return error.code in ("INTERNAL_ERROR", "UNAVAILABLE")
