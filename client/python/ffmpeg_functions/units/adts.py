"""AAC in ADTS: a unit is one frame."""

from __future__ import annotations

from typing import Optional

from .joiner import Joiner, WrongFormat


class AdtsJoiner(Joiner):
    """Joins AAC in ADTS. Each frame header contains the frame's length (ISO/IEC 13818-7, 6.2)."""

    def __init__(self) -> None:
        self._drop = 0
        self._rest = b""

    def begin(self, at_unit: int, drop: int) -> None:
        self._drop = drop
        self._rest = b""

    def push(self, chunk: bytes) -> bytes:
        data = self._rest + chunk
        start = at = 0
        while True:
            length = _frame_length(data, at)
            if length is None:
                break
            at += length
            if self._drop > 0:
                self._drop -= 1
                start = at
            else:
                self.given += 1
        self._rest = data[at:]
        return data[start:at]


_HEADER_BYTES = 7


def _frame_length(data: bytes, at: int) -> Optional[int]:
    """Returns the length in bytes of the frame at an offset; None until the whole frame has arrived."""
    # Rejects another format at its first byte.
    if at < len(data) and data[at] != 0xFF:
        raise WrongFormat("AAC in ADTS")
    if len(data) - at < _HEADER_BYTES:
        return None
    length = (int.from_bytes(data[at + 3 : at + 6], "big") >> 5) & 0x1FFF
    if data[at + 1] >> 4 != 0xF or length < _HEADER_BYTES:
        raise WrongFormat("AAC in ADTS")
    return None if len(data) - at < length else length
