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
from .jobs import AsyncJobs
from .loop_items import items_from_loop
from .stream import AsyncFrames, AsyncStream


class AsyncClient(AnyClient):
    """`Client` for asyncio, with the same arguments and methods. Events arrive in the loop that opened the stream.

    `token` and `resolve_source` are called in the stream's thread: they may block but cannot be coroutines.
    """

    async def transcode(
        self,
        source_url: str,
        output_format: OutputFormat,
        *,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[TranscodeFields],
    ) -> AsyncStream:
        """Plays one source: returns when the first audio has arrived.

        `fields` are the other fields of `POST /transcode`; `on_event` is called with the events of this stream.
        Raises FfmpegFunctionsError; if it is not `recoverable`, the same request fails again.
        """
        return await self._begun(self._sources.track(source_url, output_format, fields), on_event)

    async def frames(
        self,
        source_url: str,
        *,
        frame_ms: float = 10,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[TranscodeFields],
    ) -> AsyncFrames:
        """Plays one source as PCM in frames of `frame_ms` for a voice library, live unless `live=False`."""
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
        """Plays a list as one stream, live unless `live=False`, and skips items that cannot be played."""
        stopped = threading.Event()
        taken = items_from_loop(items, stopped) if isinstance(items, AsyncIterable) else items
        return await self._begun(self._sources.playlist(taken, output_format, fields), on_event, stopped)

    async def set_filters(self, id: str, **patch: Unpack[Filters]) -> FilterChange:
        """Changes the filters of a live stream of this client, or of a live transcode on the service.

        Returns the filters in force and the first sample that has them. Raises FILTER_INVALID, CONFLICT or NOT_FOUND.
        """
        return await asyncio.to_thread(self._change, id, patch)

    async def stop(self, id: str) -> None:
        """Stops a stream of this client, or a transcode on the service. Raises NOT_FOUND."""
        await asyncio.to_thread(self._end, id)

    @property
    def jobs(self) -> AsyncJobs:
        """Video jobs."""
        return AsyncJobs(self._service)

    async def health(self) -> Dict[str, Any]:
        """Returns the response of `GET /health`. Raises UNAVAILABLE if the service cannot be reached."""
        return await asyncio.to_thread(self._health)

    async def usage(self) -> Dict[str, Any]:
        """Returns the response of `GET /api/usage`: what this caller uses of each budget of the service."""
        return await asyncio.to_thread(self._usage)

    async def probe(self, url: str) -> Dict[str, Any]:
        """Returns the response of `POST /api/probe`: container, length and streams of a source. Takes ten seconds at most."""
        return await asyncio.to_thread(self._probe_source, url)

    async def close(self) -> None:
        """Stops every stream and the health probes."""
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
            # A closed loop has no listeners.
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
