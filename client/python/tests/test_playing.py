from __future__ import annotations

import random
import socket
import threading
import time
import urllib.parse
from typing import Any, Dict, List, Optional, Tuple

from ffmpeg_functions import (
    Breaker,
    Client,
    Counters,
    Event,
    Fallback,
    FfmpegFunctionsError,
    LegEvent,
    SkippedEvent,
    Timeouts,
    TrackEvent,
)

from support import (
    NOWHERE,
    RATE,
    SystemTest,
    adts_frames,
    control,
    decoded,
    eventually,
    in_parallel,
    ogg_pages,
    server,
    source_second,
)

PCM_SECOND = RATE * 4


class Playlists(SystemTest):
    def items(self) -> List[Any]:
        noise = f"{self.source}/noise.mp3"
        return [
            {"source_url": noise, "duration": 1},
            f"{self.source}/corrupt.mp3",
            f"{self.source}/nothing",
            {"source_url": f"{self.source}/sweep.flac", "start_at": 3.5, "duration": 1},
            {"source_url": noise, "speed": 1},
            "nonsense",
            {"start_at": 1},
            None,
            {},
            {"source_url": noise, "output_format": "opus"},
            {"source_url": noise, 1: 2},
            "http://127.0.0.1:99999/",
            "http://127.0.0.1/\udcff",
            "ftp://a/b",
            "",
            f"{self.source}/page.mp3",
            f"{self.source}/empty.mp3",
        ]

    def play(self, client: Client, output_format: Any) -> bytes:
        self.events: List[Event] = []
        with client.playlist(self.items(), output_format, live=False, on_event=self.events.append) as stream:
            data = stream.read()
        skipped = [(e.index, e.error.code) for e in self.events if isinstance(e, SkippedEvent)]
        invalid = "VALIDATION_ERROR"
        bad = ["UNSUPPORTED_FORMAT", "DOWNLOAD_FAILED", invalid, "INVALID_URL", *[invalid] * 5]
        bad += ["INVALID_URL"] * 3 + [invalid, "UNSUPPORTED_FORMAT", "UNSUPPORTED_FORMAT"]
        indexes = list(range(len(self.items())))
        self.assertEqual(skipped, list(zip((index for index in indexes if index not in (0, 3)), bad)))
        self.assertEqual([e.index for e in self.events if isinstance(e, TrackEvent)], indexes)
        return data

    def test_what_cannot_be_played_is_passed_over_and_the_rest_is_one_stream(self) -> None:
        control("/start-host")
        for url in (self.service, NOWHERE):
            with self.subTest(url), Client(url) as client:
                tracks = [self.items()[index] for index in (0, 3)]
                alone = [client.transcode(track.pop("source_url"), "pcm", **track).read() for track in tracks]
                self.assertEqual(self.play(client, "pcm"), b"".join(alone))
                opus = self.play(client, "opus")
                self.assertEqual(len(decoded(opus)), 2 * RATE)
                self.assertEqual([(p[0], p[2]) for p in ogg_pages(opus) if p[0]], [(2, 1), (4, 1), (2, 4), (4, 4)])

    def test_it_is_live_by_default_and_keeps_its_filters_from_track_to_track(self) -> None:
        control("/start-host")
        with Client(self.service) as client:
            sweep = f"{self.source}/sweep.flac"
            tracks = [{"source_url": sweep, "duration": 1.5}, {"source_url": sweep, "start_at": 10, "duration": 2}]
            since = time.monotonic()
            with client.playlist(tracks, "pcm", lead_seconds=0.2) as stream:
                stream.set_filters(speed=2)
                data = stream.read()
            # Another encoder has gone on with a stretcher, which is no failure.
            self.assertEqual((client.counters.resumes, client.counters.failures), (1, 0))
        self.assertGreater(time.monotonic() - since, 1)
        self.assertGreater(len(data), 1.75 * PCM_SECOND)
        # The second track lasts a second at the double speed: its middle is heard half a second from the end.
        self.assertAlmostEqual(source_second(data, len(data) / PCM_SECOND - 0.5), 11, delta=0.1)


