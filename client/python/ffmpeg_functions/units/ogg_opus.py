"""Opus in Ogg: a unit is one packet."""

from __future__ import annotations

from typing import List

from .joiner import Joiner, WrongFormat
from .ogg_page import LAST_PAGE, NO_GRANULE, OggPage, read_ogg_page, write_ogg_page

_HEADERS = (b"OpusHead", b"OpusTags")


class OggOpusJoiner(Joiner):
    """Joins the packets of all encoders into one logical stream.

    It has the headers of the first encoder, consecutive page numbers and continuous time.
    """

    def __init__(self, unit_ms: int, serial: int) -> None:
        self._unit_granules = 48 * unit_ms
        self._serial = serial
        self._drop = 0
        self._offset = 0
        self._rest = b""
        self._headers_left = 0
        self._sequence = 0
        self._granule = 0

    def begin(self, at_unit: int, drop: int) -> None:
        self._drop = drop
        self._offset = at_unit * self._unit_granules
        self._rest = b""
        self._headers_left = len(_HEADERS)

    def push(self, chunk: bytes) -> bytes:
        data = self._rest + chunk
        pages: List[bytes] = []
        at = 0
        while True:
            read = read_ogg_page(data, at)
            if read is None:
                break
            page, length = read
            at += length
            pages.append(self._header(page) if self._headers_left > 0 else self._audio(page))
        self._rest = data[at:]
        return b"".join(pages)

    def end(self) -> bytes:
        if self.is_complete or self._sequence < len(_HEADERS):
            return b""
        self.is_complete = True
        return self._last_page()

    def _header(self, page: OggPage) -> bytes:
        index = len(_HEADERS) - self._headers_left
        self._headers_left -= 1
        if not page.packets or not page.packets[0].startswith(_HEADERS[index]):
            raise WrongFormat("Opus in Ogg")
        return self._write(page) if index >= self._sequence else b""

    def _audio(self, page: OggPage) -> bytes:
        kept = page.packets[self._drop :]
        self._drop -= len(page.packets) - len(kept)
        self.given += len(kept)
        self.is_complete = bool(page.flags & LAST_PAGE)
        if not kept:
            return self._last_page() if self.is_complete else b""
        # Two encoders may end a stretched source at different lengths; the time must not go back.
        self._granule = max(self._granule, page.granule + self._offset)
        return self._write(OggPage(page.flags & LAST_PAGE, self._granule, kept))

    def _last_page(self) -> bytes:
        """Returns an empty last page, since all packets have been returned before."""
        return self._write(OggPage(LAST_PAGE, NO_GRANULE, []))

    def _write(self, page: OggPage) -> bytes:
        written = write_ogg_page(page, self._serial, self._sequence)
        self._sequence += 1
        return written
