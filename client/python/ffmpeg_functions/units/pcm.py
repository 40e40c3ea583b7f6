"""PCM: a unit is one sample of each channel."""

from __future__ import annotations

from .joiner import Joiner


class PcmJoiner(Joiner):
    """Joins interleaved s16le."""

    def __init__(self, channels: int) -> None:
        self._unit_bytes = 2 * channels
        self._drop_bytes = 0
        self._rest = b""

    def begin(self, at_unit: int, drop: int) -> None:
        self._drop_bytes = drop * self._unit_bytes
        self._rest = b""

    def push(self, chunk: bytes) -> bytes:
        dropped = min(self._drop_bytes, len(chunk))
        self._drop_bytes -= dropped
        data = self._rest + chunk[dropped:]
        whole = len(data) - len(data) % self._unit_bytes
        self._rest = data[whole:]
        self.given += whole // self._unit_bytes
        return data[:whole]
