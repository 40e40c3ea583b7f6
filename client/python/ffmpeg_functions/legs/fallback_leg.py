"""A leg from the local ffmpeg."""

from __future__ import annotations

import errno
import threading
from typing import Optional

from ..errors import FfmpegFunctionsError
from ..events import Via
from ..ffmpeg.adjustment import Adjustment
from ..ffmpeg.arguments import transcode_arguments
from ..ffmpeg.failures import End, failure_of, no_sound
from ..ffmpeg.input_url import needs_seeking, resolved
from ..ffmpeg.local_ffmpeg import LocalFfmpeg
from ..ffmpeg.process import FfmpegProcess
from ..ffmpeg.source_check import is_ambiguous, is_served
from ..settings.filters import FilterChange, Filters
from ..settings.settings import Settings
from ..stop import Stop
from ..timed_read import IsExcused, Late, never_excused
from .leg import Leg
from .failures import too_slow


class FallbackLeg(Leg):
    """A leg from the local ffmpeg, which downloads the source itself."""

    via: Via = "fallback"

    def __init__(self, ffmpeg: LocalFfmpeg, url: str, settings: Settings, stop: Stop) -> None:
        self._ffmpeg = ffmpeg
        self._settings = settings
        self._stop = stop
        self._aborted = False
        self._lock = threading.Lock()
        self._first: Optional[bytes] = None
        self._source = resolved(ffmpeg.resolve_source, url)
        # An index at the end needs seeking. Other sources are read sequentially, as by the service, so both end alike.
        self._seekable = needs_seeking(self._source)
        self._adjustment = self._launch()
        stop.add(self.abort)

    def begin(self, deadline: float, is_excused: IsExcused = never_excused) -> None:
        # Before its first audio, ffmpeg has no filter graph to change and would never reply to a command.
        try:
            self._first = self._read(deadline, is_excused)
        except Late:
            raise too_slow(self.via, "silent") from None

    def read(self, deadline: float, is_excused: IsExcused) -> bytes:
        first, self._first = self._first, None
        return self._read(deadline, is_excused) if first is None else first

    def _read(self, deadline: float, is_excused: IsExcused) -> bytes:
        while True:
            process = self._adjustment.process
            data = process.read(deadline, is_excused)
            if data:
                return data
            exit_code = process.exit_code()
            if self._aborted:
                raise ConnectionAbortedError(errno.ECONNABORTED, "aborted")
            failure = failure_of(End(exit_code, list(process.log))) or self._silence()
            if failure is None:
                return b""
            if process.output_bytes == 0 and is_ambiguous(failure) and is_served(self._source):
                raise FfmpegFunctionsError("UNSUPPORTED_FORMAT", str(failure), {"part": "fallback"})
            if self._seekable or process.output_bytes > 0 or failure.code != "UNSUPPORTED_FORMAT":
                raise failure
            self._read_again_seeking(process)

    def _silence(self) -> Optional[FfmpegFunctionsError]:
        """Returns the error for a source without samples. A request for a part of a source may have none."""
        is_whole = self._settings.start_at == 0 and self._settings.duration is None
        return no_sound() if is_whole and self._adjustment.clock.reported() == 0 else None

    def _read_again_seeking(self, process: FfmpegProcess) -> None:
        self._seekable = True
        process.close()
        with self._lock:
            self._adjustment = self._launch()
            if self._aborted:
                self._adjustment.process.kill()

    def set_filters(self, patch: Filters) -> FilterChange:
        return self._adjustment.adjust(patch)

    def abort(self) -> None:
        with self._lock:
            self._aborted = True
            self._adjustment.process.kill()

    def close(self) -> None:
        self._stop.remove(self.abort)
        self._adjustment.process.close()

    def _launch(self) -> Adjustment:
        settings = self._settings
        arguments = transcode_arguments(
            settings,
            self._source,
            seekable=self._seekable,
            loses_pitched_end=self._ffmpeg.loses_pitched_end(settings),
        )
        adjustment = Adjustment(settings)
        adjustment.process = FfmpegProcess(
            [self._ffmpeg.path(), *arguments],
            takes_commands=settings.live,
            clock=adjustment.clock,
            on_log_line=adjustment.read_line,
        )
        return adjustment
