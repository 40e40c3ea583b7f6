"""Gives a source to the local ffmpeg: as a pipe, or as a file that it may seek in."""

from __future__ import annotations

import os
import stat
import threading
from typing import IO, Callable, Iterator, Optional

from ..ffmpeg.process import FfmpegProcess
from .address_policy import AddressPolicy
from .beginning import beginning_of
from .download import Download, error_of
from .failures import failed
from .source_url import Opened
from .spool import spooled

StartFfmpeg = Callable[[str, int], FfmpegProcess]
"""Starts ffmpeg on a feed, "pipe" or "spool", and a descriptor, which ffmpeg inherits."""


class LocalInput:
    """Opens a source, starts ffmpeg on it and writes to its pipe, in a thread of its own."""

    def __init__(self, source: Opened, policy: AddressPolicy, start: StartFfmpeg) -> None:
        self.failure: Optional[BaseException] = None
        """Why the source failed. It is set before ffmpeg can end because of it."""
        self._source = source
        self._start = start
        self._started = threading.Event()
        self._lock = threading.Lock()
        self._aborted = False
        self._process: Optional[FfmpegProcess] = None
        self._download = Download(source, policy) if isinstance(source, str) else None
        self._thread = threading.Thread(target=self._run, name="ffmpeg-functions source", daemon=True)
        self._thread.start()

    def process(self, timeout: float) -> Optional[FfmpegProcess]:
        """Waits for ffmpeg to be started. Returns None if it is not in time. Raises the source's failure."""
        if not self._started.wait(timeout):
            return None
        if self._process is None:
            assert self.failure is not None
            raise self.failure
        return self._process

    def abort(self) -> None:
        with self._lock:
            self._aborted = True
            process = self._process
        if self._download is not None:
            self._download.abort()
        if process is not None:
            process.kill()

    def close(self) -> None:
        self.abort()
        self._thread.join()
        if self._process is not None:
            self._process.close()

    def _run(self) -> None:
        try:
            if self._download is None:
                self._read_file()
            else:
                self._download_to_ffmpeg(self._download)
        except BaseException as error:
            self._failed(error)
        finally:
            if self._download is not None:
                self._download.close()
            self._started.set()

    def _failed(self, error: BaseException) -> None:
        self.failure = error_of(error)
        if self._process is not None:
            self._process.kill()

    def _launch(self, feed: str, descriptor: int) -> None:
        process = self._start(feed, descriptor)
        with self._lock:
            self._process = process
            aborted = self._aborted
        if aborted:
            process.kill()
        self._started.set()

    def _read_file(self) -> None:
        try:
            # Without a writer, a named pipe would block.
            descriptor = os.open(self._source, os.O_RDONLY | os.O_NONBLOCK)
        except (OSError, ValueError) as error:
            message = f"the file cannot be read ({getattr(error, 'strerror', None) or error})"
            raise failed(message, recoverable=False) from error
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise failed("the file cannot be read (it is not a regular file)", recoverable=False)
            self._launch("spool", descriptor)
        finally:
            os.close(descriptor)

    def _download_to_ffmpeg(self, download: Download) -> None:
        needs_seeking, chunks = beginning_of(download.chunks())
        if needs_seeking:
            with spooled(chunks) as file:
                self._launch("spool", file.fileno())
            return
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb", 0) as pipe:
            try:
                self._launch("pipe", reading)
            finally:
                os.close(reading)
            try:
                self._write(chunks, pipe)
            except BaseException as error:
                # Before the pipe is closed, which ffmpeg takes for the end of the source.
                self._failed(error)

    def _write(self, chunks: Iterator[bytes], pipe: IO[bytes]) -> None:
        for chunk in chunks:
            try:
                pipe.write(chunk)
            except BrokenPipeError:
                # ffmpeg may close its input before the source ends.
                return
