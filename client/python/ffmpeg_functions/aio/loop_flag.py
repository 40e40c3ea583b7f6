"""Wakes a coroutine from another thread."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Callable


class LoopFlag:
    """A flag of the running loop that any thread may raise."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def raise_from_thread(self) -> None:
        # A closed loop has no waiting coroutines.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._event.set)

    def raise_in_loop(self) -> None:
        self._event.set()

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Checks the condition whenever the flag is raised."""
        while not condition():
            self._event.clear()
            # If it became true before the flag was cleared, the flag is not raised again.
            if not condition():
                await self._event.wait()
