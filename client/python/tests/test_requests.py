from __future__ import annotations

import socket
import threading
import traceback
from typing import Any, Dict, List

from ffmpeg_functions import Client, FfmpegFunctionsError

from misbehaving import MisbehavingService
from servers import server, silent
from system import NOWHERE, control


class Requests(MisbehavingService):
    def test_reports_a_token_function_that_fails(self) -> None:
        def token() -> str:
            raise LookupError("no token today")

        with Client(NOWHERE, token=token, on_event=self.events.append) as client:
            with client.transcode(f"{self.source}/noise.mp3", "pcm", duration=1) as stream:
                self.assertEqual((stream.via, stream.read()), ("fallback", self.whole))
            with self.assertRaises(FfmpegFunctionsError) as raised:
                client.health()
        self.assertEqual([*self.codes(), raised.exception.code], ["UNAUTHENTICATED", "UNAUTHENTICATED"])

    def test_reports_a_key_that_no_header_can_carry(self) -> None:
        for credentials in ({"api_key": "hidden\nkey"}, {"token": "hidden\nkey"}, {"token": lambda: "hidden\u20ackey"}):
            with self.subTest(credentials), server(silent) as url, Client(url, **credentials) as client:
                with self.assertRaises(FfmpegFunctionsError) as raised:
                    client.health()
                self.assertEqual((raised.exception.code, raised.exception.recoverable), ("UNAUTHENTICATED", False))
                told = "".join(traceback.format_exception(None, raised.exception, raised.exception.__traceback__))
                self.assertNotIn("hidden", told)
                self.assertNotIn("hidden", str(raised.exception.details))

    def test_gets_the_credentials(self) -> None:
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

    def test_reports_its_own_errors(self) -> None:
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

    def test_gets_no_requests_that_it_would_refuse(self) -> None:
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
