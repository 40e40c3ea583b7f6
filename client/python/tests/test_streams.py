from __future__ import annotations

import threading
import time

from ffmpeg_functions import Client, FfmpegFunctionsError

from sound import PCM_SECOND
from system import NOWHERE, SystemTest, control, eventually


class Streams(SystemTest):
    def test_frames_have_equal_length_and_are_live(self) -> None:
        with Client(NOWHERE) as client:
            since = time.monotonic()
            with client.frames(f"{self.source}/noise.mp3", duration=1.0051, lead_seconds=0.2) as frames:
                lengths = [len(frame) for frame in frames]
        self.assertEqual((set(lengths), len(lengths)), ({1_920}, 101))
        self.assertGreater(time.monotonic() - since, 0.7)

    def test_closing_a_stream_from_another_thread_wakes_its_reader(self) -> None:
        with Client(NOWHERE) as client:
            stream = client.transcode(f"{self.source}/long.flac", "pcm", live=True)
            closer = threading.Timer(0.3, stream.close)
            closer.start()
            with self.assertRaises(FfmpegFunctionsError) as raised:
                while stream.read(PCM_SECOND):
                    continue
            closer.join()
        self.assertEqual(raised.exception.details["state"], "closed")

    def test_a_stream_without_references_ends(self) -> None:
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
