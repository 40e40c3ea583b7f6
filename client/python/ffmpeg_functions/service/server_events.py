"""Follows the events of one transcode."""

from __future__ import annotations

import time
from typing import Any, Dict, Iterator, Tuple

from ..builder_data import EVENTS_DELAYS
from ..errors import FfmpegFunctionsError
from ..timed_read import CHUNK_BYTES
from .answers import LONGEST_TEXT, error_of, parsed, read_text
from .calls import Service
from .exchange import Exchange
from .failures import UNANSWERED

_SILENCE = 45.0
"""Longest silence in seconds; the service sends something every 15 s."""


def server_events(service: Service, exchange: Exchange, path: str) -> Iterator[Tuple[str, Any]]:
    """Yields server-sent events with their data (WHATWG HTML, 9.2) until there are no more.

    Reconnects after each cut, with growing delays after consecutive failures. Raises an error if it is aborted.
    """
    last_id: Dict[str, str] = {}
    failures = 0
    while True:
        delay = EVENTS_DELAYS[0]
        try:
            deadline = time.monotonic() + service.timeout
            response = service.open(exchange, "transcodes", path, deadline, headers=last_id)
            if response.status != 200:
                error = error_of(response, read_text(exchange, deadline))
                if response.status == 204 or not error.recoverable and error.code != "NOT_FOUND":
                    return
                raise error
            for event, data, event_id in _events_of(exchange):
                failures, last_id = 0, {"Last-Event-ID": event_id}
                yield event, data
                if event == "end":
                    return
        except (FfmpegFunctionsError, *UNANSWERED):
            delay = EVENTS_DELAYS[min(failures, len(EVENTS_DELAYS) - 1)]
            failures += 1
        exchange.pause(delay)


def _events_of(exchange: Exchange) -> Iterator[Tuple[str, Any, str]]:
    """Yields the name, data and id of each event of a response. Raises what `Exchange.read` raises, or ValueError."""
    rest = b""
    while True:
        chunk = exchange.read(time.monotonic() + _SILENCE, CHUNK_BYTES)
        if not chunk:
            return
        *blocks, rest = (rest + chunk).split(b"\n\n")
        if len(rest) > LONGEST_TEXT:
            raise ValueError("an event without an end")
        for block in blocks:
            lines = block.decode("utf-8", "replace").split("\n")
            fields = dict(line.split(": ", 1) for line in lines if ": " in line and not line.startswith(":"))
            if "event" in fields:
                yield fields["event"], parsed(fields.get("data", "null")), fields.get("id", "")
