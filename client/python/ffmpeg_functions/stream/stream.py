"""Streams for threads."""

from __future__ import annotations

from typing import Iterator

from ..settings.filters import FilterChange, Filters
from ..settings.unpack import Unpack
from .handle import Handle


class Stream(Handle):
    """A stream of audio that continues when the service fails.

    Iterating yields bytes as they arrive and ends when the audio is complete. It raises FfmpegFunctionsError when
    neither the service nor the local ffmpeg makes progress; if that is `recoverable`, a retry may succeed. Only one
    thread may read a stream; any thread may change its filters or close it.
    """

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = self._next_piece()
        if not data:
            raise StopIteration
        return data

    def read(self, size: int = -1) -> bytes:
        """Returns `size` bytes, fewer only at the end; the rest if negative."""
        portion = self._portion(size)
        while portion.wants_more() and portion.add(self._next_piece()):
            continue
        return portion.bytes()

    def frames(self, frame_ms: float = 10) -> Frames:
        """Returns PCM in frames of equal length for a voice library: 1,920 bytes for 10 ms of 48 kHz stereo."""
        return Frames(self, frame_ms)

    def set_filters(self, **patch: Unpack[Filters]) -> FilterChange:
        """Changes filters that the live stream's request allows to change (`adjust`), wherever its audio comes from.

        Returns the filters in force and the first sample that has them. Raises FILTER_INVALID or CONFLICT.
        """
        return self._change(patch)

    def close(self) -> None:
        """Stops the stream, from any thread; a thread that reads it gets CONFLICT."""
        self._end()
        self._pump.join()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next_piece(self) -> bytes:
        if self._needs_wait():
            self._pump.wait_ready()
        return self._take_piece()


class Frames:
    """PCM in frames of equal length; the last is padded with silence."""

    def __init__(self, stream: Stream, frame_ms: float) -> None:
        self.stream = stream
        self.frame_bytes = stream._frame_bytes(frame_ms)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        frame = self.stream.read(self.frame_bytes)
        if not frame:
            raise StopIteration
        return frame.ljust(self.frame_bytes, b"\0")

    def close(self) -> None:
        self.stream.close()

    def __enter__(self) -> Frames:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
