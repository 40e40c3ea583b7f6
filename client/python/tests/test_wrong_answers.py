from __future__ import annotations

import json
import socket
import threading
from typing import Any, Dict, List

from ffmpeg_functions import Client, FfmpegFunctionsError, Timeouts

from misbehaving import PATIENT, MisbehavingService
from servers import CHUNKED, HEAD, PCM, chunk, says, server
from system import PROMISED, eventually


class WrongAnswers(MisbehavingService):
    def test_does_not_respond_to_a_change_of_filters(self) -> None:
        """It is unknown whether the change was applied: another leg from the service continues with it."""
        asked: List[Dict[str, Any]] = []

        def behave(connection: socket.socket, ended: threading.Event) -> None:
            head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
            if not head.startswith(b"POST"):
                connection.sendall(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n")
                return
            asked.append(json.loads(body or connection.recv(65_536)))
            connection.sendall(CHUNKED + chunk(bytes(400_000)))
            ended.wait()

        with server(behave) as url, Client(url, timeouts=PATIENT, on_event=self.events.append) as client:
            with client.transcode(f"{self.source}/noise.mp3", "pcm", live=True) as stream:
                self.assertEqual(stream.set_filters(volume=0.5).filters["volume"], 0.5)
                eventually(lambda: self.assertEqual(len(asked), 2), within=60)
                eventually(lambda: self.assertEqual(self.vias(), ["service", "service"]), within=60)
        self.assertEqual([request["filters"]["volume"] for request in asked], [1, 0.5])
        self.assertEqual(self.codes(), [])

    def test_responds_with_garbage(self) -> None:
        for garbage in (b"\0\1\2garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>"):
            with self.subTest(garbage):
                self.events.clear()
                self.assertLess(self.play(says(garbage), PATIENT), PROMISED)
                self.assertEqual(self.codes(), ["UNAVAILABLE"])

    def test_responds_with_other_audio_than_requested(self) -> None:
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
                self.play(says(answer), PATIENT)
                self.assertEqual((self.codes(), self.vias()), (["UNAVAILABLE"], ["fallback"]))

    def test_responds_with_a_page_as_audio(self) -> None:
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

    def test_responds_without_end(self) -> None:
        """Only a bounded part of it is read."""
        sent = [0]

        def endless(connection: socket.socket, _: threading.Event) -> None:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                sent[0] += connection.send(b"[" * 65_536)

        with server(endless) as url, Client(url, fallback=None, timeouts=Timeouts(request=60)) as client:
            with self.assertRaises(FfmpegFunctionsError) as raised:
                client.health()
        self.assertEqual(raised.exception.code, "UNAVAILABLE")
        # The buffers of the sockets take some as well.
        self.assertLess(sent[0], 32 << 20)

    def test_responds_with_invalid_errors(self) -> None:
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
