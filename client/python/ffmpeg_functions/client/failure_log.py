"""Logs the failures of a stream, which retries several times a second."""

from __future__ import annotations

import logging
import threading
import time
from typing import Dict


class _Known:
    def __init__(self, line: str) -> None:
        self.line = line
        self.since = time.monotonic()
        self.times = 1


class FailureLog:
    """Logs each cause once until the failures are over, and then how often it occurred. Thread-safe."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._known: Dict[str, _Known] = {}

    def warn(self, cause: str, line: str) -> None:
        with self._lock:
            known = self._known.get(cause)
            if known is not None:
                known.times += 1
                return
            self._known[cause] = _Known(line)
        self._log.warning("%s", line)

    def over(self) -> None:
        """The stream works again, or was given up."""
        if not self._known:
            return
        with self._lock:
            known, self._known = self._known, {}
        for each in known.values():
            if each.times > 1:
                self._log.info("%s: %d times in %.1f s", each.line, each.times, time.monotonic() - each.since)
