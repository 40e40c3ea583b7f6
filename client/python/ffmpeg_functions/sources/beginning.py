"""Reads the beginning of a source: whether ffmpeg has to seek in it, and what to change in it."""

from __future__ import annotations

import itertools
from typing import Iterator, NamedTuple

_ID3_HEADER = 10
_LONGEST_TAGS = 64 << 20
_WALK_LIMIT = 1 << 20
_WALK_LIMIT_BOXES = 32
_INDEX_FIRST = (b"moov", b"moof")
_BOXES = b"moov moof mdat ftyp free skip wide uuid pnot PICT pdin styp sidx ssix prft emsg meta udta".split()
"""Top-level boxes of MP4 and QuickTime files that decide where the index is, or that may precede those."""
_XING_AT = {(True, True): 21, (True, False): 36, (False, True): 13, (False, False): 21}
"""Bytes from the start of an MPEG audio frame to its Xing header, for MPEG 1 or not, and mono or not."""


class Beginning(NamedTuple):
    needs_seeking: bool
    chunks: Iterator[bytes]
    """All bytes of the source without leading ID3 tags."""


class _Buffer:
    """The bytes read so far, and the rest."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.data = b""
        self._chunks = chunks

    def has(self, count: int) -> bool:
        """Reads until at least this number of bytes has arrived. Returns whether it has."""
        pieces = [self.data]
        length = len(self.data)
        while length < count:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            pieces.append(chunk)
            length += len(chunk)
        self.data = b"".join(pieces)
        return length >= count

    def skip(self, count: int) -> None:
        while count > 0 and self.has(1):
            dropped = min(count, len(self.data))
            self.data = self.data[dropped:]
            count -= dropped

    def all(self) -> Iterator[bytes]:
        return itertools.chain([self.data] if self.data else [], self._chunks)


def beginning_of(chunks: Iterator[bytes]) -> Beginning:
    """Reads as much as is needed. Raises what the chunks raise."""
    buffer = _Buffer(chunks)
    _skip_tags(buffer)
    buffer.has(64)
    if buffer.data[:4] == b"caff":
        return Beginning(True, buffer.all())
    if _has_late_index(buffer):
        return Beginning(True, buffer.all())
    buffer.data = without_xing_size(buffer.data)
    return Beginning(False, buffer.all())


def _skip_tags(buffer: _Buffer) -> None:
    skipped = 0
    while buffer.has(_ID3_HEADER) and buffer.data[:3] == b"ID3" and skipped < _LONGEST_TAGS:
        a, b, c, d = (byte & 0x7F for byte in buffer.data[6:10])
        footer = _ID3_HEADER if buffer.data[5] & 0x10 else 0
        size = _ID3_HEADER + (a << 21 | b << 14 | c << 7 | d) + footer
        buffer.skip(size)
        skipped += size


def _has_late_index(buffer: _Buffer) -> bool:
    """Walks the top-level boxes of an MP4, as lib/containers/mp4-index.ts."""
    if buffer.data[4:8] not in _BOXES:
        return False
    at = 0
    for _ in range(_WALK_LIMIT_BOXES):
        if at + 16 > _WALK_LIMIT or not buffer.has(at + 16):
            break
        size, kind = int.from_bytes(buffer.data[at : at + 4], "big"), buffer.data[at + 4 : at + 8]
        if kind in _INDEX_FIRST or kind == b"mdat":
            return kind == b"mdat"
        size = int.from_bytes(buffer.data[at + 8 : at + 16], "big") if size == 1 else size
        if size < 8:
            break
        at += size
    return True


def without_xing_size(data: bytes) -> bytes:
    """Sets the number of bytes in the Xing header of an MP3 to 0, as lib/containers/xing-size.ts."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return data
    is_mpeg1, is_mono = (data[1] >> 3) & 3 == 3, (data[3] >> 6) & 3 == 3
    at = _XING_AT[is_mpeg1, is_mono]
    if data[at : at + 4] not in (b"Xing", b"Info") or len(data) < at + 16:
        return data
    flags = int.from_bytes(data[at + 4 : at + 8], "big")
    if not flags & 2:
        return data
    place = at + (12 if flags & 1 else 8)
    return data[:place] + bytes(4) + data[place + 4 :]
