"""The common part of the tests with a misbehaving service."""

from __future__ import annotations

import time
from typing import List

from ffmpeg_functions import BrokenEvent, Client, Event, LegEvent, Timeouts

from servers import Behave, server
from system import NOWHERE, PROMISED, SystemTest, control

QUICK = Timeouts(first_audio=0.6, silence=0.5, behind=0.5, request=1, give_up=2)
PATIENT = Timeouts(first_audio=30, silence=30, behind=30, request=30, give_up=60)
"""With these, a fallback within the promised time does not come from a timeout."""


class MisbehavingService(SystemTest):
    """The client falls back within its configured time, and the audio is correct."""

    whole: bytes

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        with Client(NOWHERE) as client:
            cls.whole = client.transcode(f"{control('/state')['source']}/noise.mp3", "pcm", duration=1).read()

    def setUp(self) -> None:
        super().setUp()
        self.events: List[Event] = []

    def play(self, behave: Behave, timeouts: Timeouts = QUICK) -> float:
        """Plays a stream. Returns the seconds until the first audio."""
        with server(behave) as url, Client(url, timeouts=timeouts, on_event=self.events.append) as client:
            since = time.monotonic()
            with self.assertLogs("ffmpeg_functions", "WARNING"):
                with client.transcode(f"{self.source}/noise.mp3", "pcm", duration=1) as stream:
                    first = time.monotonic() - since
                    self.assertEqual(stream.read(), self.whole)
            self.assertLess(time.monotonic() - since, timeouts.give_up + 1 + PROMISED)
        return first

    def vias(self) -> List[str]:
        return [event.via for event in self.events if isinstance(event, LegEvent)]

    def codes(self) -> List[str]:
        return [event.error.code for event in self.events if isinstance(event, BrokenEvent)]
