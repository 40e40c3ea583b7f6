"""Resolves host names with a deadline."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any, List, Tuple, Union, cast

from ..timed_read import Late, seconds_left

Address = Tuple[int, int, int, str, Any]
"""As `socket.getaddrinfo` returns it."""


def resolve(host: str, port: int, deadline: float) -> List[Address]:
    """Returns the addresses of a host. Resolves in a separate thread, since nothing else limits the wait."""
    with contextlib.suppress(socket.gaierror):
        flags = socket.AI_NUMERICHOST
        return cast(List[Address], socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, 0, flags))
    answer: List[Union[List[Address], OSError]] = []

    def look_up() -> None:
        try:
            answer.append(cast(List[Address], socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as error:
            answer.append(error if isinstance(error, OSError) else OSError("no such host name"))

    thread = threading.Thread(target=look_up, name="ffmpeg-functions resolve", daemon=True)
    thread.start()
    thread.join(seconds_left(deadline))
    if not answer:
        raise Late("timeout")
    if isinstance(answer[0], OSError):
        raise answer[0]
    return answer[0]
