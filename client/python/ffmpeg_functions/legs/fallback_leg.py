"""A leg from the local ffmpeg."""

from __future__ import annotations

import errno
from typing import Optional

from ..errors import FfmpegFunctionsError
from ..events import Via
from ..ffmpeg.adjustment import Adjustment
from ..ffmpeg.arguments import transcode_arguments
from ..ffmpeg.failures import End, failure_of, no_sound
from ..ffmpeg.local_ffmpeg import LocalFfmpeg
from ..ffmpeg.process import FfmpegProcess
from ..settings.filters import FilterChange, Filters
from ..settings.settings import Settings
from ..sources.local_input import LocalInput
from ..sources.source_url import resolved
from ..stop import Stop
from ..timed_read import IsExcused, Late, never_excused, seconds_left
from .failures import too_slow
from .leg import Leg


class FallbackLeg(Leg):
    """A leg from the local ffmpeg, which reads what this process downloads."""

    via: Via = "fallback"

    def __init__(self, ffmpeg: LocalFfmpeg, url: str, settings: Settings, stop: Stop) -> None:
        self._ffmpeg = ffmpeg
        self._settings = settings
        self._stop = stop
        self._aborted = False
        self._first: Optional[bytes] = None
        self._adjustment = Adjustment(settings)
        self._input = LocalInput(resolved(ffmpeg.resolve_source, url), ffmpeg.policy, self._launch)
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
        process = None
        while process is None:
            process = self._input.process(seconds_left(deadline, is_excused))
        data = process.read(deadline, is_excused)
        if data:
            return data
        exit_code = process.exit_code()
        if self._aborted:
            raise ConnectionAbortedError(errno.ECONNABORTED, "aborted")
        failure = self._input.failure or failure_of(End(exit_code, list(process.log))) or self._silence()
        if failure is not None:
            raise failure
        return b""

    def _silence(self) -> Optional[FfmpegFunctionsError]:
        """Returns the error for a source without samples. A request for a part of a source may have none."""
        is_whole = self._settings.start_at == 0 and self._settings.duration is None
        return no_sound() if is_whole and self._adjustment.clock.reported() == 0 else None

    def set_filters(self, patch: Filters) -> FilterChange:
        return self._adjustment.adjust(patch)

    def abort(self) -> None:
        self._aborted = True
        self._input.abort()

    def close(self) -> None:
        self._stop.remove(self.abort)
        self._input.close()

    def _launch(self, feed: str, descriptor: int) -> FfmpegProcess:
        settings = self._settings
        loses_end = self._ffmpeg.loses_pitched_end(settings)
        arguments = transcode_arguments(settings, feed, descriptor, loses_pitched_end=loses_end)
        self._adjustment.process = FfmpegProcess(
            [self._ffmpeg.path(), *arguments],
            input_descriptor=descriptor,
            takes_commands=settings.live,
            clock=self._adjustment.clock,
            on_log_line=self._adjustment.read_line,
        )
        return self._adjustment.process
