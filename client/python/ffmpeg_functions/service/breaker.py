"""The circuit breaker: decides whether the service gets requests."""

from __future__ import annotations

import threading
import time
from typing import Callable, Optional

from ..errors import FfmpegFunctionsError
from ..options import Breaker
from .failures import is_service_fault

_SILENCES_BORNE = 2
_LONGEST_DISTRUST = 30.0


class ServiceBreaker:
    """Opens after consecutive failures. While it is open, it probes the service's health at least every second.

    A service that reports itself healthy but repeatedly sends no audio gets fewer and fewer requests, up to 30 seconds
    apart. A service that was down gets a request as soon as it is back.
    """

    def __init__(self, options: Breaker, probe: Callable[[], None], on_change: Callable[[bool], None]) -> None:
        self._threshold = options.threshold
        self._probe_every = min(1.0, options.probe_every)
        self._probe = probe
        self._on_change = on_change
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._failures = 0
        self._silences = 0
        self._distrusted_until = 0.0
        self._looks = 0
        self._is_open = False
        self._closed = threading.Event()
        self._prober: Optional[threading.Thread] = None

    def succeeded(self) -> None:
        """Records that the service sent audio."""
        with self._lock:
            self._failures = self._silences = 0
        self._shut()

    def failed(self, error: FfmpegFunctionsError) -> None:
        """Counts a failure if the service is at fault."""
        if not is_service_fault(error):
            return
        with self._lock:
            self._failures += 1
            if error.code == "TIMEOUT":
                self._silences += 1
                distrust = 2.0 ** (self._silences - _SILENCES_BORNE) if self._silences > _SILENCES_BORNE else 0.0
                self._distrusted_until = time.monotonic() + min(_LONGEST_DISTRUST, distrust)
            if self._is_open or self._failures < self._threshold or self._closed.is_set():
                return
            self._is_open = True
            if self._prober is None:
                self._prober = threading.Thread(target=self._watch, name="ffmpeg-functions probe", daemon=True)
                self._prober.start()
        self._on_change(False)

    def is_usable(self) -> bool:
        return not self._is_open or self._look()

    def is_there(self) -> bool:
        """Whether the service accepts new work now."""
        try:
            self._probe()
        except FfmpegFunctionsError:
            return False
        return True

    def close(self) -> None:
        self._closed.set()
        prober = self._prober
        if prober is not None and prober is not threading.current_thread():
            prober.join()

    def _shut(self) -> None:
        with self._lock:
            was_open, self._is_open = self._is_open, False
        if was_open:
            self._on_change(True)

    def _watch(self) -> None:
        looked_at = time.monotonic()
        # The interval counts from the start of a probe to the start of the next, since a probe takes time.
        while not self._closed.wait(looked_at + self._probe_every - time.monotonic()):
            looked_at = time.monotonic()
            if not self.is_usable():
                continue
            with self._lock:
                if not self._is_open:
                    self._prober = None
                    return

    def _look(self) -> bool:
        """Probes the health, one caller at a time. A caller that had to wait uses the result of the other's probe."""
        looks = self._looks
        with self._looking:
            if self._looks == looks:
                self._take_look(self.is_there())
                self._looks += 1
            return not self._is_open

    def _take_look(self, is_there: bool) -> None:
        with self._lock:
            if not is_there:
                self._silences = 0
                self._distrusted_until = 0.0
                return
            if time.monotonic() < self._distrusted_until:
                return
            # After a silence, a healthy probe is not enough: one more failure opens the breaker again.
            self._failures = self._threshold - 1 if self._silences > 0 else 0
        self._shut()
