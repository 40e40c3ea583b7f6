from __future__ import annotations

from typing import Any, List, Tuple

from ffmpeg_functions import Client, FfmpegFunctionsError

from sound import PCM_SECOND, RATE, source_second
from system import NOWHERE, Lateness, SystemTest, control, in_parallel


class Filters(SystemTest):
    """The frequency of a sweep shows which second of the source is audible."""

    def change_speed(self, url: str, killed: bool, resumes: int, **fields: Any) -> None:
        with Client(url) as client, Lateness() as late:
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
            delta = late.tolerance(leaps(changes, second))
            self.assertAlmostEqual(source_second(data, second), expected(changes, second), delta=delta)
        self.assertAlmostEqual(position, expected(changes[:2], 4), delta=0.1)

    def test_the_service_and_the_local_ffmpeg_change_them(self) -> None:
        control("/start-host")
        adjust = ["speed", "equalizer", "volume"]
        in_parallel(*(lambda url=url: self.change_speed(url, False, 0, adjust=adjust) for url in (self.service, NOWHERE)))

    def test_a_resumed_stream_keeps_them_and_its_position(self) -> None:
        control("/start-host")
        # Without `adjust` in the request, the first change of speed comes from another encoder.
        self.change_speed(self.service, killed=True, resumes=2)

    def test_a_filter_that_is_not_adjustable_does_not_change(self) -> None:
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
    """Returns the expected second of the source after changes of speed at some seconds."""
    ends = [start for start, _ in changes[1:]] + [second]
    return sum(max(0.0, min(end, second) - start) * speed for (start, speed), end in zip(changes, ends))


def leaps(changes: List[Tuple[float, float]], second: float) -> float:
    """Returns the sum of the changes of speed up to there, up and down."""
    speeds = [speed for start, speed in changes if start <= second]
    return sum(abs(later - earlier) for earlier, later in zip(speeds, speeds[1:]))
