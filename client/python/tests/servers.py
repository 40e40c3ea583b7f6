"""Servers with a behaviour that a test defines."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import Callable, Iterable, Iterator, List

PCM = b"content-type: audio/pcm; rate=48000; channels=2; encoding=s16le\r\n"
HEAD = b"HTTP/1.1 200 OK\r\n" + PCM + b"x-transcode-id: x\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
Behave = Callable[[socket.socket, threading.Event], None]


@contextmanager
def server(behave: Behave) -> Iterator[str]:
    """Yields the URL of a server that calls `behave` with each connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()
    threads: List[threading.Thread] = []

    def attend(connection: socket.socket) -> None:
        with connection:
            try:
                behave(connection, ended)
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=attend, args=(connection,)))
            threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in [acceptor, *threads]:
            thread.join()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def silent(connection: socket.socket, ended: threading.Event) -> None:
    connection.recv(65_536)
    ended.wait()


def says(*parts: bytes, then_waits: bool = False) -> Behave:
    def behave(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65_536)
        for part in parts:
            connection.sendall(part)
        if then_waits:
            ended.wait()

    return behave


def trickles(start: bytes, units: Iterable[bytes]) -> Behave:
    """Sends one unit every 0.1 s."""

    def behave(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(start)
        for unit in units:
            if ended.wait(0.1):
                return
            connection.sendall(unit)

    return behave
