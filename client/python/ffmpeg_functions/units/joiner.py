"""What the joiners of all formats have in common."""

from __future__ import annotations


class Joiner:
    """Makes one stream of several: each encoder's bytes go in, whole units come out."""

    given = 0
    """Units that came out so far."""
    is_complete = False
    """The stream itself has marked its end."""
    _rest = b""

    @property
    def is_whole(self) -> bool:
        """Whether the input so far ends with a whole unit."""
        return not self._rest

    def begin(self, at_unit: int, drop: int) -> None:
        """Takes the next encoder's bytes from here on: its first unit is `at_unit` of the whole, `drop` are dropped."""
        raise NotImplementedError

    def push(self, chunk: bytes) -> bytes:
        """Returns the whole units so far. Raises WrongFormat."""
        raise NotImplementedError

    def end(self) -> bytes:
        """Returns what closes the stream."""
        return b""


class WrongFormat(Exception):
    """The bytes are not in the format that was requested."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"that is no {kind}")
