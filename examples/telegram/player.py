"""Plays a queue of tracks as 10 ms frames of PCM."""

import asyncio
from collections import deque

from ffmpeg_functions import FfmpegFunctionsError, SkippedEvent

FRAME_SECONDS = 0.01  # 48 kHz stereo s16le: 1,920 bytes
LATE_SECONDS = 0.1  # a player that is later than this starts a new schedule
REQUEST = {"adjust": ["speed", "volume", "equalizer"], "lead_seconds": 1}


class Player:
    def __init__(self, client, send):
        """`client` is an `AsyncClient`; `send` is a coroutine function that takes one frame."""
        self.client, self.send = client, send
        self.queue, self.filters, self.stream = deque(), {}, None
        self.added, self.playing, self.is_skipping = asyncio.Event(), asyncio.Event(), False
        self.playing.set()

    async def run(self):
        """Plays until it is cancelled."""
        while True:
            await self.added.wait()
            try:
                await self.play_queue()
            except FfmpegFunctionsError as error:  # neither the service nor a local ffmpeg has audio
                print("stopped:", error.code, error, flush=True)
            self.added.clear()

    async def play_queue(self):
        while self.queue:
            wanted = self.filters
            stream = await self.client.playlist(self.tracks(), "pcm", filters=wanted, on_event=report, **REQUEST)
            async with stream:
                self.stream, self.is_skipping = stream, False
                if self.filters is not wanted:
                    await stream.set_filters(**self.filters)
                await self.play_stream(stream)
            self.stream = None

    async def play_stream(self, stream):
        loop = asyncio.get_running_loop()
        due = loop.time()
        async for frame in stream.frames():
            await self.playing.wait()
            if self.is_skipping:
                return
            await self.send(frame)
            due = max(due + FRAME_SECONDS, loop.time() - LATE_SECONDS)
            await asyncio.sleep(due - loop.time())

    def tracks(self):
        while self.queue:
            yield self.queue.popleft()

    def add(self, url):
        self.queue.append(url)
        self.added.set()

    def pause(self):
        self.playing.clear()

    def resume(self):
        self.playing.set()

    def skip(self):
        self.is_skipping = True
        self.playing.set()

    async def change(self, **filters):
        """Applies to the track that plays and to those that follow."""
        self.filters = {**self.filters, **filters}
        if self.stream is not None:
            await self.stream.set_filters(**filters)


def report(event):
    if isinstance(event, SkippedEvent):
        print("skipped:", event.item, event.error.code, flush=True)
