"""Downloads a source, and resumes when its connection fails, as lib/sources/resuming."""

from __future__ import annotations

import http.client
import time
from typing import Iterator

from ..builder_data import SOURCE_LIMITS
from ..errors import FfmpegFunctionsError
from ..service.exchange import Exchange
from ..service.failures import UNANSWERED
from ..timed_read import CHUNK_BYTES, Late
from .address_policy import AddressPolicy
from .failures import failed, of_connection, too_large, too_slow
from .guarded_resolver import guarded_resolver
from .http_request import request
from .versions import Version, version_of

_BACKOFF = (0.1, 0.4, 1.0)
_MOST_RESUMPTIONS = 50
_LONGEST_WAIT: float = SOURCE_LIMITS["stall_timeout"]
_LEAST_BYTES_A_SECOND: float = SOURCE_LIMITS["min_bytes_per_second"]
_MOST_BYTES: int = SOURCE_LIMITS["max_bytes"]


class Download:
    """The bytes of an http or https URL. Any thread may call `abort`."""

    def __init__(self, url: str, policy: AddressPolicy) -> None:
        self._url = url
        self._exchange = Exchange(guarded_resolver(policy))
        self._position = 0
        self._patience = _LONGEST_WAIT

    def abort(self) -> None:
        self._exchange.abort()

    def close(self) -> None:
        self._exchange.close()

    def chunks(self) -> Iterator[bytes]:
        """Yields the bytes. Raises an error of the source, or ConnectionAbortedError."""
        first = request(self._exchange, self._url, {})
        version = version_of(first)
        if version.size is not None and version.size > _MOST_BYTES:
            raise too_large(_MOST_BYTES)
        skip = fruitless = resumptions = 0
        while True:
            before = self._position
            try:
                yield from self._rest(skip)
                # A server may return only a part of the range and end it cleanly.
                if self._position >= (version.size or 0):
                    return
                failure: Exception = failed("the source ended early")
            except UNANSWERED as error:
                if version.size is not None and self._position >= version.size:
                    return
                failure = error
            fruitless = 0 if self._position > before else fruitless
            while True:
                if fruitless == len(_BACKOFF) or resumptions == _MOST_RESUMPTIONS:
                    raise self._not_resumed() from failure
                self._exchange.pause(_BACKOFF[fruitless])
                fruitless += 1
                resumptions += 1
                try:
                    skip = self._resume(version)
                    break
                except FfmpegFunctionsError as error:
                    if not error.recoverable:
                        raise
                    failure = error

    def _rest(self, skip: int) -> Iterator[bytes]:
        while True:
            chunk = self._read()
            if not chunk:
                return
            dropped = min(skip, len(chunk))
            skip -= dropped
            if dropped < len(chunk):
                self._position += len(chunk) - dropped
                if self._position > _MOST_BYTES:
                    raise too_large(_MOST_BYTES)
                yield chunk[dropped:]

    def _read(self) -> bytes:
        """Limits the time that is spent waiting. Bytes at the lowest rate make up for it."""
        since = time.monotonic()
        try:
            chunk = self._exchange.read(since + self._patience, CHUNK_BYTES)
        except Late:
            raise too_slow() from None
        waited = time.monotonic() - since
        self._patience = min(_LONGEST_WAIT, self._patience - waited + len(chunk) / _LEAST_BYTES_A_SECOND)
        if self._patience <= 0:
            raise too_slow()
        return chunk

    def _resume(self, version: Version) -> int:
        response: http.client.HTTPResponse = request(self._exchange, self._url, version.headers_from(self._position))
        skip, why_not = version.skip_in(response, self._position)
        if skip is None:
            raise failed(why_not, recoverable=False, details={"bytes": self._position})
        return skip

    def _not_resumed(self) -> FfmpegFunctionsError:
        message = f"the connection to the source failed at byte {self._position} and could not be resumed"
        return failed(message, details={"bytes": self._position})


def error_of(error: BaseException) -> BaseException:
    """Returns the error of a source for an exception of `chunks`."""
    if isinstance(error, (FfmpegFunctionsError, ConnectionAbortedError)):
        return error
    return of_connection(error)
