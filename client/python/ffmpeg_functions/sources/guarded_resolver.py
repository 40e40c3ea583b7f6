"""Resolves the hosts of sources, within bounds, to addresses that the policy allows."""

from __future__ import annotations

import threading
import time
from typing import List

from ..errors import FfmpegFunctionsError
from ..service.addresses import Address, Resolve, resolve
from ..timed_read import seconds_left
from .address_policy import AddressPolicy

_LOOKUP = 2.0
"""Longest time for one lookup, seconds. The thread that waits for the system may take longer."""
_TURNS = threading.BoundedSemaphore(32)
"""Threads that wait for the system to resolve a name."""


def guarded_resolver(policy: AddressPolicy) -> Resolve:
    """Returns a function like `resolve` that raises SOURCE_FORBIDDEN if any address of the host is refused."""

    def guarded(host: str, port: int, deadline: float, aborted: threading.Event) -> List[Address]:
        before = min(deadline, time.monotonic() + _LOOKUP)
        addresses = resolve(host, port, before, aborted, turns=_TURNS)
        if not all(policy.allows(str(address[4][0]), port) for address in addresses):
            raise FfmpegFunctionsError("SOURCE_FORBIDDEN", _REFUSED, {"part": "fallback"})
        seconds_left(deadline)
        # A machine without IPv6 would wait for it first.
        return sorted(addresses, key=lambda address: ":" in str(address[4][0]))

    return guarded


_REFUSED = (
    "the address or the port of the source is not allowed: only public servers on ports 80, 443 and 8000–8999, and "
    "what source_allowed_networks and source_allowed_ports list"
)
