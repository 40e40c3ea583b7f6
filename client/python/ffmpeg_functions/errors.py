"""The exception that this package raises when a stream or a request fails."""

from typing import Any, Dict, Mapping, Optional

from .builder_data import ERRORS


class FfmpegFunctionsError(Exception):
    """A failed stream or request, with an error code of the service.

    `recoverable` is True if the same request may succeed later.
    """

    code: str
    message: str
    details: Dict[str, Any]
    recoverable: bool

    def __init__(
        self,
        code: str,
        message: Optional[str] = None,
        details: Optional[Mapping[str, Any]] = None,
        recoverable: Optional[bool] = None,
    ) -> None:
        known = ERRORS.get(code, ERRORS["INTERNAL_ERROR"])
        self.code = code
        self.message = message if message is not None else known["message"]
        self.details = dict(details or {})
        self.recoverable = known["recoverable"] if recoverable is None else recoverable
        super().__init__(f"{code}: {self.message}")


def has_ended(state: str) -> FfmpegFunctionsError:
    """Returns the error for a change of a stream that has ended."""
    return FfmpegFunctionsError("CONFLICT", "the stream has ended", {"state": state})
