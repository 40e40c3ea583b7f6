"""The bytes of one `read` call."""

from __future__ import annotations

from typing import Callable, List


class Portion:
    """Collects N bytes, or the rest of the stream if N is negative."""

    def __init__(self, size: int, keep: Callable[[bytes, int], bytes]) -> None:
        """`keep(data, N)` returns the first N bytes of the data and keeps the rest for the next read."""
        self._is_bounded = size >= 0
        self._missing = size
        self._keep = keep
        self._chunks: List[bytes] = []

    def wants_more(self) -> bool:
        return not self._is_bounded or self._missing > 0

    def add(self, data: bytes) -> bool:
        """Returns False at the end of the stream, where there is no data."""
        if not data:
            return False
        if self._is_bounded and len(data) > self._missing:
            data = self._keep(data, self._missing)
        self._missing -= len(data)
        self._chunks.append(data)
        return True

    def bytes(self) -> bytes:
        return b"".join(self._chunks)
