"""Sends requests to the service."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import time
from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Optional

from ..options import Retry
from ..stop import Stop
from ..timed_read import seconds_left
from .answers import error_of, parsed, read_text
from .credentials import Token, credential_headers
from .exchange import Exchange
from .failures import UNANSWERED, is_reset, not_the_service, unreachable


@dataclass(frozen=True)
class Service:
    """Sends requests to the service. Raises the service's error, or UNAVAILABLE `{"part": "service"}`."""

    urls: Mapping[str, str]
    api_key: Optional[str]
    token: Token
    timeout: float
    retry: Retry
    tls: Optional[ssl.SSLContext]

    def open(
        self,
        exchange: Exchange,
        name: str,
        path: str,
        deadline: float,
        *,
        method: str = "GET",
        body: Any = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> http.client.HTTPResponse:
        """Returns the head of a response; the caller reads its body from the exchange."""
        url = self.urls[name] + path
        payload = None if body is None else json.dumps(body).encode()
        headers = {
            "Accept": "*/*",
            **({} if body is None else {"Content-Type": "application/json"}),
            **(headers or {}),
        }
        attempt = 0
        while True:
            try:
                if attempt > 0:
                    exchange.pause(min(self.retry.delay, seconds_left(deadline)))
                asked = {**headers, **credential_headers(self.api_key, self.token)}
                return exchange.request(url, method, asked, payload, deadline, self.tls)
            except UNANSWERED as error:
                if attempt >= self.retry.attempts or not is_reset(error):
                    raise unreachable(error) from error
            attempt += 1

    def ask(
        self,
        name: str,
        path: str = "",
        *,
        method: str = "GET",
        body: Any = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout: Optional[float] = None,
        also: int = 0,
        stop: Optional[Stop] = None,
    ) -> Any:
        """Returns the parsed response; None if it is empty. `also` is another status that counts as success."""
        text = self.ask_text(
            name, path, method=method, body=body, headers=headers, timeout=timeout, also=also, stop=stop
        )
        try:
            return parsed(text) if text else None
        except ValueError as error:
            raise not_the_service() from error

    def ask_text(
        self,
        name: str,
        path: str = "",
        *,
        method: str = "GET",
        body: Any = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout: Optional[float] = None,
        also: int = 0,
        stop: Optional[Stop] = None,
    ) -> str:
        """Returns the response as text."""
        exchange = Exchange()
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        with _aborted_by(stop, exchange):
            response = self.open(exchange, name, path, deadline, method=method, body=body, headers=headers)
            try:
                text = read_text(exchange, deadline)
            except UNANSWERED as error:
                raise unreachable(error) from error
            if not 200 <= response.status < 300 and response.status != also:
                raise error_of(response, text)
            return text


@contextlib.contextmanager
def _aborted_by(stop: Optional[Stop], exchange: Exchange) -> Iterator[None]:
    if stop is not None:
        stop.add(exchange.abort)
    try:
        yield
    finally:
        if stop is not None:
            stop.remove(exchange.abort)
        exchange.close()
