from __future__ import annotations

import threading
import time
from typing import Any, List, Tuple

from ffmpeg_functions import Client, Event, FfmpegFunctionsError, SkippedEvent, TrackEvent

from support import NOWHERE, RATE, SystemTest, control, decoded, eventually, in_parallel, ogg_pages, source_second

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
        ]

    def play(self, client: Client, output_format: Any) -> bytes:
        self.events: List[Event] = []
        with client.playlist(self.items(), output_format, live=False, on_event=self.events.append) as stream:
            data = stream.read()
        skipped = [(e.index, e.error.code) for e in self.events if isinstance(e, SkippedEvent)]
        self.assertEqual(skipped, [(1, "UNSUPPORTED_FORMAT"), (2, "DOWNLOAD_FAILED"), (4, "VALIDATION_ERROR")])
        self.assertEqual([e.index for e in self.events if isinstance(e, TrackEvent)], [0, 1, 2, 3])
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
