"""The headers that identify the caller."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Optional, Union

Token = Union[str, Callable[[], str], None]


def credential_headers(api_key: Optional[str], token: Token) -> Dict[str, str]:
    """Returns the headers. Raises ValueError, without the secret, if there is no token or no header can carry it."""
    headers: Dict[str, str] = {}
    if api_key is not None:
        headers["X-Api-Key"] = _header_value("API key", api_key)
    if token is not None:
        try:
            current = token if isinstance(token, str) else token()
        except Exception as error:
            raise ValueError(f"the token function failed: {type(error).__name__}") from error
        headers["Authorization"] = f"Bearer {_header_value('token', current)}"
    return headers


def _header_value(name: str, value: Any) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[\x20-\x7e]+", value) is None:
        raise ValueError(f"the {name} contains a line break or another character that is not valid in a header")
    return value
