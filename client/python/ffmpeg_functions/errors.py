"""The one kind of error that this package raises for what went wrong with a stream or a request."""

from typing import Any, Dict, Mapping, Optional

from .builder_data import ERRORS


class FfmpegFunctionsError(Exception):
    """What went wrong: a code of the service's catalogue, and whether the same request may succeed later."""

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
    """CONFLICT: a stream that has ended takes no change."""
    return FfmpegFunctionsError("CONFLICT", "the stream has ended", {"state": state})
