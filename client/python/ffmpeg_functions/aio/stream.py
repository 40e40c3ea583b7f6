"""Streams for asyncio."""

from __future__ import annotations

import asyncio
from typing import AsyncIterator, Callable

from ..settings.filters import FilterChange, Filters
from ..settings.settings import Settings
from ..settings.unpack import Unpack
from ..stop import Stop
from ..stream.handle import Handle
from ..stream.source import Source
from .loop_flag import LoopFlag


class AsyncStream(Handle):
    """A `Stream` for asyncio. A reader that is cancelled while it waits for audio loses none."""

    def __init__(self, source: Source, settings: Settings, stop: Stop, on_end: Callable[[], None]) -> None:
        super().__init__(source, settings, stop, on_end)
        self._ready = LoopFlag()
        self._pump.on_ready = self._ready.raise_from_thread
        self._ready.raise_from_thread()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        data = await self._next_piece()
        if not data:
            raise StopAsyncIteration
        return data

    async def read(self, size: int = -1) -> bytes:
        """Returns `size` bytes, fewer only at the end; the rest if negative. Loses none when cancelled."""
        portion = self._portion(size)
        try:
            while portion.wants_more() and portion.add(await self._next_piece()):
                continue
        except asyncio.CancelledError:
            self._keep(portion.bytes() + bytes(self._rest), 0)
            raise
        return portion.bytes()

    def frames(self, frame_ms: float = 10) -> AsyncFrames:
        """Returns PCM in frames of equal length for a voice library: 1,920 bytes for 10 ms of 48 kHz stereo."""
        return AsyncFrames(self, frame_ms)

    async def set_filters(self, **patch: Unpack[Filters]) -> FilterChange:
        """Changes filters that the live stream's request allows to change (`adjust`), wherever its audio comes from.

        Returns the filters in force and the first sample that has them. Raises FILTER_INVALID or CONFLICT.
        """
        return await asyncio.to_thread(self._change, patch)

    async def close(self) -> None:
        """Stops the stream; a coroutine that reads it gets CONFLICT."""
        self._end()
        await self._ready.wait_until(lambda: self._pump.has_ended)
        self._ready.raise_in_loop()

    async def __aenter__(self) -> AsyncStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _wait_ready(self) -> None:
        await self._ready.wait_until(self._pump.is_ready)

    async def _next_piece(self) -> bytes:
        if self._needs_wait():
            await self._wait_ready()
        return self._take_piece()


class AsyncFrames:
    """PCM in frames of equal length; the last is padded with silence."""

    def __init__(self, stream: AsyncStream, frame_ms: float) -> None:
        self.stream = stream
        self.frame_bytes = stream._frame_bytes(frame_ms)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        frame = await self.stream.read(self.frame_bytes)
        if not frame:
            raise StopAsyncIteration
        return frame.ljust(self.frame_bytes, b"\0")

    async def close(self) -> None:
        await self.stream.close()

    async def __aenter__(self) -> AsyncFrames:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
