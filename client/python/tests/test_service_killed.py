from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from typing import Any, Dict

from ffmpeg_functions import Client, Event, LegEvent

from sound import PCM_SECOND, adts_frames, decoded, noise_to_signal, ogg_pages
from system import PROMISED, Reader, SystemTest, control, in_parallel, once_past

SECONDS = 5.0
KILL_AT = 2.4
"""Seconds of PCM: little more than the lead, so that even on a loaded machine no stream has been encoded to its end."""


class InTheMiddle(SystemTest):
    """The host and ffmpeg are killed with SIGKILL while three live streams play."""

    def setUp(self) -> None:
        super().setUp()
        self.resumes: Dict[str, int] = {}

    def play(self, output_format: Any, on_bytes: Any = lambda count: None) -> Reader:
        with Client(self.service) as client:
            with client.transcode(f"{self.source}/noise.mp3", output_format, live=True, duration=SECONDS) as stream:
                reader = Reader(on_bytes).read(stream)
                self.assertAlmostEqual(stream.position_seconds, SECONDS, delta=0.05)
            self.resumes[output_format] = client.counters.resumes
            return reader

    def test_streams_continue_where_they_stopped(self) -> None:
        control("/start-host")
        formats = ("pcm", "opus", "aac")
        undisturbed = in_parallel(*(lambda f=f: self.play(f) for f in formats))
        self.assertEqual(self.resumes, {name: 0 for name in formats})
        begun = {name: threading.Event() for name in ("opus", "aac")}

        def kill() -> None:
            for event in begun.values():
                self.assertTrue(event.wait(20))
            control("/kill-host")

        disturbed = in_parallel(
            lambda: self.play("pcm", once_past(int(KILL_AT * PCM_SECOND), kill)),
            *(lambda f=f: self.play(f, lambda _: begun[f].set()) for f in begun),
        )
        self.assertEqual(self.resumes, {name: 1 for name in formats})
        for name, reader in zip(formats, disturbed):
            with self.subTest(name):
                self.assertLess(reader.longest_wait, PROMISED)
        pcm, opus, aac = zip(undisturbed, disturbed)
        self.assertEqual(pcm[1].data, pcm[0].data)
        self.assert_same_opus(opus[0].data, opus[1].data)
        self.assertEqual(adts_frames(aac[1].data), adts_frames(aac[0].data))
        for before, after in (opus, aac):
            # Repeated or missing audio would have nothing in common with the expected audio.
            self.assertLess(max(noise_to_signal(decoded(before.data), decoded(after.data))), 0.5)

    def assert_same_opus(self, before: bytes, after: bytes) -> None:
        wanted, got = ogg_pages(before), ogg_pages(after)
        # After the position where it was resumed, pages may begin with other packets.
        self.assertEqual(sum(page[4] for page in got), sum(page[4] for page in wanted))
        self.assertEqual((got[-1][1], got[-1][2]), (wanted[-1][1], wanted[-1][2]))
        self.assertEqual([page[3] for page in got], list(range(len(got))))
        times = [page[1] - page[4] * 960 for page in got[2:-1]]
        self.assertEqual(times, [0, *(page[1] for page in got[2:-2])])
        self.assertEqual([page[0] for page in got][:1], [2], "the first page starts the stream")
        self.assertEqual([bool(page[0] & 4) for page in got].index(True), len(got) - 1, "the last page ends it")
        if shutil.which("opusinfo") is not None:
            with tempfile.NamedTemporaryFile(suffix=".opus") as file:
                file.write(after)
                file.flush()
                told = subprocess.run(["opusinfo", file.name], capture_output=True, text=True, check=False)
            self.assertEqual(told.returncode, 0)
            self.assertNotRegex(told.stdout + told.stderr, r"(?i)warning|error|negative|hole|corrupt")

    def test_ten_minutes_into_a_track_the_reader_waits_no_longer_than_promised(self) -> None:
        control("/start-host")
        events: Dict[str, Event] = {}
        with Client(self.service, on_event=lambda event: note(events, event)) as client:
            stream = client.transcode(
                f"{self.source}/long.flac", "pcm", live=True, lead_seconds=0.2, start_at=597, duration=3
            )
            with stream:
                kill = once_past(PCM_SECOND // 2, lambda: control("/kill-host"))
                reader = Reader(kill).read(stream)
                self.assertEqual(stream.via, "fallback")
        self.assertEqual(len(reader.data), 3 * PCM_SECOND)
        self.assertLess(reader.longest_wait, PROMISED)
        print(f"longest wait ten minutes into a track: {reader.longest_wait:.2f} s")

    def test_streams_that_are_not_live_continue_when_the_host_is_killed(self) -> None:
        control("/start-host")
        source = f"{self.source}/noise.mp3"
        with Client(self.service) as client:
            whole = client.transcode(source, "pcm").read()
            for share in (0.2, 0.8):
                control("/start-host")
                kill = once_past(int(share * len(whole)), lambda: control("/kill-host"))
                with client.transcode(source, "pcm") as stream:
                    self.assertEqual(stream.via, "service")
                    self.assertEqual(Reader(kill).read(stream).data, whole)


def note(events: Dict[str, Event], event: Event) -> None:
    if isinstance(event, LegEvent):
        events[event.via] = event
