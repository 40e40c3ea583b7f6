"""The common part of the tests with a misbehaving service."""

from __future__ import annotations

import time
from typing import List

from ffmpeg_functions import BrokenEvent, Client, Event, LegEvent, Timeouts

from servers import Behave, server
from system import NOWHERE, PROMISED, SystemTest

QUICK = Timeouts(first_audio=0.6, silence=0.5, behind=0.5, request=1, give_up=2)


class MisbehavingService(SystemTest):
    """The client falls back within its configured time, and the audio is correct."""

    def setUp(self) -> None:
        super().setUp()
        with self.assertLogs("ffmpeg_functions", "WARNING"), Client(NOWHERE) as client:
            self.whole = client.transcode(f"{self.source}/noise.mp3", "pcm", duration=1).read()
        self.events: List[Event] = []

    def play(self, behave: Behave) -> float:
        """Plays a stream. Returns the seconds until the first audio."""
        with server(behave) as url, Client(url, timeouts=QUICK, on_event=self.events.append) as client:
            since = time.monotonic()
            with self.assertLogs("ffmpeg_functions", "WARNING"):
                with client.transcode(f"{self.source}/noise.mp3", "pcm", duration=1) as stream:
                    first = time.monotonic() - since
                    self.assertEqual(stream.read(), self.whole)
            self.assertLess(time.monotonic() - since, QUICK.give_up + 1 + PROMISED)
        return first

    def vias(self) -> List[str]:
        return [event.via for event in self.events if isinstance(event, LegEvent)]

    def codes(self) -> List[str]:
        return [event.error.code for event in self.events if isinstance(event, BrokenEvent)]
