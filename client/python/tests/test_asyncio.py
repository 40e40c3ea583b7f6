from __future__ import annotations

import asyncio
import time
from typing import Any, AsyncIterator, Callable, Coroutine, List

from ffmpeg_functions import AsyncClient, Client, Counters, Event, FfmpegFunctionsError, LegEvent, TrackEvent

from sound import PCM_SECOND
from system import NOWHERE, SystemTest, control


def in_loop(test: Callable[[Any], Coroutine[Any, Any, None]]) -> Callable[[Any], None]:
    return lambda self: asyncio.run(test(self))


class Asyncio(SystemTest):
    def whole(self, **fields: Any) -> bytes:
        with Client(NOWHERE) as client:
            return client.transcode(f"{self.source}/noise.mp3", "pcm", **fields).read()

    @in_loop
    async def test_a_live_stream_continues_when_the_host_is_killed(self) -> None:
        control("/start-host")
        events: List[Event] = []
        async with AsyncClient(self.service, on_event=events.append) as client:
            stream = await client.transcode(f"{self.source}/noise.mp3", "pcm", live=True, duration=3)
            async with stream:
                self.assertEqual(stream.via, "service")
                data = await stream.read(2 * PCM_SECOND)
                await asyncio.to_thread(control, "/kill-host")
                longest = 0.0
                since = time.monotonic()
                async for chunk in stream:
                    longest = max(longest, time.monotonic() - since)
                    data += chunk
                    since = time.monotonic()
                self.assertEqual(stream.via, "fallback")
            self.assertEqual(data, await asyncio.to_thread(lambda: self.whole(live=True, duration=3)))
            self.assertLess(longest, 1)
            self.assertEqual([event.via for event in events if isinstance(event, LegEvent)], ["service", "fallback"])
            self.assertEqual(client.counters.resumes, 1)

    @in_loop
    async def test_a_stream_ends_when_another_client_stops_it(self) -> None:
        control("/start-host")
        async with AsyncClient(self.service) as client, AsyncClient(self.service) as other:
            async with await client.transcode(f"{self.source}/noise.mp3", "pcm", live=True, duration=6) as stream:
                await other.stop(stream.id)
                with self.assertRaises(FfmpegFunctionsError) as raised:
                    await stream.read()
            self.assertEqual((raised.exception.code, raised.exception.details), ("CONFLICT", {"state": "cancelled"}))
            self.assertEqual(client.counters, Counters(streams=1))

    @in_loop
    async def test_a_reader_that_is_cancelled_while_it_waits_loses_nothing(self) -> None:
        whole = await asyncio.to_thread(lambda: self.whole(live=True, duration=1.5))
        # Smaller than one piece, and larger.
        for size in (1_920, 48_000):
            with self.subTest(size):
                data: List[bytes] = []
                cancelled = 0
                async with AsyncClient(NOWHERE) as client:
                    source = f"{self.source}/noise.mp3"
                    async with await client.transcode(
                        source, "pcm", live=True, duration=1.5, lead_seconds=0.2
                    ) as stream:
                        while True:
                            try:
                                # Shorter than the wait for new audio, but long enough for audio that has arrived.
                                data.append(await asyncio.wait_for(stream.read(size), size / 1_000_000))
                            except asyncio.TimeoutError:
                                cancelled += 1
                            if data and not data[-1]:
                                break
                self.assertGreater(cancelled, 0)
                self.assertEqual(b"".join(data), whole)

    @in_loop
    async def test_an_asynchronous_playlist_plays_as_one_stream(self) -> None:
        async def items() -> AsyncIterator[Any]:
            for start in (0, 5):
                await asyncio.sleep(0)
                yield {"source_url": f"{self.source}/noise.mp3", "start_at": start, "duration": 0.5}

        events: List[Event] = []
        async with AsyncClient(NOWHERE) as client:
            async with await client.playlist(items(), "pcm", live=False, on_event=events.append) as stream:
                data = await stream.read()
            expected = [await asyncio.to_thread(lambda s=s: self.whole(start_at=s, duration=0.5)) for s in (0, 5)]
        self.assertEqual(data, b"".join(expected))
        self.assertEqual([event.index for event in events if isinstance(event, TrackEvent)], [0, 1])

    @in_loop
    async def test_a_playlist_whose_next_item_never_arrives_can_be_closed(self) -> None:
        async def items() -> AsyncIterator[Any]:
            yield {"source_url": f"{self.source}/noise.mp3", "duration": 0.1}
            await asyncio.Event().wait()

        async with AsyncClient(NOWHERE) as client:
            stream = await client.playlist(items(), "pcm", live=False)
            await stream.read(PCM_SECOND // 10)
            await asyncio.wait_for(stream.close(), 2)

    @in_loop
    async def test_filters_change_and_nothing_blocks_the_loop(self) -> None:
        control("/start-host")
        longest = 0.0

        async def watch() -> None:
            nonlocal longest
            while True:
                since = time.monotonic()
                await asyncio.sleep(0.01)
                longest = max(longest, time.monotonic() - since - 0.01)

        async with AsyncClient(self.service) as client:
            watcher = asyncio.ensure_future(watch())
            self.assertEqual((await client.health())["status"], "healthy")
            async with await client.transcode(f"{self.source}/noise.mp3", "opus", live=True) as stream:
                change = await stream.set_filters(speed=1.5)
                self.assertEqual(change.filters["speed"], 1.5)
                change = await client.set_filters(stream.id, volume=0.5)
                self.assertEqual(change.filters["volume"], 0.5)
                with self.assertRaises(FfmpegFunctionsError):
                    await stream.set_filters(pitch=2)
                await client.stop(stream.id)
                with self.assertRaises(FfmpegFunctionsError):
                    await stream.read()
            watcher.cancel()
        self.assertLess(longest, 0.2)

    @in_loop
    async def test_a_call_that_is_cancelled_while_opening_leaves_nothing(self) -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(65_536):
                continue
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with AsyncClient(f"http://127.0.0.1:{port}") as client:
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(client.transcode(f"{self.source}/noise.mp3", "pcm"), 0.3)
        server.close()
        await server.wait_closed()
