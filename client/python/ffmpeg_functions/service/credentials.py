"""The headers that identify the caller."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Optional, Union

from ..errors import FfmpegFunctionsError

Token = Union[str, Callable[[], str], None]


def credential_headers(api_key: Optional[str], token: Token) -> Dict[str, str]:
    """Returns the headers. Raises UNAUTHENTICATED, without the secret, if there is none or no header can carry it."""
    headers: Dict[str, str] = {}
    if api_key is not None:
        headers["X-Api-Key"] = _header_value("API key", api_key)
    if token is not None:
        try:
            current = token if isinstance(token, str) else token()
        except Exception as error:
            # It may succeed later, unlike a token that is not valid.
            raise _unauthenticated("the function that returns the token failed", recoverable=True) from error
        headers["Authorization"] = f"Bearer {_header_value('token', current)}"
    return headers


def _header_value(name: str, value: Any) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[\x20-\x7e]+", value) is None:
        raise _unauthenticated(f"the {name} is empty or contains a character that is not valid in a header")
    return value


def _unauthenticated(message: str, recoverable: bool = False) -> FfmpegFunctionsError:
    return FfmpegFunctionsError("UNAUTHENTICATED", message, {"part": "client"}, recoverable)
