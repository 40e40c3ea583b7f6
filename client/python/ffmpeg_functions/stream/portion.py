"""The bytes that one `read` asks for."""

from __future__ import annotations

from typing import Callable, List


class Portion:
    """Collects N bytes, or all that is left when N is negative."""

    def __init__(self, size: int, keep: Callable[[bytes, int], bytes]) -> None:
        """`keep` keeps what comes after the first N bytes of some data for the next read, and returns those."""
        self._is_bounded = size >= 0
        self._missing = size
        self._keep = keep
        self._chunks: List[bytes] = []

    def wants_more(self) -> bool:
        return not self._is_bounded or self._missing > 0

    def add(self, data: bytes) -> bool:
        """Returns False at the end of the stream, which has no data."""
        if not data:
            return False
        if self._is_bounded and len(data) > self._missing:
            data = self._keep(data, self._missing)
        self._missing -= len(data)
        self._chunks.append(data)
        return True

    def bytes(self) -> bytes:
        return b"".join(self._chunks)
