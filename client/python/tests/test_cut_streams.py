from __future__ import annotations

import random
import socket
import threading
import urllib.parse
from typing import Any, Dict, List, Tuple

from ffmpeg_functions import Breaker, Client, Counters, Event, FfmpegFunctionsError, LegEvent, SkippedEvent, Timeouts

from servers import server
from sound import PCM_SECOND, adts_frames, decoded, ogg_pages
from system import SystemTest, control, in_parallel


class StoppedElsewhere(SystemTest):
    """A stream that is stopped by its id ends and is not resumed."""

    def test_ends_a_stream(self) -> None:
        control("/start-host")
        with Client(self.service) as client, Client(self.service) as other:
            with client.transcode(f"{self.source}/noise.mp3", "pcm", live=True, duration=6) as stream:
                other.stop(stream.id)
                with self.assertRaises(FfmpegFunctionsError) as raised:
                    stream.read()
            self.assertEqual((raised.exception.code, raised.exception.recoverable), ("CONFLICT", False))
            self.assertEqual(raised.exception.details, {"state": "cancelled"})
            self.assertEqual(client.counters, Counters(streams=1))

    def test_ends_a_track_of_a_playlist(self) -> None:
        control("/start-host")
        events: List[Event] = []
        items = [{"source_url": f"{self.source}/noise.mp3", "duration": seconds} for seconds in (6, 0.5)]
        with Client(self.service) as client, Client(self.service) as other:
            with client.playlist(items, "pcm", on_event=events.append) as stream:
                other.stop(stream.id)
                stream.read()
            self.assertEqual(client.counters, Counters(streams=1))
        skipped = [(event.index, event.error.code) for event in events if isinstance(event, SkippedEvent)]
        self.assertEqual(skipped, [(0, "CONFLICT")])
        self.assertEqual([event.via for event in events if isinstance(event, LegEvent)], ["service", "service"])


class CutConnections(SystemTest):
    def test_a_stream_whose_connection_is_cut_repeatedly_is_complete(self) -> None:
        """To the service, the reader has left, but no request has stopped the stream."""
        control("/start-host")
        upstream = urllib.parse.urlsplit(self.service)
        cuts: List[int] = []

        def cut(connection: socket.socket, ended: threading.Event) -> None:
            asked = connection.recv(65_536)
            left = cuts.pop() if asked.startswith(b"POST") and cuts else 1 << 40
            with socket.create_connection((upstream.hostname, upstream.port)) as service:
                service.sendall(asked)
                if not asked.split(b"\r\n\r\n", 1)[1] and asked.startswith(b"POST"):
                    service.sendall(connection.recv(65_536))
                while left > 0:
                    data = service.recv(min(left, 65_536))
                    if not data:
                        return
                    connection.sendall(data)
                    left -= len(data)

        patient = Timeouts(first_audio=30, silence=30, probe=10, request=30, give_up=120)
        chance = random.Random(5)
        with Client(self.service) as alone, server(cut) as url:
            for output_format, whole_bytes in (("pcm", 12 * PCM_SECOND), ("opus", 140_000), ("aac", 180_000)):
                whole = alone.transcode(f"{self.source}/noise.mp3", output_format).read()  # type: ignore[arg-type]
                cuts[:] = [chance.randrange(whole_bytes // 12, whole_bytes // 5) for _ in range(6)]
                with self.subTest(output_format), Client(url, fallback=None, timeouts=patient) as client:
                    data = client.transcode(f"{self.source}/noise.mp3", output_format).read()  # type: ignore[arg-type]
                    self.assertEqual((cuts, client.counters.failures), ([], 6))
                if output_format == "pcm":
                    self.assertEqual(data, whole)
                elif output_format == "aac":
                    self.assertEqual(adts_frames(data), adts_frames(whole))
                else:
                    self.assertEqual(len(decoded(data)), len(decoded(whole)))
                    self.assertEqual(sum(p[4] for p in ogg_pages(data)), sum(p[4] for p in ogg_pages(whole)))


class LongTracks(SystemTest):
    def test_a_stream_outlives_its_functions(self) -> None:
        control("/start-host")
        limited = control("/start-limited-host")["service"]
        played = in_parallel(*(lambda url=url: self.play(url) for url in (self.service, limited)))
        (whole, undisturbed), (joined, counters) = played
        self.assertEqual(len(whole), 10 * PCM_SECOND)
        self.assertEqual(joined, whole)
        self.assertEqual((undisturbed.resumes, counters.fallbacks), (0, 0))
        # Each function lasts three seconds, the first of which leads up to the rest.
        self.assertGreaterEqual(counters.resumes, 3)

    def test_functions_that_reach_their_time_limit_are_not_a_failure_of_the_service(self) -> None:
        url = control("/start-limited-host")["service"]
        patient = Timeouts(first_audio=20, silence=20, behind=20, probe=10)
        fields: Dict[str, Any] = {"live": True, "duration": 5}
        with self.assertLogs("ffmpeg_functions", "INFO") as logs:
            # One failure would be enough to open the breaker.
            with Client(url, fallback=None, timeouts=patient, breaker=Breaker(threshold=1)) as client:
                source = f"{self.source}/noise.mp3"
                in_parallel(*[lambda: client.transcode(source, "pcm", **fields).read()] * 2)
                self.assertGreaterEqual(client.counters.resumes, 2)
        self.assertEqual({record.levelname for record in logs.records}, {"INFO"}, logs.output)

    def play(self, url: str) -> Tuple[bytes, Counters]:
        with Client(url, fallback=None) as client:
            with client.transcode(f"{self.source}/noise.mp3", "pcm", live=True, duration=10) as stream:
                return stream.read(), client.counters
