from __future__ import annotations

import json
import socket
import struct
import threading
import time
import traceback
from itertools import repeat
from typing import Any, Callable, Dict, Iterable, Iterator, List

from ffmpeg_functions import Breaker, BrokenEvent, Client, Event, FfmpegFunctionsError, LegEvent, Retry, Timeouts

from support import CHUNKED, HEAD, NOWHERE, PCM, Behave, SystemTest, chunk, control, eventually, says, server, silent

QUICK = Timeouts(first_audio=0.6, silence=0.5, behind=0.5, request=1, give_up=2)


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

    def vias(self) -> List[str]:
        return [event.via for event in self.events if isinstance(event, LegEvent)]

    def codes(self) -> List[str]:
        return [event.error.code for event in self.events if isinstance(event, BrokenEvent)]

    def test_accepts_and_is_silent(self) -> None:
        self.assertLess(self.play(silent), QUICK.first_audio + 0.6)
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_is_silent_behind_its_head(self) -> None:
        self.assertLess(self.play(says(CHUNKED, then_waits=True)), QUICK.first_audio + 0.6)
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_is_silent_in_the_middle(self) -> None:
        self.play(says(CHUNKED, chunk(self.whole[:10_002]), then_waits=True))
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_is_silent_for_what_is_left_behind_its_head(self) -> None:
        """The first audio counts from the request, however soon the head has come."""
        patient = Timeouts(first_audio=2, silence=60)
        with server(says(CHUNKED, then_waits=True)) as url:
            with Client(url, timeouts=patient, on_event=self.events.append) as client:
                since = time.monotonic()
                client.transcode(f"{self.source}/noise.mp3", "pcm", duration=1).close()
                self.assertLess(time.monotonic() - since, 20)
        self.assertEqual((self.codes(), self.vias()), (["TIMEOUT"], ["fallback"]))

    def test_is_well_and_silent_time_and_again(self) -> None:
        """It is not asked for each stream, since each would wait for it."""
        asked: List[bytes] = []

        def behave(connection: socket.socket, ended: threading.Event) -> None:
            asked.append(connection.recv(65_536).split(b"/")[1])
            if asked[-1].startswith(b"health"):
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            else:
                ended.wait()

        streams = 12
        with server(behave) as url, Client(url, timeouts=Timeouts(first_audio=0.1)) as client:
            for _ in range(streams):
                client.transcode(f"{self.source}/noise.mp3", "pcm", duration=0.1).close()
        self.assertIn(b"health", asked)
        transcodes = sum(name.startswith(b"transcode") for name in asked)
        self.assertGreaterEqual(transcodes, 3)
        self.assertLess(transcodes, streams / 2)

    def test_gives_up_in_its_time_when_the_source_is_silent_too(self) -> None:
        limits = Timeouts(first_audio=4, give_up=5)
        with server(silent) as source, server(silent) as url, Client(url, timeouts=limits) as client:
            since = time.monotonic()
            with self.assertRaises(FfmpegFunctionsError) as raised:
                client.transcode(f"{source}/a.mp3", "pcm")
            # And not first_audio more.
            self.assertLess(time.monotonic() - since, 7.5)
        self.assertEqual((raised.exception.code, raised.exception.recoverable), ("TIMEOUT", True))

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

    def test_is_at_the_limit_of_its_platform(self) -> None:
        # A date says when, too, but is not told.
        self.play(says(b"HTTP/1.1 429 No\r\nretry-after: Sat, 21 Nov 2026 20:00:00 GMT\r\ncontent-length: 0\r\n\r\n"))
        self.assertEqual(self.codes(), ["OVERLOADED"])

    def test_redirects(self) -> None:
        self.play(says(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"))
        self.assertEqual(self.codes(), ["UNAVAILABLE"])

    def test_breaks_off_in_its_error(self) -> None:
        body = b'{"code": "RATE_LIMITED", "message": "slower", "details": {}, "recoverable": true}'
        self.play(says(b"HTTP/1.1 429 No\r\ncontent-length: %d\r\n\r\n" % (len(body) + 9) + body))
        self.assertEqual(self.codes(), ["RATE_LIMITED"])

    def test_is_asked_with_a_token_that_cannot_be_had(self) -> None:
        def token() -> str:
            raise LookupError("no token today")

        with Client(NOWHERE, token=token, on_event=self.events.append) as client:
            with client.transcode(f"{self.source}/noise.mp3", "pcm", duration=1) as stream:
                self.assertEqual((stream.via, stream.read()), ("fallback", self.whole))
            with self.assertRaises(FfmpegFunctionsError) as raised:
                client.health()
        self.assertEqual([*self.codes(), raised.exception.code], ["UNAVAILABLE", "UNAVAILABLE"])

    def test_is_silent_while_its_reader_has_audio(self) -> None:
        goes_on = threading.Event()

        def behave(connection: socket.socket, ended: threading.Event) -> None:
            connection.recv(65_536)
            connection.sendall(CHUNKED + chunk(self.whole[:60_000]))
            goes_on.wait()
            connection.sendall(chunk(self.whole[60_000:]) + chunk(b""))
            ended.wait()

        with server(behave) as url, Client(url, timeouts=QUICK) as client:
            with client.transcode(f"{self.source}/noise.mp3", "pcm", live=True, duration=1) as stream:
                data = stream.read(1_000)
                # Longer than it may be silent: what came is not read yet.
                time.sleep(QUICK.silence + 0.3)
                goes_on.set()
                self.assertEqual(data + stream.read(), self.whole)
            self.assertEqual(client.counters.failures, 0)

    def test_answers_no_change_of_filters(self) -> None:
        """Nobody knows whether it was taken: another stream of the service goes on, and has it."""
        asked: List[Dict[str, Any]] = []

        def behave(connection: socket.socket, ended: threading.Event) -> None:
            head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
            if not head.startswith(b"POST"):
                connection.sendall(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n")
                return
            asked.append(json.loads(body or connection.recv(65_536)))
            connection.sendall(CHUNKED + chunk(bytes(400_000)))
            ended.wait()

        with server(behave) as url, Client(url, on_event=self.events.append) as client:
            with client.transcode(f"{self.source}/noise.mp3", "pcm", live=True) as stream:
                self.assertEqual(stream.set_filters(volume=0.5).filters["volume"], 0.5)
                eventually(lambda: self.assertEqual(len(asked), 2))
                eventually(lambda: self.assertEqual(self.vias(), ["service", "service"]))
        self.assertEqual([request["filters"]["volume"] for request in asked], [1, 0.5])
        self.assertEqual(self.codes(), [])

    def test_answers_garbage(self) -> None:
        for garbage in (b"\0\1\2garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>"):
            with self.subTest(garbage):
                self.events.clear()
                self.assertLess(self.play(says(garbage)), 0.6)
                self.assertEqual(self.codes(), ["UNAVAILABLE"])

    def test_answers_what_was_not_asked_for(self) -> None:
        rest = b"transfer-encoding: chunked\r\n\r\n" + chunk(self.whole) + chunk(b"")
        named = b"HTTP/1.1 200 OK\r\nx-transcode-id: x\r\n"
        answers = {
            "nothing": CHUNKED + chunk(b""),
            "a length that is none": HEAD + b"content-length: abc\r\n\r\n",
            "no end": HEAD + b"\r\n" + self.whole[:4_000],
            "another rate": named + PCM.replace(b"48000", b"8000") + rest,
            "other channels": named + PCM.replace(b"channels=2", b"channels=1") + rest,
            "no name": b"HTTP/1.1 200 OK\r\n" + PCM + rest,
        }
        for name, answer in answers.items():
            with self.subTest(name):
                self.events.clear()
                self.play(says(answer))
                self.assertEqual((self.codes(), self.vias()), (["UNAVAILABLE"], ["fallback"]))

    def test_answers_a_page_as_audio(self) -> None:
        page = b"transfer-encoding: chunked\r\n\r\n" + chunk(b"<html>") + chunk(b"")
        for output_format, media_type in (("opus", b"audio/ogg; codecs=opus"), ("aac", b"audio/aac")):
            head = b"HTTP/1.1 200 OK\r\nx-transcode-id: x\r\ncontent-type: %s\r\n" % media_type
            with self.subTest(output_format), server(says(head + page)) as url, Client(url) as client:
                self.events.clear()
                with client.transcode(
                    f"{self.source}/noise.mp3", output_format, duration=1, on_event=self.events.append
                ) as stream:
                    self.assertGreater(len(stream.read()), 1_000)
                self.assertEqual((self.codes(), self.vias()[-1]), (["UNAVAILABLE"], "fallback"))

    def test_answers_errors_that_are_none(self) -> None:
        for body in (b"[" * 100_000, b'{"code": [], "message": "x"}', b'{"code": "toString", "message": "x"}'):
            with self.subTest(body[:20]):
                self.events.clear()
                answer = says(b"HTTP/1.1 500 No\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
                self.play(answer)
                self.assertEqual(self.codes(), ["UNAVAILABLE"])
                with server(answer) as url, Client(url, fallback=None) as client:
                    with self.assertRaises(FfmpegFunctionsError) as raised:
                        client.health()
                    self.assertEqual(raised.exception.code, "UNAVAILABLE")

    def test_is_asked_with_a_key_that_no_header_can_hold(self) -> None:
        for credentials in ({"api_key": "hidden\nkey"}, {"token": "hidden\nkey"}, {"token": lambda: "hidden\u20ackey"}):
            with self.subTest(credentials), server(silent) as url, Client(url, **credentials) as client:
                with self.assertRaises(FfmpegFunctionsError) as raised:
                    client.health()
                self.assertEqual(raised.exception.code, "UNAVAILABLE")
                told = "".join(traceback.format_exception(None, raised.exception, raised.exception.__traceback__))
                self.assertNotIn("hidden", told)
                self.assertNotIn("hidden", str(raised.exception.details))

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

    def test_is_not_back_before_it_is_ready(self) -> None:
        asked: List[bytes] = []

        def behave(connection: socket.socket, ended: threading.Event) -> None:
            asked.append(connection.recv(65_536).split(b"\r\n")[0])
            status = b"403 No" if b"/health/" in asked[-1] else b"500 Oops"
            connection.sendall(b"HTTP/1.1 %s\r\ncontent-length: 0\r\n\r\n" % status)

        with server(behave) as url, Client(url) as client:
            for _ in range(3):
                client.transcode(f"{self.source}/noise.mp3", "pcm", duration=0.1).close()
        self.assertEqual(asked.count(b"POST /transcode HTTP/1.1"), 2)

    def test_is_looked_at_again_in_time_however_long_a_look_takes(self) -> None:
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
        self.assertLess(min(later - earlier for earlier, later in zip(looks, looks[1:])), 0.7)

    def test_lets_go_of_a_connection(self) -> None:
        """Before there is an answer: it is asked once more."""

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
        wrong: List[Dict[str, Any]] = [{"filters": {"speed": 3}}, {"sample_rate": 44_100}, {"lead_seconds": 2}]
        with Client(NOWHERE) as client:
            for url in ("nonsense", "http://", "http://[::1/a", "http://h:99999/a", "http://a b/", "ftp://a/b", "http://a/\udcff"):
                with self.subTest(url), self.assertRaises(FfmpegFunctionsError) as raised:
                    client.transcode(url, "opus")
                self.assertEqual(raised.exception.code, "INVALID_URL")
            for url in ("", None, 5):
                with self.subTest(url), self.assertRaises(FfmpegFunctionsError) as raised:
                    client.transcode(url, "opus")  # type: ignore[arg-type]
                self.assertEqual(raised.exception.code, "VALIDATION_ERROR")
            for fields in wrong:
                with self.subTest(fields), self.assertRaises(FfmpegFunctionsError) as raised:
                    client.transcode(f"{self.source}/noise.mp3", "opus", **fields)
                self.assertIn(raised.exception.code, ("FILTER_INVALID", "VALIDATION_ERROR"))