class WithoutAnother(SystemTest):
    """Nobody but the service can play: it is waited for, and no list is used up meanwhile."""

    def play(self, fallback: Optional[Fallback]) -> None:
        control("/start-host")
        events: List[Event] = []
        items = [{"source_url": f"{self.source}/noise.mp3", "duration": 1.5}] * 4
        with Client(self.service, fallback=fallback, timeouts=Timeouts(give_up=60), on_event=events.append) as client:
            with client.playlist(items, "pcm", lead_seconds=0.2) as stream:
                data = stream.read(PCM_SECOND)
                control("/kill-host")
                # What it was playing, and who was asked behind it.
                eventually(lambda: self.assertGreaterEqual(client.counters.failures, 2))
                control("/start-host")
                data += stream.read()
        self.assertEqual([event for event in events if isinstance(event, SkippedEvent)], [])
        self.assertEqual(len(data), 6 * PCM_SECOND)

    def test_since_there_is_to_be_none(self) -> None:
        self.play(None)

    def test_since_there_is_no_ffmpeg(self) -> None:
        self.play(Fallback(ffmpeg_path="/nowhere/ffmpeg"))

    def test_since_only_the_service_reads_the_source(self) -> None:
        self.play(Fallback(resolve_source=lambda url: "s3://media/noise.mp3"))

    def test_and_it_does_not_come_back(self) -> None:
        noise = f"{self.source}/noise.mp3"

        def resolve(url: str) -> str:
            if url.endswith("odd"):
                raise LookupError(url)
            return url

        events: List[Event] = []
        fallback = Fallback(resolve_source=resolve)
        with Client(NOWHERE, fallback=fallback, timeouts=Timeouts(give_up=0.6), on_event=events.append) as client:
            items = ["s3://media/a.mp3", f"{noise}?odd", {"source_url": noise, "duration": 0.5}]
            with client.playlist(items, "pcm", live=False) as stream:
                self.assertEqual(len(stream.read()), PCM_SECOND // 2)
        skipped = [(e.index, e.error.code) for e in events if isinstance(e, SkippedEvent)]
        self.assertEqual(skipped, [(0, "UNAVAILABLE"), (1, "UNAVAILABLE")])

    def test_and_nobody_plays_anything(self) -> None:
        fallback = Fallback(ffmpeg_path="/nowhere/ffmpeg")
        events: List[Event] = []
        with Client(NOWHERE, fallback=fallback, timeouts=Timeouts(give_up=0.6), on_event=events.append) as client:
            with self.assertRaises(FfmpegFunctionsError) as raised:
                client.playlist([f"{self.source}/noise.mp3"] * 2, "pcm")
        self.assertEqual((raised.exception.code, raised.exception.recoverable), ("UNAVAILABLE", True))
        self.assertEqual([event for event in events if isinstance(event, SkippedEvent)], [])


class StoppedElsewhere(SystemTest):
    """Whoever may stop it, by its id, ends it: it is not resumed."""

    def test_ends_a_stream(self) -> None:
        control("/start-host")
        with Client(self.service) as client, Client(self.service) as somebody:
            with client.transcode(f"{self.source}/noise.mp3", "pcm", live=True, duration=6) as stream:
                somebody.stop(stream.id)
                with self.assertRaises(FfmpegFunctionsError) as raised:
                    stream.read()
            self.assertEqual((raised.exception.code, raised.exception.recoverable), ("CONFLICT", False))
            self.assertEqual(raised.exception.details, {"state": "cancelled"})
            self.assertEqual(client.counters, Counters(streams=1))

    def test_ends_a_track_of_a_list(self) -> None:
        control("/start-host")
        events: List[Event] = []
        items = [{"source_url": f"{self.source}/noise.mp3", "duration": seconds} for seconds in (6, 0.5)]
        with Client(self.service) as client, Client(self.service) as somebody:
            with client.playlist(items, "pcm", on_event=events.append) as stream:
                somebody.stop(stream.id)
                stream.read()
            self.assertEqual(client.counters, Counters(streams=1))
        skipped = [(event.index, event.error.code) for event in events if isinstance(event, SkippedEvent)]
        self.assertEqual(skipped, [(0, "CONFLICT")])
        self.assertEqual([event.via for event in events if isinstance(event, LegEvent)], ["service", "service"])


class CutConnections(SystemTest):
    def test_a_stream_whose_connection_is_cut_time_and_again_is_whole(self) -> None:
        """To the service that is a reader who has left, and nobody who has stopped it."""
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
    def test_a_stream_outlives_the_functions_that_make_it(self) -> None:
        control("/start-host")
        limited = control("/start-limited-host")["service"]
        played = in_parallel(*(lambda url=url: self.play(url) for url in (self.service, limited)))
        (whole, undisturbed), (joined, counters) = played
        self.assertEqual(len(whole), 10 * PCM_SECOND)
        self.assertEqual(joined, whole)
        self.assertEqual((undisturbed.resumes, counters.fallbacks), (0, 0))
        # Of three seconds each, the first of which leads up to the rest.
        self.assertGreaterEqual(counters.resumes, 3)

    def test_functions_that_come_to_their_end_are_no_failure_of_the_service(self) -> None:
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


class Filters(SystemTest):
    """A sweep tells by its frequency which second of the source is heard."""

    def change_speed(self, url: str, killed: bool, resumes: int, **fields: Any) -> None:
        with Client(url) as client:
            with client.transcode(f"{self.source}/sweep.flac", "pcm", live=True, lead_seconds=0.5, **fields) as stream:
                data = stream.read(PCM_SECOND)
                faster = stream.set_filters(speed=2, eq_preset="bass_boost", volume=0.5)
                self.assertEqual(faster.filters, {"speed": 2, "pitch": 0, "volume": 0.5, "eq_preset": "bass_boost"})
                self.assertEqual(stream.filters, faster.filters)
                data += stream.read(PCM_SECOND * 3 // 2)
                if killed:
                    control("/kill-host")
                data += stream.read(PCM_SECOND * 3 // 2)
                position = stream.position_seconds
                slower = client.set_filters(stream.id, speed=0.5)
                data += stream.read(PCM_SECOND * 3 // 2)
                self.assertEqual(client.counters.resumes, resumes)
        changes = [(0.0, 1.0), (faster.applied_at_sample / RATE, 2.0), (slower.applied_at_sample / RATE, 0.5)]
        for second in (0.5, 2.3, 3.0, 3.5, 5.2):
            self.assertAlmostEqual(source_second(data, second), expected(changes, second), delta=0.1)
        self.assertAlmostEqual(position, expected(changes[:2], 4), delta=0.1)

    def test_the_service_changes_them_and_so_does_the_local_ffmpeg(self) -> None:
        control("/start-host")
        adjust = ["speed", "equalizer", "volume"]
        in_parallel(*(lambda url=url: self.change_speed(url, False, 0, adjust=adjust) for url in (self.service, NOWHERE)))

    def test_a_resumed_stream_keeps_them_and_its_place(self) -> None:
        control("/start-host")
        # What leaves open what may change has its first change of speed from another encoder.
        self.change_speed(self.service, killed=True, resumes=2)

    def test_what_was_not_named_does_not_change(self) -> None:
        with Client(NOWHERE) as client:
            url = f"{self.source}/sweep.flac"
            with client.transcode(url, "pcm", live=True, adjust=["volume"]) as stream:
                with self.assertRaises(FfmpegFunctionsError) as raised:
                    stream.set_filters(speed=2)
                self.assertEqual(raised.exception.code, "CONFLICT")
                with self.assertRaises(FfmpegFunctionsError) as raised:
                    stream.set_filters(volume=3)
                self.assertEqual(raised.exception.code, "FILTER_INVALID")
                self.assertEqual(stream.set_filters(volume=2, speed=1).filters["volume"], 2)


def expected(changes: List[Tuple[float, float]], second: float) -> float:
    """Which second of the source is to be heard, when from some seconds on the speed is another."""
    ends = [start for start, _ in changes[1:]] + [second]
    return sum(max(0.0, min(end, second) - start) * speed for (start, speed), end in zip(changes, ends))


class Streams(SystemTest):
    def test_frames_are_of_one_length_and_live(self) -> None:
        with Client(NOWHERE) as client:
            since = time.monotonic()
            with client.frames(f"{self.source}/noise.mp3", duration=1.0051, lead_seconds=0.2) as frames:
                lengths = [len(frame) for frame in frames]
        self.assertEqual((set(lengths), len(lengths)), ({1_920}, 101))
        self.assertGreater(time.monotonic() - since, 0.7)

    def test_a_stream_that_is_closed_by_another_thread_wakes_who_reads(self) -> None:
        with Client(NOWHERE) as client:
            stream = client.transcode(f"{self.source}/long.flac", "pcm", live=True)
            closer = threading.Timer(0.3, stream.close)
            closer.start()
            with self.assertRaises(FfmpegFunctionsError) as raised:
                while stream.read(PCM_SECOND):
                    continue
            closer.join()
        self.assertEqual(raised.exception.details["state"], "closed")

    def test_a_stream_that_nobody_holds_ends(self) -> None:
        with Client(NOWHERE) as client:
            before = threading.active_count()
            stream = client.transcode(f"{self.source}/long.flac", "pcm", live=True)
            self.assertGreater(threading.active_count(), before)
            del stream
            eventually(lambda: self.assertLessEqual(threading.active_count(), before))

    def test_a_reader_that_pauses_is_not_counted_against_the_service(self) -> None:
        control("/start-host")
        with Client(self.service) as client:
            with client.transcode(f"{self.source}/noise.mp3", "pcm") as stream:
                data = stream.read(1_000)
                time.sleep(1.5)
                data += stream.read()
            self.assertEqual(len(data), 12 * PCM_SECOND)
            self.assertEqual(client.counters.failures, 0)
