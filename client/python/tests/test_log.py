from __future__ import annotations

import json
import logging
import socket
import threading
from typing import Any, List

from ffmpeg_functions import Client, Fallback, FfmpegFunctionsError, Timeouts

from servers import CHUNKED, Behave, chunk, server
from sound import PCM_SECOND
from system import NOWHERE, SystemTest

SOURCE = "s3://media/a.mp3?token=secret"
NAMED = "s3://media/a.mp3?[redacted]"


def answers(*transcodes: bytes) -> Behave:
    """Is healthy, and sends one response after the other to transcodes, the last one again and again."""
    left = list(transcodes)

    def behave(connection: socket.socket, ended: threading.Event) -> None:
        if connection.recv(65_536).startswith(b"POST"):
            connection.sendall(left.pop(0) if len(left) > 1 else left[0])
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

    return behave


def refusal(code: str, status: int) -> bytes:
    body = json.dumps({"code": code, "message": "no", "details": {}, "recoverable": code != "UNSUPPORTED_FORMAT"})
    return b"HTTP/1.1 %d No\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body.encode())


WHOLE = CHUNKED + chunk(bytes(2 * PCM_SECOND)) + chunk(b"")


class Log(SystemTest):
    def lines(self, url: str, play: Any, **options: Any) -> List[logging.LogRecord]:
        with self.assertLogs("ffmpeg_functions", "INFO") as logs, Client(url, **options) as client:
            play(client)
        self.assertNotIn("secret", "".join(logs.output))
        return logs.records

    def of(self, records: List[logging.LogRecord], level: str, start: str) -> List[str]:
        return [r.getMessage() for r in records if r.levelname == level and r.getMessage().startswith(start)]

    def fails(self, client: Client) -> None:
        with self.assertRaises(FfmpegFunctionsError):
            client.transcode(SOURCE, "pcm").read()

    def test_a_failure_that_repeats_is_logged_once_and_names_the_source(self) -> None:
        records = self.lines(NOWHERE, self.fails, timeouts=Timeouts(give_up=2))
        [failed] = self.of(records, "WARNING", "the fallback failed")
        self.assertIn(f"of {NAMED}: UNAVAILABLE", failed)
        [over] = self.of(records, "INFO", "the fallback failed")
        self.assertRegex(over, r": \d+ times in [\d.]+ s$")

    def test_a_failure_is_over_when_a_leg_works(self) -> None:
        busy = refusal("OVERLOADED", 503)

        def play(client: Client) -> None:
            self.assertEqual(len(client.transcode(SOURCE, "pcm").read()), 2 * PCM_SECOND)

        with server(answers(busy, busy, busy, WHOLE)) as url:
            records = self.lines(url, play, fallback=None, timeouts=Timeouts(silence=60, behind=60))
        self.assertEqual([record.levelname for record in records], ["WARNING", "INFO"])
        self.assertRegex(records[1].getMessage(), "^the service failed .*: 3 times in [\\d.]+ s$")

    def test_a_skipped_track_is_named(self) -> None:
        def play(client: Client) -> None:
            items: List[Any] = [SOURCE, None]
            client.playlist(items, "pcm").read()

        with server(answers(refusal("UNSUPPORTED_FORMAT", 415))) as url:
            records = self.lines(url, play, fallback=None)
        warnings = self.of(records, "WARNING", "")
        self.assertEqual(warnings[0], f"track 0 ({NAMED}) was skipped: UNSUPPORTED_FORMAT: no")
        self.assertTrue(warnings[1].startswith("track 1 (None) was skipped: VALIDATION_ERROR"), warnings)
        self.assertEqual(len(warnings), 2)

    def test_a_stream_that_is_cut_is_described_in_plain_words(self) -> None:
        cut = CHUNKED + chunk(bytes(PCM_SECOND // 2)) + b"fff"
        with server(answers(cut)) as url:
            records = self.lines(url, self.fails, fallback=None, timeouts=Timeouts(give_up=0.5))
        told = "".join(record.getMessage() for record in records)
        self.assertRegex(told, "the audio from the service was cut after 0\\.[0-5] s")
        self.assertNotIn("IncompleteRead", told)

    def test_a_response_that_is_cut_is_described_in_plain_words(self) -> None:
        def play(client: Client) -> None:
            with self.assertRaises(FfmpegFunctionsError) as raised:
                client.health()
            self.assertEqual(raised.exception.message, says)
            client._notes.service_changed(True)  # A line for assertLogs.

        head = b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n"
        words = {
            head + b"{": "the service cannot be reached (the response was cut)",
            b"HTTP/9 what\r\n\r\n": "the service cannot be reached (the response is not valid HTTP)",
            head + b"<html>is it me?</h1>": "the response is not from the service",
        }
        for answer, says in words.items():
            with self.subTest(answer), server(lambda c, _, a=answer: (c.recv(65_536), c.sendall(a))) as url:  # type: ignore
                self.lines(url, play)

    def test_a_source_that_cannot_be_resolved_is_logged_once(self) -> None:
        def resolve(url: str) -> str:
            raise LookupError(url)

        records = self.lines(NOWHERE, self.fails, fallback=Fallback(resolve_source=resolve), timeouts=Timeouts(give_up=1))
        self.assertEqual(len(self.of(records, "WARNING", "the fallback failed")), 1)
