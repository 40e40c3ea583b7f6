"""Reads several pipes line by line."""

from __future__ import annotations

import os
import re
import selectors
from typing import Callable, Mapping

TakeLine = Callable[[str], None]


def read_lines(takers: Mapping[int, TakeLine]) -> None:
    """Calls each descriptor's function with its lines, until all descriptors have ended."""
    rests = {descriptor: b"" for descriptor in takers}
    with selectors.DefaultSelector() as selector:
        for descriptor in rests:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                data = os.read(key.fd, 65_536)
                if not data:
                    selector.unregister(key.fd)
                *lines, rests[key.fd] = re.split(rb"[\r\n]", rests[key.fd] + data)
                for line in lines if data else [rests[key.fd]]:
                    if line:
                        takers[key.fd](line.decode("utf-8", "replace"))
