from __future__ import annotations

import time
from typing import Any, List, Optional

from ffmpeg_functions import Client, Event, Fallback, FfmpegFunctionsError, SkippedEvent, Timeouts, TrackEvent

from sound import PCM_SECOND, RATE, decoded, ogg_pages, source_second
from system import NOWHERE, SystemTest, control, eventually


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

    def test_items_that_cannot_be_played_are_skipped_and_the_rest_is_one_stream(self) -> None:
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
            # Another encoder continued with a stretcher, which is not a failure.
            self.assertEqual((client.counters.resumes, client.counters.failures), (1, 0))
        self.assertGreater(time.monotonic() - since, 1)
        self.assertGreater(len(data), 1.75 * PCM_SECOND)
        # The second track lasts a second at double speed: its middle is half a second before the end.
        self.assertAlmostEqual(source_second(data, len(data) / PCM_SECOND - 0.5), 11, delta=0.1)


class WithoutFallback(SystemTest):
    """Only the service can play: the client waits for it and does not use up the playlist in the meantime."""

    def play(self, fallback: Optional[Fallback]) -> None:
        control("/start-host")
        events: List[Event] = []
        items = [{"source_url": f"{self.source}/noise.mp3", "duration": 1.5}] * 4
        with Client(self.service, fallback=fallback, timeouts=Timeouts(give_up=60), on_event=events.append) as client:
            with client.playlist(items, "pcm", lead_seconds=0.2) as stream:
                data = stream.read(PCM_SECOND)
                control("/kill-host")
                # The stream that was cut, and the next attempt.
                eventually(lambda: self.assertGreaterEqual(client.counters.failures, 2))
                control("/start-host")
                data += stream.read()
        self.assertEqual([event for event in events if isinstance(event, SkippedEvent)], [])
        self.assertEqual(len(data), 6 * PCM_SECOND)

    def test_because_it_is_disabled(self) -> None:
        self.play(None)

    def test_because_there_is_no_ffmpeg(self) -> None:
        self.play(Fallback(ffmpeg_path="/nowhere/ffmpeg"))

    def test_because_only_the_service_can_read_the_source(self) -> None:
        self.play(Fallback(resolve_source=lambda url: "s3://media/noise.mp3"))

    def test_and_the_service_does_not_come_back(self) -> None:
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

    def test_and_without_the_service_the_playlist_fails(self) -> None:
        fallback = Fallback(ffmpeg_path="/nowhere/ffmpeg")
        events: List[Event] = []
        with Client(NOWHERE, fallback=fallback, timeouts=Timeouts(give_up=0.6), on_event=events.append) as client:
            with self.assertRaises(FfmpegFunctionsError) as raised:
                client.playlist([f"{self.source}/noise.mp3"] * 2, "pcm")
        self.assertEqual((raised.exception.code, raised.exception.recoverable), ("UNAVAILABLE", True))
        self.assertEqual([event for event in events if isinstance(event, SkippedEvent)], [])
