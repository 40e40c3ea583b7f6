"""A socket for http.client with a deadline for every read and write."""

from __future__ import annotations

import io
import socket
from typing import Any

from ..timed_read import IsExcused, Late, never_excused, seconds_left


class TimedReader(io.RawIOBase):
    """Reads a socket until a deadline that is set before each read, so that silence and a trickle are detected."""

    has_ended = False

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        self._sock = sock
        self.deadline = deadline
        self.is_excused: IsExcused = never_excused

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        # http.client cannot continue after a failed read, so an excused wait happens here.
        while True:
            self._sock.settimeout(seconds_left(self.deadline, self.is_excused))
            try:
                count = self._sock.recv_into(buffer)
            except socket.timeout:
                continue
            self.has_ended = count == 0
            return count


class SocketForHttp:
    """The socket that http.client uses. It never closes the real socket: the exchange does."""

    def __init__(self, sock: socket.socket, reader: TimedReader) -> None:
        self._sock = sock
        self._reader = reader

    def sendall(self, data: Any) -> None:
        self._sock.settimeout(seconds_left(self._reader.deadline))
        try:
            self._sock.sendall(data)
        except socket.timeout:
            raise Late("timeout") from None

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(self._reader, 65_536)

    def close(self) -> None:
        """Does nothing."""
