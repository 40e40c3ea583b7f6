"""The headers that identify the caller."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Optional, Union

Token = Union[str, Callable[[], str], None]


def credential_headers(api_key: Optional[str], token: Token) -> Dict[str, str]:
    """Raises ValueError when no token can be had, or a header cannot hold one; the message never repeats it."""
    headers: Dict[str, str] = {}
    if api_key is not None:
        headers["X-Api-Key"] = _header_value("API key", api_key)
    if token is not None:
        try:
            current = token if isinstance(token, str) else token()
        except Exception as error:
            raise ValueError(f"no token: {type(error).__name__}") from error
        headers["Authorization"] = f"Bearer {_header_value('token', current)}"
    return headers


def _header_value(name: str, value: Any) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[\x20-\x7e]+", value) is None:
        raise ValueError(f"the {name} is nothing that a header can hold")
    return value
