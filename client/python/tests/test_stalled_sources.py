from __future__ import annotations

import asyncio
import json
import unittest
import urllib.request
import uuid
from typing import Any, List

from ffmpeg_functions import AsyncClient, BrokenEvent, Client, Event, Fallback, FfmpegFunctionsError, LegEvent, Timeouts

from sound import PCM_SECOND
from system import SystemTest, control, eventually, in_parallel

QUICK = Timeouts(silence=0.7)


class StalledSources(SystemTest):
    """A source stalls for the current encoder, but not for another one that requests it in parallel."""

    def setUp(self) -> None:
        super().setUp()
        self.events: List[Event] = []

    def stalling(self, *in_turn: str) -> str:
        """Returns a URL with a behaviour for each request: a share and then nothing, all, no response, or an error."""
        return f"{self.source}/noise.mp3?in_turn={','.join(in_turn)}&id={uuid.uuid4()}"

    def client(self, timeouts: Timeouts = QUICK) -> Client:
        return Client(self.service, timeouts=timeouts, on_event=self.events.append)

    def whole(self, **fields: Any) -> bytes:
        with Client(self.service) as client:
            return client.transcode(f"{self.source}/noise.mp3", "pcm", **fields).read()

    def told(self) -> List[str]:
        """Returns the events: which leg plays, and which fails."""
        kinds = [event for event in self.events if isinstance(event, (LegEvent, BrokenEvent))]
        return [f"{event.via} {'plays' if isinstance(event, LegEvent) else event.error.code}" for event in kinds]

    def broken(self, via: str) -> List[BrokenEvent]:
        return [event for event in self.events if isinstance(event, BrokenEvent) and event.via == via]

    def requests(self, url: str) -> int:
        return int(control("/state")["requests"].count(url[len(self.source) :]))

    def assert_service_has_no_work(self) -> None:
        def active() -> Any:
            with urllib.request.urlopen(f"{self.service}/transcodes?state=active", timeout=10) as answer:
                return json.load(answer)["items"]

        eventually(lambda: self.assertEqual(active(), []))

    def test_when_the_local_ffmpeg_stalls_as_well_the_service_continues(self) -> None:
        control("/start-host")
        url = self.stalling("0.3", "0.6", "whole")
        with self.client() as client:
            data = client.transcode(url, "pcm").read()
        self.assertEqual(self.requests(url), 3, "a leg that has started is not opened again")
        of_service, of_fallback = ["service plays", "service TIMEOUT"], ["fallback plays", "fallback TIMEOUT"]
        self.assertEqual(self.told(), [*of_service, *of_fallback, "service plays"])
        self.assertEqual(self.broken("fallback")[0].error.details, {"part": "fallback", "reason": "silent"})
        self.assertEqual(data, self.whole())

    def test_when_the_local_ffmpeg_stalls_before_its_first_audio_the_service_continues(self) -> None:
        control("/start-host")
        for behaviours in (("0.5", "never", "whole"), ("0", "0", "whole")):
            with self.subTest(behaviours), self.client() as client:
                self.events.clear()
                data = client.transcode(self.stalling(*behaviours), "pcm").read()
                self.assertEqual(self.told()[-3:], ["service TIMEOUT", "fallback TIMEOUT", "service plays"])
                self.assertEqual([event.opening for event in self.broken("fallback")], [True])
                self.assertEqual(data, self.whole())

    def test_the_leg_with_audio_first_continues_and_the_service_is_left_without_work(self) -> None:
        control("/start-host")
        # The client would wait much longer for it than for the local ffmpeg.
        with self.client(Timeouts(first_audio=60, silence=0.4)) as client:
            with client.transcode(self.stalling("0.5", "late", "never"), "pcm") as stream:
                data = stream.read()
                self.assert_service_has_no_work()
        self.assertEqual(self.told(), ["service plays", "service TIMEOUT", "fallback plays"])
        self.assertEqual(data, self.whole())

    def test_a_service_that_is_back_continues(self) -> None:
        """It is tried until then, and each failure is reported. Only a first audio that takes a minute is missed."""
        control("/start-host")
        whole = self.whole()
        control("/kill-host")
        # Another local ffmpeg fails at once, so that the service is tried again without a wait.
        stalling = self.stalling("0.5", "busy")
        fallback = Fallback(resolve_source=lambda _: stalling)
        timeouts = Timeouts(first_audio=60, silence=0.5, give_up=120)
        with Client(self.service, timeouts=timeouts, fallback=fallback, on_event=self.events.append) as client:

            def bring_back() -> None:
                # The second attempt in parallel with the local ffmpeg.
                eventually(lambda: self.assertGreater(len(self.broken("service")), 2), within=60)
                control("/start-host")

            stream = client.transcode(f"{self.source}/noise.mp3", "pcm")
            data, _ = in_parallel(stream.read, bring_back)
        self.assertEqual(data, whole)
        told = self.told()
        self.assertEqual(told[0], "service UNAVAILABLE")
        asked = ("service UNAVAILABLE", "fallback DOWNLOAD_FAILED")
        went_on = [entry for entry in told if entry not in asked]
        self.assertEqual(went_on, ["fallback plays", "fallback TIMEOUT", "service plays"])
        self.assertEqual(told[-2:], went_on[-2:])

    def test_while_the_service_is_down_another_local_ffmpeg_continues(self) -> None:
        control("/start-host")
        whole = self.whole()
        control("/kill-host")
        with self.client() as client:
            data = client.transcode(self.stalling("0.5", "whole"), "pcm").read()
        self.assertEqual(data, whole)
        told = [entry for entry in self.told() if entry != "service UNAVAILABLE"]
        self.assertEqual(told, ["fallback plays", "fallback TIMEOUT", "fallback plays"])

    def test_a_service_that_stalls_in_parallel_is_reported_and_not_blamed(self) -> None:
        control("/start-host")
        with self.client(Timeouts(first_audio=1.5, silence=0.3, give_up=60)) as client:
            with self.assertLogs("ffmpeg_functions", "WARNING") as logs:
                data = client.transcode(self.stalling("0.5", *(5 * ["never"]), "whole"), "pcm").read()
        self.assertEqual(data, self.whole())
        in_the_middle, *openings = [event.opening for event in self.broken("service")]
        self.assertFalse(in_the_middle)
        # The third may also take too long for its first audio.
        self.assertEqual(openings[:2], [True, True])
        self.assertNotIn("the service is unavailable", "".join(logs.output))

    def test_a_change_of_filters_is_in_the_next_leg(self) -> None:
        """The service has started a leg without it in parallel with the local ffmpeg, or is about to."""
        control("/start-host")
        fields: Any = {"live": True, "adjust": ["volume"], "lead_seconds": 0.5, "duration": 6}
        whole = self.whole(**fields)
        for of_fallback in ("never", "0.3"):
            with self.subTest(of_fallback), self.client() as client:
                self.events.clear()
                url = self.stalling("0.1", of_fallback, "late", "whole")
                stream = client.transcode(url, "pcm", **fields)

                def change() -> Any:
                    # The service requests the source for the leg in parallel with the local ffmpeg.
                    eventually(lambda: self.assertEqual(self.requests(url), 3), within=20)
                    return stream.set_filters(volume=0.5)

                data, changed = in_parallel(stream.read, change)
                self.assertEqual(changed.filters["volume"], 0.5)
                self.assertEqual(stream.filters["volume"], 0.5)
                self.assertEqual(self.told()[-1], "service plays")
                self.assertEqual(len(data), len(whole))
                self.assertEqual(data[:PCM_SECOND], whole[:PCM_SECOND])
                # After the volume ramp of a running encoder.
                at = changed.applied_at_sample * 4 + PCM_SECOND // 2
                self.assertLess(at, len(whole) - PCM_SECOND // 2)
                self.assertAlmostEqual(loudness(data[at:]) / loudness(whole[at:]), 0.5, delta=0.01)

    def test_a_stream_that_is_closed_in_the_meantime_leaves_nothing(self) -> None:
        control("/start-host")
        url = self.stalling("0.5", "never", "never")
        with self.client() as client:
            stream = client.transcode(url, "pcm")

            def close() -> None:
                eventually(lambda: self.assertEqual(self.requests(url), 3), within=20)
                stream.close()

            def read() -> None:
                with self.assertRaises(FfmpegFunctionsError) as raised:
                    stream.read()
                self.assertEqual(raised.exception.details, {"state": "closed"})

            in_parallel(read, close)
            self.assert_service_has_no_work()
        self.assertEqual(self.told(), ["service plays", "service TIMEOUT"])

    def test_for_asyncio_the_service_continues_as_well(self) -> None:
        control("/start-host")
        url = self.stalling("0.3", "0.6", "whole")

        async def play() -> bytes:
            async with AsyncClient(self.service, timeouts=QUICK, on_event=self.events.append) as client:
                return await (await client.transcode(url, "pcm")).read()

        self.assertEqual(asyncio.run(play()), self.whole())
        self.assertEqual(self.told()[-2:], ["fallback TIMEOUT", "service plays"])


def loudness(pcm: bytes) -> float:
    samples = memoryview(pcm).cast("h")
    return float((sum(sample * sample for sample in samples) / len(samples)) ** 0.5)


if __name__ == "__main__":
    unittest.main()
