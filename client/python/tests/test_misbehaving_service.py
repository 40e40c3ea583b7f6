from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from itertools import repeat
from typing import Callable, Dict, Iterable, Iterator, List

from ffmpeg_functions import Breaker, BrokenEvent, Client, Event, FfmpegFunctionsError, Timeouts

from support import NOWHERE, SystemTest, control

QUICK = Timeouts(first_audio=0.6, silence=0.5, behind=0.5, request=1, give_up=2)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: audio/pcm; rate=48000\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
Behave = Callable[[socket.socket, threading.Event], None]


@contextmanager
def server(behave: Behave) -> Iterator[str]:
    """Has every connection's request behaved to, until the end."""
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
    """One of them every tenth of a second."""

    def behave(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(start)
        for unit in units:
            if ended.wait(0.1):
                return
            connection.sendall(unit)

    return behave


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


class MisbehavingService(SystemTest):
    """Each is dealt with in its configured time, and what comes out is what should."""

    def setUp(self) -> None:
        super().setUp()
        with self.assertLogs("ffmpeg_functions", "WARNING"), Client(NOWHERE) as client:
            self.whole = client.transcode(f"{self.source}/noise.mp3", "pcm", duration=1).read()
        self.events: List[Event] = []

    def play(self, behave: Behave) -> float:
        """Plays, and gives the time to the first audio."""
        with server(behave) as url, Client(url, timeouts=QUICK, on_event=self.events.append) as client:
            since = time.monotonic()
            with self.assertLogs("ffmpeg_functions", "WARNING"):
                with client.transcode(f"{self.source}/noise.mp3", "pcm", duration=1) as stream:
                    first = time.monotonic() - since
                    self.assertEqual(stream.read(), self.whole)
            self.assertLess(time.monotonic() - since, 2.5)
        return first

    def codes(self) -> List[str]:
        return [event.error.code for event in self.events if isinstance(event, BrokenEvent)]

    def test_accepts_and_is_silent(self) -> None:
        self.assertLess(self.play(silent), QUICK.first_audio + 0.6)
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_is_silent_behind_its_head(self) -> None:
        self.assertLess(self.play(says(CHUNKED, then_waits=True)), QUICK.silence + 0.6)
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_is_silent_in_the_middle(self) -> None:
        self.play(says(CHUNKED, chunk(self.whole[:10_002]), then_waits=True))
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_sends_its_head_byte_by_byte(self) -> None:
        self.assertLess(self.play(trickles(b"HTTP/1.1 200 OK\r\nx: ", repeat(b"a"))), QUICK.first_audio + 0.6)
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_sends_its_audio_byte_by_byte(self) -> None:
        self.play(trickles(CHUNKED, (chunk(bytes([byte])) for byte in self.whole)))
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_sends_its_audio_slower_than_it_plays(self) -> None:
        """A sample of silence at a time: each is whole, and all that counts is how few they are."""
        with server(trickles(CHUNKED, repeat(chunk(bytes(4))))) as url:
            with Client(url, timeouts=QUICK, on_event=self.events.append) as client:
                since = time.monotonic()
                with client.transcode(f"{self.source}/noise.mp3", "pcm", duration=1) as stream:
                    stream.read()
                self.assertLess(time.monotonic() - since, QUICK.behind + 1.5)
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_is_busy(self) -> None:
        busy = says(b"HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 4\r\n\r\nbusy")
        self.assertLess(self.play(busy), 0.6)
        self.assertEqual(self.codes(), ["OVERLOADED"])
        details = [event.error.details for event in self.events if isinstance(event, BrokenEvent)]
        self.assertEqual(details[0]["retry_after_seconds"], 7)

    def test_answers_garbage(self) -> None:
        for garbage in (b"\0\1\2garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>"):
            with self.subTest(garbage):
                self.events.clear()
                self.assertLess(self.play(says(garbage)), 0.6)
                self.assertEqual(self.codes(), ["UNAVAILABLE"])

    def test_breaks_off(self) -> None:
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

    def test_is_not_asked_any_more_after_failures_in_a_row_but_looked_at(self) -> None:
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

    def test_is_told_who_calls(self) -> None:
        requests: List[bytes] = []

        def behave(connection: socket.socket, ended: threading.Event) -> None:
            requests.append(connection.recv(65_536))
            connection.sendall(b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n")

        tokens = iter(("one", "two"))
        with server(behave) as url:
            for credentials in ({"api_key": "key"}, {"token": lambda: next(tokens)}):
                with Client(url, fallback=None, **credentials) as client:
                    with self.assertRaises(FfmpegFunctionsError) as raised:
                        client.transcode(f"{self.source}/noise.mp3", "pcm")
                    self.assertEqual(raised.exception.code, "UNAUTHENTICATED")
        self.assertIn(b"X-Api-Key: key", requests[0])
        self.assertIn(b"Authorization: Bearer one", requests[1])

    def test_names_its_own_errors(self) -> None:
        control("/start-host")
        with Client(self.service) as client:
            for url, code in ((f"{self.source}/corrupt.mp3", "UNSUPPORTED_FORMAT"), ("ftp://a/b", "INVALID_URL")):
                with self.subTest(url), self.assertRaises(FfmpegFunctionsError) as raised:
                    client.transcode(url, "opus")
                self.assertEqual((raised.exception.code, raised.exception.recoverable), (code, False))
            with self.assertRaises(FfmpegFunctionsError) as raised:
                client.stop("01a1ff75-0000-7000-8000-000000000000")
            self.assertEqual(raised.exception.code, "NOT_FOUND")
            self.assertEqual(client.health()["status"], "healthy")

    def test_refuses_what_the_service_would_refuse_without_asking_it(self) -> None:
        wrong: List[Dict[str, object]] = [{"filters": {"speed": 3}}, {"sample_rate": 44_100}, {"lead_seconds": 2}]
        with Client(NOWHERE) as client:
            for fields in wrong:
                with self.subTest(fields), self.assertRaises(FfmpegFunctionsError) as raised:
                    client.transcode(f"{self.source}/noise.mp3", "opus", **fields)
                self.assertIn(raised.exception.code, ("FILTER_INVALID", "VALIDATION_ERROR"))
