"""One request and its response, on its own connection."""

from __future__ import annotations

import contextlib
import errno
import http.client
import socket
import ssl
import threading
import urllib.parse
from typing import Mapping, Optional, cast

from ..timed_read import IsExcused, Late, never_excused, seconds_left
from .addresses import Resolve, resolve
from .timed_socket import SocketForHttp, TimedReader


class Exchange:
    """A request and its response. Any thread may call `abort`; only the owner calls `close`."""

    def __init__(self, resolve: Resolve = resolve) -> None:
        self._resolve = resolve
        self._lock = threading.Lock()
        self._sock: Optional[socket.socket] = None
        self._aborted = threading.Event()
        self._reader: Optional[TimedReader] = None
        self._response: Optional[http.client.HTTPResponse] = None

    def request(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        body: Optional[bytes],
        deadline: float,
        tls: Optional[ssl.SSLContext],
    ) -> http.client.HTTPResponse:
        """Returns the head of the response; may be called again. Raises OSError, HTTPException or ValueError."""
        self._disconnect()
        parts = urllib.parse.urlsplit(url)
        secure = parts.scheme == "https"
        host = parts.hostname or ""
        self._connect(host, parts.port or (443 if secure else 80), deadline)
        if secure:
            self._secure(tls or ssl.create_default_context(), host, deadline)
        sock = self._own()
        self._reader = TimedReader(sock, deadline)
        connection = http.client.HTTPConnection(host)
        connection.sock = cast(socket.socket, SocketForHttp(sock, self._reader))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        netloc = parts.netloc.rpartition("@")[2]
        connection.request(method, target, body, {**headers, "Host": netloc, "Connection": "close"})
        self._response = connection.getresponse()
        if self._reader.has_ended:
            # http.client accepts a truncated head as complete.
            raise http.client.RemoteDisconnected("the head of the response is truncated")
        return self._response

    def has_proper_end(self) -> bool:
        """Whether the response marks the end of its body; otherwise a body that was cut looks complete."""
        return self._response is not None and (bool(self._response.chunked) or self._response.length is not None)

    def read(self, deadline: float, most: int, is_excused: IsExcused = never_excused) -> bytes:
        """Returns what has arrived; b"" at the proper end. Raises OSError or HTTPException if the response is cut."""
        response, reader = self._response, self._reader
        assert response is not None and reader is not None
        reader.deadline, reader.is_excused = deadline, is_excused
        data = response.read1(most)
        self._own()
        if not data and response.length:
            raise http.client.IncompleteRead(b"", response.length)
        return data

    def pause(self, seconds: float) -> None:
        """Sleeps. Raises ConnectionAbortedError if it is aborted."""
        if self._aborted.wait(seconds):
            raise _aborted()

    def abort(self) -> None:
        with self._lock:
            self._aborted.set()
            if self._sock is not None:
                with contextlib.suppress(OSError):
                    # SSLSocket's own shutdown would let the reading thread continue without decryption.
                    socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def close(self) -> None:
        self._aborted.set()
        self._disconnect()

    def _disconnect(self) -> None:
        with self._lock:
            sock, self._sock = self._sock, None
        if self._response is not None:
            self._response.close()
        if sock is not None:
            sock.close()

    def _own(self) -> socket.socket:
        with self._lock:
            if self._aborted.is_set() or self._sock is None:
                raise _aborted()
            return self._sock

    def _connect(self, host: str, port: int, deadline: float) -> None:
        failure: OSError = OSError("no address")
        addresses = self._resolve(host, port, deadline, self._aborted)
        for index, (family, kind, protocol, _, address) in enumerate(addresses):
            sock = socket.socket(family, kind, protocol)
            with self._lock:
                aborted, self._sock = self._aborted.is_set(), sock
            try:
                if aborted:
                    raise _aborted()
                # Leaves time for the next address if this one is silent.
                sock.settimeout(seconds_left(deadline) / (len(addresses) - index))
                sock.connect(address)
                self._own()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return
            except OSError as error:
                failure = Late("timeout") if isinstance(error, socket.timeout) else error
                with self._lock:
                    self._sock = None
                sock.close()
                if self._aborted.is_set():
                    break
        raise failure

    def _secure(self, tls: ssl.SSLContext, host: str, deadline: float) -> None:
        plain = self._own()
        plain.settimeout(seconds_left(deadline))
        wrapped = tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        with self._lock:
            self._sock = wrapped
        self._own()
        try:
            wrapped.do_handshake()
        except socket.timeout:
            raise Late("timeout") from None


def _aborted() -> ConnectionAbortedError:
    return ConnectionAbortedError(errno.ECONNABORTED, "aborted")
