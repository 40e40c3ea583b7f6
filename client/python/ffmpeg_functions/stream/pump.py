"""The thread that reads a stream, and its buffer."""

from __future__ import annotations

import collections
import threading
from typing import Callable, Deque, Optional

from ..errors import FfmpegFunctionsError
from ..settings.settings import Settings
from ..stop import Stop, Stopped
from ..track.place import Piece
from .source import Source

_LEAST_HELD_BYTES = 262_144
_HELD_BESIDES_THE_LEAD = 0.5


def held_bytes(settings: Settings) -> int:
    """Returns the size of the buffer: at least the lead, or else the encoder would stall and accept no changes."""
    if not settings.live:
        return _LEAST_HELD_BYTES
    is_pcm = settings.output_format == "pcm"
    bytes_a_second = 2 * settings.channels * settings.sample_rate if is_pcm else settings.bits_per_second // 8
    return max(_LEAST_HELD_BYTES, int((settings.lead + _HELD_BESIDES_THE_LEAD) * bytes_a_second))


class Pump:
    """The only thread that reads a stream, ahead of the stream's reader."""

    def __init__(self, source: Source, stop: Stop, most_held: int, on_end: Callable[[], None]) -> None:
        self._source = source
        self._stop = stop
        self._most_held = most_held
        self._on_end = on_end
        self._changed = threading.Condition()
        self._pieces: Deque[Piece] = collections.deque()
        self._held = 0
        self._error: Optional[BaseException] = None
        self.has_ended = False
        self.on_ready: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="ffmpeg-functions stream", daemon=True)
        stop.add(self._wake)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Waits for the thread, unless it is the current one."""
        if self._thread is not threading.current_thread():
            self._thread.join()

    def is_ready(self) -> bool:
        return bool(self._pieces) or self.has_ended or self._stop.is_set()

    def wait_ready(self) -> None:
        with self._changed:
            self._changed.wait_for(self.is_ready)

    def raise_if_failed(self) -> None:
        if self._stop.is_set():
            raise FfmpegFunctionsError("CONFLICT", "the stream is closed", {"state": "closed"})
        if self._error is not None and not self._pieces:
            raise self._error

    def take(self) -> Optional[Piece]:
        """Returns the next piece; None at the end. Must be called when it is ready."""
        self.raise_if_failed()
        with self._changed:
            if not self._pieces:
                return None
            piece = self._pieces.popleft()
            self._held -= len(piece.data)
            self._changed.notify_all()
            return piece

    def _run(self) -> None:
        pieces = self._source.pieces(lambda: bool(self._pieces))
        try:
            for piece in pieces:
                if piece.data:
                    self._put(piece)
        except Stopped:
            pass
        except BaseException as error:
            self._error = error
        finally:
            pieces.close()
            self._stop.remove(self._wake)
            self._on_end()
            with self._changed:
                self.has_ended = True
            self._wake()

    def _put(self, piece: Piece) -> None:
        with self._changed:
            self._pieces.append(piece)
            self._held += len(piece.data)
            self._changed.notify_all()
        self.on_ready()
        with self._changed:
            self._changed.wait_for(lambda: self._held < self._most_held or self._stop.is_set())
        self._stop.check()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
        self.on_ready()
