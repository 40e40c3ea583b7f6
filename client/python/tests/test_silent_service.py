from __future__ import annotations

import socket
import threading
import time
from itertools import repeat
from typing import List

from ffmpeg_functions import Client, FfmpegFunctionsError, Timeouts

from misbehaving import QUICK, MisbehavingService
from servers import CHUNKED, chunk, says, server, silent, trickles
from system import PROMISED, eventually


class SilentService(MisbehavingService):
    def test_accepts_and_is_silent(self) -> None:
        self.assertLess(self.play(silent), QUICK.first_audio + 1.4)
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_is_silent_after_its_head(self) -> None:
        self.assertLess(self.play(says(CHUNKED, then_waits=True)), QUICK.first_audio + 1.4)
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_is_silent_in_the_middle_of_a_stream(self) -> None:
        self.play(says(CHUNKED, chunk(self.whole[:10_002]), then_waits=True))
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_is_silent_after_its_head_for_the_rest_of_the_time(self) -> None:
        """The time for the first audio counts from the request, however soon the head arrives."""
        patient = Timeouts(first_audio=2, silence=60)
        with server(says(CHUNKED, then_waits=True)) as url:
            with Client(url, timeouts=patient, on_event=self.events.append) as client:
                since = time.monotonic()
                client.transcode(f"{self.source}/noise.mp3", "pcm", duration=1).close()
                self.assertLess(time.monotonic() - since, 20)
        self.assertEqual((self.codes(), self.vias()), (["TIMEOUT"], ["fallback"]))

    def test_is_healthy_but_repeatedly_silent(self) -> None:
        """It does not get every request, since each would wait for it."""
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

    def test_gives_up_in_time_when_the_source_is_silent_as_well(self) -> None:
        limits = Timeouts(first_audio=4, give_up=5)
        with server(silent) as source, server(silent) as url, Client(url, timeouts=limits) as client:
            since = time.monotonic()
            with self.assertRaises(FfmpegFunctionsError) as raised:
                client.transcode(f"{source}/a.mp3", "pcm")
            # It does not wait for first_audio in addition.
            self.assertLess(time.monotonic() - since, 8.5)
        self.assertEqual((raised.exception.code, raised.exception.recoverable), ("TIMEOUT", True))

    def test_sends_its_head_byte_by_byte(self) -> None:
        self.assertLess(self.play(trickles(b"HTTP/1.1 200 OK\r\nx: ", repeat(b"a"))), QUICK.first_audio + 1.4)
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_sends_its_audio_byte_by_byte(self) -> None:
        self.play(trickles(CHUNKED, (chunk(bytes([byte])) for byte in self.whole)))
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_sends_its_audio_slower_than_it_plays(self) -> None:
        """It sends one silent sample at a time: every unit is whole, but there are too few."""
        with server(trickles(CHUNKED, repeat(chunk(bytes(4))))) as url:
            with Client(url, timeouts=QUICK, on_event=self.events.append) as client:
                since = time.monotonic()
                with client.transcode(f"{self.source}/noise.mp3", "pcm", duration=1) as stream:
                    stream.read()
                self.assertLess(time.monotonic() - since, QUICK.behind + PROMISED)
        self.assertEqual(self.codes(), ["TIMEOUT"])

    def test_is_silent_while_its_reader_has_audio(self) -> None:
        goes_on = threading.Event()

        def behave(connection: socket.socket, ended: threading.Event) -> None:
            connection.recv(65_536)
            connection.sendall(CHUNKED + chunk(self.whole[:60_000]))
            goes_on.wait()
            connection.sendall(chunk(self.whole[60_000:]) + chunk(b""))
            ended.wait()

        limits = Timeouts(first_audio=60, silence=QUICK.silence, behind=QUICK.behind, give_up=60)
        with server(behave) as url, Client(url, timeouts=limits) as client:
            with client.transcode(f"{self.source}/noise.mp3", "pcm", live=True, duration=1) as stream:
                data = stream.read(1_000)
                # Longer than the allowed silence: the audio that arrived has not been read yet.
                time.sleep(limits.silence + 0.3)
                goes_on.set()
                # Once the reader has no audio left, the service is late at once.
                eventually(lambda: self.assertTrue(stream._pump.has_ended), within=60)
                self.assertEqual(data + stream.read(), self.whole)
            self.assertEqual(client.counters.failures, 0)
