from __future__ import annotations

import socket
import struct
import threading
import time
from typing import Callable, Dict, List

from ffmpeg_functions import Breaker, BrokenEvent, Client, FfmpegFunctionsError, Retry, Timeouts

from misbehaving import PATIENT, MisbehavingService
from servers import CHUNKED, HEAD, chunk, says, server
from system import PROMISED


class FailingService(MisbehavingService):
    def test_is_busy(self) -> None:
        busy = says(b"HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 4\r\n\r\nbusy")
        self.assertLess(self.play(busy, PATIENT), PROMISED)
        self.assertEqual(self.codes(), ["OVERLOADED"])
        details = [event.error.details for event in self.events if isinstance(event, BrokenEvent)]
        self.assertEqual(details[0]["retry_after_seconds"], 7)

    def test_is_at_the_concurrency_limit_of_its_platform(self) -> None:
        # A date in retry-after is valid but not reported.
        self.play(says(b"HTTP/1.1 429 No\r\nretry-after: Sat, 21 Nov 2026 20:00:00 GMT\r\ncontent-length: 0\r\n\r\n"))
        self.assertEqual(self.codes(), ["OVERLOADED"])

    def test_redirects(self) -> None:
        self.play(says(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"))
        self.assertEqual(self.codes(), ["UNAVAILABLE"])

    def test_cuts_the_connection_within_its_error(self) -> None:
        body = b'{"code": "RATE_LIMITED", "message": "slower", "details": {}, "recoverable": true}'
        self.play(says(b"HTTP/1.1 429 No\r\ncontent-length: %d\r\n\r\n" % (len(body) + 9) + body))
        self.assertEqual(self.codes(), ["RATE_LIMITED"])

    def test_cuts_the_connection_within_its_audio(self) -> None:
        part = self.whole[:20_001]
        for body in (
            CHUNKED + chunk(part),
            CHUNKED + chunk(part)[:-500],
            HEAD + b"content-length: %d\r\n\r\n" % len(self.whole) + part,
        ):
            with self.subTest(body[-20:]):
                self.events.clear()
                self.play(says(body))
                self.assertEqual(self.codes(), ["UNAVAILABLE"])

    def test_closes_a_connection_before_the_response(self) -> None:
        """The request is retried once."""

        def reset(connection: socket.socket) -> None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        def cut_off(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: app")

        ways: Dict[str, Callable[[socket.socket], None]] = {
            "closes": lambda _: None, "resets": reset, "cuts off": cut_off
        }
        for name, lets_go in ways.items():
            for attempts in (0, 1):
                with self.subTest(name, attempts=attempts):
                    asked: List[bytes] = []

                    def behave(connection: socket.socket, ended: threading.Event) -> None:
                        asked.append(connection.recv(65_536))
                        if len(asked) == 1:
                            lets_go(connection)
                        else:
                            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

                    with server(behave) as url, Client(url, retry=Retry(attempts), fallback=None) as client:
                        if attempts == 0:
                            with self.assertRaises(FfmpegFunctionsError) as raised:
                                client.health()
                            self.assertEqual(raised.exception.code, "UNAVAILABLE")
                        else:
                            self.assertEqual(client.health(), {})
                    self.assertEqual(len(asked), 1 + attempts)

    def test_gets_probes_but_no_requests_after_consecutive_failures(self) -> None:
        asked: List[bytes] = []

        def behave(connection: socket.socket, ended: threading.Event) -> None:
            asked.append(connection.recv(65_536).split(b"\r\n")[0])
            connection.sendall(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n")

        with server(behave) as url, Client(url, breaker=Breaker(threshold=2, probe_every=0.1)) as client:
            for _ in range(4):
                with self.assertLogs("ffmpeg_functions", "WARNING"):
                    client.transcode(f"{self.source}/noise.mp3", "pcm", duration=0.1).close()
        self.assertEqual(asked.count(b"POST /transcode HTTP/1.1"), 2)
        self.assertGreaterEqual(asked.count(b"GET /health/ready HTTP/1.1"), 2)

    def test_gets_no_requests_before_it_is_ready(self) -> None:
        asked: List[bytes] = []

        def behave(connection: socket.socket, ended: threading.Event) -> None:
            asked.append(connection.recv(65_536).split(b"\r\n")[0])
            status = b"403 No" if b"/health/" in asked[-1] else b"500 Oops"
            connection.sendall(b"HTTP/1.1 %s\r\ncontent-length: 0\r\n\r\n" % status)

        with server(behave) as url, Client(url) as client:
            for _ in range(3):
                client.transcode(f"{self.source}/noise.mp3", "pcm", duration=0.1).close()
        self.assertEqual(asked.count(b"POST /transcode HTTP/1.1"), 2)

    def test_is_probed_at_a_fixed_interval_however_long_a_probe_takes(self) -> None:
        looks: List[float] = []
        seen = threading.Event()

        def behave(connection: socket.socket, ended: threading.Event) -> None:
            if b"/health/" not in connection.recv(65_536):
                return
            looks.append(time.monotonic())
            if len(looks) == 4:
                seen.set()
            ended.wait()

        quick = Breaker(threshold=1, probe_every=0.5)
        with server(behave) as url, Client(url, breaker=quick, timeouts=Timeouts(probe=0.4)) as client:
            client.transcode(f"{self.source}/noise.mp3", "pcm", duration=0.1).close()
            self.assertTrue(seen.wait(10))
        self.assertLess(min(later - earlier for earlier, later in zip(looks, looks[1:])), 0.85)
