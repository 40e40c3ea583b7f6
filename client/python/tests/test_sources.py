from __future__ import annotations

import os
import socket
import threading
import time
import unittest
from pathlib import Path
from typing import Any, List, Optional, Tuple, Union

from ffmpeg_functions import Client, Fallback, FfmpegFunctionsError, Timeouts
from ffmpeg_functions.service.addresses import resolve
from ffmpeg_functions.sources.address_policy import AddressPolicy

from servers import Behave, server
from system import NOWHERE, SystemTest

SECOND = 48_000 * 4
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\nconnection: close\r\n"


class Requests:
    """The heads of the requests to a server, each answered by the next behaviour; the last one repeats."""

    def __init__(self, *behaviours: Behave) -> None:
        self.heads: List[bytes] = []
        self._behaviours = behaviours

    def __call__(self, connection: socket.socket, ended: threading.Event) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = connection.recv(65_536)
            if not data:
                return
            head += data
        self.heads.append(head)
        self._behaviours[min(len(self.heads), len(self._behaviours)) - 1](connection, ended)


def sends(*parts: bytes) -> Behave:
    def behave(connection: socket.socket, _: threading.Event) -> None:
        for part in parts:
            connection.sendall(part)

    return behave


class LocalSources(SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.mp3 = Path(self.folder, "noise.mp3").read_bytes()

    def played(self, url: str, **options: Any) -> Union[int, str]:
        """Returns the number of bytes of PCM, or the error code."""
        timeouts = Timeouts(first_audio=20, silence=20, give_up=20)
        with self.assertLogs("ffmpeg_functions", "INFO"):
            with Client(NOWHERE, fallback=Fallback(**options), timeouts=timeouts) as client:
                try:
                    with client.transcode(url, "pcm") as stream:
                        return len(stream.read())
                except FfmpegFunctionsError as error:
                    return error.code

    def test_come_from_allowed_networks_only(self) -> None:
        asked = Requests(sends(HEAD, b"\r\n", self.mp3))
        with server(asked) as url:
            port = int(url.rpartition(":")[2])
            self.assertEqual(self.played(url, source_allowed_networks=[]), "SOURCE_FORBIDDEN")
            self.assertEqual(self.played(f"http://localhost:{port}/", source_allowed_networks=[]), "SOURCE_FORBIDDEN")
            denied = {"source_allowed_networks": ["127.0.0.1"], "source_denied_networks": ["127.0.0.0/8"]}
            self.assertEqual(self.played(url, **denied), "SOURCE_FORBIDDEN")
            self.assertEqual(asked.heads, [])
            self.assertEqual(self.played(url, source_allowed_networks=[f"127.0.0.1/32:{port}"]), 12 * SECOND)

    def test_are_checked_after_a_redirect(self) -> None:
        internal = Requests(sends(HEAD, b"\r\n", self.mp3))
        with server(internal) as target:
            for location in (target, "file:///etc/passwd", "http://[::ffff:127.0.0.1]/"):
                redirect = f"HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n".encode()
                with self.subTest(location), server(Requests(sends(redirect))) as url:
                    only = [f"127.0.0.1:{url.rpartition(':')[2]}"]
                    self.assertEqual(self.played(url, source_allowed_networks=only), "SOURCE_FORBIDDEN")
        self.assertEqual(internal.heads, [])

    def test_are_files_only_if_the_orchestrator_names_them(self) -> None:
        path = Path(self.folder, "noise.mp3")
        url = path.as_uri()
        self.assertEqual(self.played(url), "SOURCE_FORBIDDEN")
        replacing = lambda asked: asked.replace("s3://m/", "")
        self.assertEqual(self.played(f"{url}?s3://m/", resolve_source=replacing), "SOURCE_FORBIDDEN")
        self.assertEqual(self.played("s3://m/a", resolve_source=lambda _: url), 12 * SECOND)
        self.assertEqual(self.played(url, resolve_source=lambda _: path), 12 * SECOND)

    def test_are_regular_files(self) -> None:
        fifo = Path(self.folder, f"pipe-{os.getpid()}")
        os.mkfifo(fifo)
        self.addCleanup(fifo.unlink)
        for path in (fifo, Path(self.folder), Path("/nowhere/a.mp3")):
            with self.subTest(path):
                self.assertEqual(self.played("s3://m/a", resolve_source=lambda _, path=path: path), "DOWNLOAD_FAILED")

    def test_without_a_length_are_downloaded_once(self) -> None:
        chunked = b"transfer-encoding: chunked\r\n\r\n%x\r\n" % len(self.mp3)
        for parts in ((b"\r\n", self.mp3), (chunked, self.mp3, b"\r\n0\r\n\r\n")):
            asked = Requests(sends(HEAD, *parts))
            with self.subTest(parts[0]), server(asked) as url:
                self.assertEqual(self.played(url), 12 * SECOND)
                self.assertEqual(len(asked.heads), 1)

    def test_are_resumed_where_the_connection_was_cut(self) -> None:
        size, cut = len(self.mp3), 100_000
        first = HEAD + b'etag: "1"\r\ncontent-length: %d\r\n\r\n' % size
        partial = b'HTTP/1.1 206 Partial\r\netag: "1"\r\ncontent-range: bytes %d-%d/%d\r\ncontent-length: %d\r\n\r\n'
        rest = partial % (cut, size - 1, size, size - cut)
        asked = Requests(sends(first, self.mp3[:cut]), sends(rest, self.mp3[cut:]))
        with server(asked) as url:
            self.assertEqual(self.played(url), 12 * SECOND)
        self.assertEqual(len(asked.heads), 2)
        self.assertIn(b"Range: bytes=%d-\r\n" % cut, asked.heads[1])
        self.assertIn(b'If-Range: "1"\r\n', asked.heads[1])

    def test_that_change_are_not_resumed(self) -> None:
        size = len(self.mp3)
        first = HEAD + b'etag: "1"\r\ncontent-length: %d\r\n\r\n' % size
        other = HEAD + b'etag: "2"\r\ncontent-length: %d\r\n\r\n' % size
        with server(Requests(sends(first, self.mp3[:100_000]), sends(other, self.mp3))) as url:
            with self.assertLogs("ffmpeg_functions", "WARNING"), Client(NOWHERE) as client:
                with self.assertRaises(FfmpegFunctionsError) as raised:
                    with client.transcode(url, "pcm", duration=0.01, start_at=11) as stream:
                        stream.read()
        self.assertEqual((raised.exception.code, raised.exception.recoverable), ("DOWNLOAD_FAILED", False))

    def test_get_their_credentials_and_no_other_server_does(self) -> None:
        other = Requests(sends(HEAD, b"\r\n", self.mp3))
        with server(other) as target:
            redirect = f"HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n".encode()
            asked = Requests(sends(redirect))
            with server(asked) as url:
                self.assertEqual(self.played(url.replace("//", "//me:se%20cret@")), 12 * SECOND)
        self.assertIn(b"Authorization: Basic bWU6c2UgY3JldA==\r\n", asked.heads[0])
        self.assertNotIn(b"Authorization", other.heads[0])


class Addresses(unittest.TestCase):
    def test_of_this_machine_are_refused(self) -> None:
        own = _own_address()
        if own is None:
            self.skipTest("this machine has no address but loopback")
        policy = AddressPolicy([own])
        self.assertTrue(policy.allows(own, 80), "a listed network is allowed")
        self.assertFalse(AddressPolicy().allows(own, 80))

    def test_are_resolved_in_bounded_time_by_a_bounded_number_of_threads(self) -> None:
        turns = threading.BoundedSemaphore(1)
        turns.acquire()
        aborted = threading.Event()
        with self.assertRaises(OSError):
            resolve("localhost", 80, time.monotonic() + 0.1, aborted, turns)
        aborted.set()
        with self.assertRaises(ConnectionAbortedError):
            resolve("localhost", 80, time.monotonic() + 60, aborted, turns)
        turns.release()
        self.assertTrue(resolve("localhost", 80, time.monotonic() + 60, threading.Event(), turns))
        self.assertTrue(turns.acquire(timeout=60))


def _own_address() -> Optional[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: Tuple[str, int] = probe.getsockname()
        return address[0]
