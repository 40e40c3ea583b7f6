"""The client for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Any, AsyncIterable, Dict, Iterable, Optional, Union

from ..client.any_client import AnyClient
from ..client.sources import Opening
from ..events import Event, OnEvent
from ..settings.fields import OutputFormat, PlaylistFields, PlaylistItem, TranscodeFields
from ..settings.filters import FilterChange, Filters
from ..settings.unpack import Unpack
from .loop_items import items_from_loop
from .stream import AsyncFrames, AsyncStream


class AsyncClient(AnyClient):
    """`Client` for asyncio: the same arguments, the same methods. Events come in the loop that opened the stream.

    `token` and `resolve_source` are called in a stream's thread: they may block, and cannot be coroutines.
    """

    async def transcode(
        self,
        source_url: str,
        output_format: OutputFormat,
        *,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[TranscodeFields],
    ) -> AsyncStream:
        """Returns when there is audio. An error that is not `recoverable` would be the same again."""
        return await self._begun(self._sources.track(source_url, output_format, fields), on_event)

    async def frames(
        self,
        source_url: str,
        *,
        frame_ms: float = 10,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[TranscodeFields],
    ) -> AsyncFrames:
        """Returns frames of PCM as voice libraries take them, live unless the request says otherwise."""
        live: TranscodeFields = {"live": True, **fields}
        return (await self.transcode(source_url, "pcm", on_event=on_event, **live)).frames(frame_ms)

    async def playlist(
        self,
        items: Union[Iterable[Union[str, PlaylistItem]], AsyncIterable[Union[str, PlaylistItem]]],
        output_format: OutputFormat,
        *,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[PlaylistFields],
    ) -> AsyncStream:
        """Plays a list as one stream, live unless the request says otherwise, and skips what cannot be played."""
        stopped = threading.Event()
        taken = items_from_loop(items, stopped) if isinstance(items, AsyncIterable) else items
        return await self._begun(self._sources.playlist(taken, output_format, fields), on_event, stopped)

    async def set_filters(self, id: str, **patch: Unpack[Filters]) -> FilterChange:
        """Changes a live stream: one of this client's, or any of the service's that this caller may change."""
        return await asyncio.to_thread(self._change, id, patch)

    async def stop(self, id: str) -> None:
        await asyncio.to_thread(self._end, id)

    async def health(self) -> Dict[str, Any]:
        """Returns the answer of `GET /health`."""
        return await asyncio.to_thread(self._health)

    async def close(self) -> None:
        """Ends every stream and the health probes."""
        await asyncio.to_thread(self._close)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _begun(
        self, what: Opening, on_event: Optional[OnEvent], stopped: Optional[threading.Event] = None
    ) -> AsyncStream:
        loop = asyncio.get_running_loop()

        def deliver(listener: OnEvent, event: Event) -> None:
            # In a closed loop there is no listener.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(listener, event)

        stream = self._start(AsyncStream, what, on_event, deliver)
        if stopped is not None:
            stream._stop.add(stopped.set)
        try:
            await stream._wait_ready()
            stream._begin()
        except BaseException:
            await stream.close()
            raise
        return stream
