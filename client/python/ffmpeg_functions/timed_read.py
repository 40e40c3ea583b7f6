"""Reads with a deadline."""

from __future__ import annotations

import time
from typing import Callable

CHUNK_BYTES = 16_384
"""Most bytes of one read."""
IsExcused = Callable[[], bool]
"""Whether a read may continue after its deadline, as while the reader of the stream still has audio."""


class Late(OSError):
    """A deadline has passed."""


def never_excused() -> bool:
    return False


_LOOK_AGAIN = 0.02


def seconds_left(deadline: float, is_excused: IsExcused = never_excused) -> float:
    """Returns the seconds until a deadline or, while excused after it, until the next check. Raises Late."""
    left = deadline - time.monotonic()
    if left > 0:
        return left
    if not is_excused():
        raise Late("timeout")
    return _LOOK_AGAIN
