"""Reads that end by a deadline."""

from __future__ import annotations

import time
from typing import Callable

CHUNK_BYTES = 16_384
"""What one read takes at most."""
IsExcused = Callable[[], bool]
"""Whether a read may go on after its deadline, as while the reader of the stream still has audio."""


class Late(OSError):
    """A deadline has passed."""


def never_excused() -> bool:
    return False


_LOOK_AGAIN = 0.02


def seconds_left(deadline: float, is_excused: IsExcused = never_excused) -> float:
    """Returns the seconds up to a deadline, or, after it, up to the next look at the excuse. Raises Late."""
    left = deadline - time.monotonic()
    if left > 0:
        return left
    if not is_excused():
        raise Late("timeout")
    return _LOOK_AGAIN
