"""The client for threads."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Optional, Union

from ..events import OnEvent
from ..settings.fields import OutputFormat, PlaylistFields, PlaylistItem, TranscodeFields
from ..settings.filters import FilterChange, Filters
from ..settings.unpack import Unpack
from ..stream.stream import Frames, Stream
from .any_client import AnyClient
from .jobs import Jobs
from .sources import Opening


class Client(AnyClient):
    """Streams from the service and falls back to a local ffmpeg when the service fails. Thread-safe.

    `base_url` is the URL of the service; or `urls` has one for each of `transcode`, `transcodes` and `health`.
    The credentials are `api_key`, or `token`: a string, or a function that returns one. `fallback=None` disables the
    local ffmpeg. `log` is the logger for warnings, `ffmpeg_functions` by default. `on_event` is called with the events
    of every stream, in the stream's thread. `ssl_context` is used for https. Raises ValueError for a missing URL.
    """

    def transcode(
        self,
        source_url: str,
        output_format: OutputFormat,
        *,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[TranscodeFields],
    ) -> Stream:
        """Plays one source: returns when the first audio has arrived.

        `fields` are the other fields of `POST /transcode`; `on_event` is called with the events of this stream.
        Raises FfmpegFunctionsError; if it is not `recoverable`, the same request fails again.
        """
        return self._begun(self._sources.track(source_url, output_format, fields), on_event)

    def frames(
        self,
        source_url: str,
        *,
        frame_ms: float = 10,
        on_event: Optional[OnEvent] = None,
        **fields: Unpack[TranscodeFields],
    ) -> Frames:
        """Plays one source as PCM in frames of `frame_ms` for a voice library, live unless `live=False`."""
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
        """Plays a list as one stream, live unless `live=False`, and skips items that cannot be played."""
        return self._begun(self._sources.playlist(items, output_format, fields), on_event)

    def set_filters(self, id: str, **patch: Unpack[Filters]) -> FilterChange:
        """Changes the filters of a live stream of this client, or of a live transcode on the service.

        Returns the filters in force and the first sample that has them. Raises FILTER_INVALID, CONFLICT or NOT_FOUND.
        """
        return self._change(id, patch)

    def stop(self, id: str) -> None:
        """Stops a stream of this client, or a transcode on the service. Raises NOT_FOUND."""
        self._end(id)

    @property
    def jobs(self) -> Jobs:
        """Video jobs."""
        return Jobs(self._service)

    def health(self) -> Dict[str, Any]:
        """Returns the response of `GET /health`. Raises UNAVAILABLE if the service cannot be reached."""
        return self._health()

    def usage(self) -> Dict[str, Any]:
        """Returns the response of `GET /api/usage`: what this caller uses of each budget of the service."""
        return self._usage()

    def probe(self, url: str) -> Dict[str, Any]:
        """Returns the response of `POST /api/probe`: container, length and streams of a source. Takes ten seconds at most."""
        return self._probe_source(url)

    def close(self) -> None:
        """Stops every stream and the health probes."""
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
