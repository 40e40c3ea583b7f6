"""Passes an asynchronous list to the thread of a stream."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from typing import Any, AsyncIterable, Iterator

from ..settings.fields import Item
from ..stop import Stopped

_LOOK_AT_STOP_EVERY = 0.1


def items_from_loop(items: AsyncIterable[Item], stopped: threading.Event) -> Iterator[Item]:
    """Returns an iterator for another thread that waits for each item of the running loop."""
    loop = asyncio.get_running_loop()
    iterator = items.__aiter__()
    none = object()

    async def following() -> Any:
        async for item in iterator:
            return item
        return none

    def taken() -> Iterator[Item]:
        while True:
            future = asyncio.run_coroutine_threadsafe(following(), loop)
            while not future.done():
                if stopped.is_set() or loop.is_closed():
                    future.cancel()
                    raise Stopped()
                concurrent.futures.wait([future], _LOOK_AT_STOP_EVERY)
            item = future.result()
            if item is none:
                return
            yield item

    return taken()
