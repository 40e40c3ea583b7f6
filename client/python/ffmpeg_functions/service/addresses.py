"""Resolves host names with a deadline."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
from typing import Any, Callable, List, Optional, Tuple, Union, cast

from ..timed_read import seconds_left

Address = Tuple[int, int, int, str, Any]
"""As `socket.getaddrinfo` returns it."""
Resolve = Callable[[str, int, float, threading.Event], List[Address]]
"""Returns the addresses of a host and a port, before a deadline, unless the event is set."""
_LOOK_AGAIN = 0.05


def resolve(
    host: str,
    port: int,
    deadline: float,
    aborted: threading.Event,
    turns: Optional[threading.BoundedSemaphore] = None,
) -> List[Address]:
    """Resolves in a separate thread, since nothing else limits the wait. `turns` bounds the number of such threads."""
    with contextlib.suppress(socket.gaierror):
        flags = socket.AI_NUMERICHOST
        return cast(List[Address], socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, 0, flags))
    answer: List[Union[List[Address], OSError]] = []
    answered = threading.Event()

    def look_up() -> None:
        try:
            answer.append(cast(List[Address], socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as error:
            answer.append(error if isinstance(error, OSError) else OSError("no such host name"))
        finally:
            if turns is not None:
                turns.release()
            answered.set()

    if turns is not None:
        while not turns.acquire(timeout=_LOOK_AGAIN):
            _check(deadline, aborted)
    threading.Thread(target=look_up, name="ffmpeg-functions resolve", daemon=True).start()
    while not answered.wait(_LOOK_AGAIN):
        _check(deadline, aborted)
    if isinstance(answer[0], OSError):
        raise answer[0]
    return answer[0]


def _check(deadline: float, aborted: threading.Event) -> None:
    if aborted.is_set():
        raise ConnectionAbortedError(errno.ECONNABORTED, "aborted")
    seconds_left(deadline)
