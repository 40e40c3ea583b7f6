"""The client for threads."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Optional, Union

from ..events import OnEvent
from ..settings.fields import OutputFormat, PlaylistFields, PlaylistItem, TranscodeFields
from ..settings.filters import FilterChange, Filters
from ..settings.unpack import Unpack
from ..stream.stream import Frames, Stream
from .any_client import AnyClient
from .sources import Opening


class Client(AnyClient):
    """Streams from the service, and from the local ffmpeg where the service fails. For all threads.

    `base_url`, or `urls` with one for each of `transcode`, `transcodes` and `health`. `api_key`, or `token`: a string,
    or a function that returns one. `fallback=None` for no local ffmpeg. `on_event` gets every stream's events, in the
    stream's thread.
    """

    def transcode(
        self,
        source_url: str,
        output_format: OutputFormat,
        *,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[TranscodeFields],
    ) -> Stream:
        """Returns when there is audio. An error that is not `recoverable` would be the same again."""
        return self._begun(self._sources.track(source_url, output_format, fields), on_event)

    def frames(
        self,
        source_url: str,
        *,
        frame_ms: float = 10,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[TranscodeFields],
    ) -> Frames:
        """Returns frames of PCM as voice libraries take them, live unless the request says otherwise."""
        live: TranscodeFields = {"live": True, **fields}
        return self.transcode(source_url, "pcm", on_event=on_event, **live).frames(frame_ms)

    def playlist(
        self,
        items: Iterable[Union[str, PlaylistItem]],
        output_format: OutputFormat,
        *,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[PlaylistFields],
    ) -> Stream:
        """Plays a list as one stream, live unless the request says otherwise, and skips what cannot be played."""
        return self._begun(self._sources.playlist(items, output_format, fields), on_event)

    def set_filters(self, id: str, **patch: Unpack[Filters]) -> FilterChange:
        """Changes a live stream: one of this client's, or any of the service's that this caller may change."""
        return self._change(id, patch)

    def stop(self, id: str) -> None:
        self._end(id)

    def health(self) -> Dict[str, Any]:
        """Returns the answer of `GET /health`."""
        return self._health()

    def close(self) -> None:
        """Ends every stream and the health probes."""
        self._close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begun(self, what: Opening, on_event: Optional[OnEvent]) -> Stream:
        stream = self._start(Stream, what, on_event, lambda listener, event: listener(event))
        try:
            stream._pump.wait_ready()
            stream._begin()
        except BaseException:
            stream.close()
            raise
        return stream
