"""The interface of the joiners."""

from __future__ import annotations


class Joiner:
    """Joins the output of several encoders into one stream of whole units."""

    given = 0
    """Units returned so far."""
    is_complete = False
    """Whether the stream has signalled its end."""
    _rest = b""

    @property
    def is_whole(self) -> bool:
        """Whether the input so far ends with a whole unit."""
        return not self._rest

    def begin(self, at_unit: int, drop: int) -> None:
        """Starts the next encoder's stream: its first unit is `at_unit` of the whole, its first `drop` are dropped."""
        raise NotImplementedError

    def push(self, chunk: bytes) -> bytes:
        """Takes bytes of the encoder and returns whole units. Raises WrongFormat."""
        raise NotImplementedError

    def end(self) -> bytes:
        """Returns the bytes that close the stream."""
        return b""


class WrongFormat(Exception):
    """The bytes are not in the format that was requested."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"the stream is not {kind}")
