"""Keeps secrets out of logs and errors."""

from __future__ import annotations

import re

from .builder_data import REDACTED

_URL_SECRETS = re.compile(r"(https?://)(?:[^/\s'\"@]*@)?([^\s'\"?]*)(\?[^\s'\"]*)?")


def redacted(line: str) -> str:
    """Removes the credentials and queries of URLs."""
    return _URL_SECRETS.sub(lambda found: f"{found[1]}{found[2]}{f'?{REDACTED}' if found[3] else ''}", line)
