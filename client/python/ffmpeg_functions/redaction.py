"""Removes secrets from logs and errors."""

from __future__ import annotations

import re

from .builder_data import REDACTED

_URL_SECRETS = re.compile(r"([a-z][a-z0-9+.-]*://)(?:[^/\s'\"@]*@)?([^\s'\"?#]*)([?#][^\s'\"]*)?", re.IGNORECASE)


def redacted(line: str) -> str:
    """Returns a line without the credentials, queries and fragments of its URLs."""
    return _URL_SECRETS.sub(lambda found: f"{found[1]}{found[2]}{f'?{REDACTED}' if found[3] else ''}", line)
