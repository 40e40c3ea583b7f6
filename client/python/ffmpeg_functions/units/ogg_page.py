"""Reads and writes pages of Ogg (RFC 3533, 6)."""

from __future__ import annotations

import zlib
from typing import List, NamedTuple, Optional, Tuple

from .joiner import WrongFormat


class OggPage(NamedTuple):
    """A page with its packets, none of which continues on another page."""

    flags: int
    granule: int
    packets: List[bytes]


LAST_PAGE = 0x04
NO_GRANULE = (1 << 64) - 1
"""The granule position of a page on which no packet ends."""
_CONTINUED_PAGE = 0x01
_HEADER_BYTES = 27
_CAPTURE = b"OggS"


def read_ogg_page(data: bytes, at: int) -> Optional[Tuple[OggPage, int]]:
    """Returns the page at an offset, and its length; None until it is complete."""
    # Rejects another format at its first byte.
    if not _CAPTURE.startswith(data[at : at + len(_CAPTURE)]):
        raise WrongFormat("Ogg")
    if len(data) - at < _HEADER_BYTES:
        return None
    flags = data[at + 5]
    if flags & _CONTINUED_PAGE:
        raise WrongFormat("Ogg whose packets are each in one page")
    body = at + _HEADER_BYTES + data[at + 26]
    lacings = data[at + _HEADER_BYTES : body]
    length = body - at + sum(lacings)
    if len(data) - at < length:
        return None
    packets: List[bytes] = []
    start = end = body
    for lacing in lacings:
        end += lacing
        if lacing < 255:
            packets.append(data[start:end])
            start = end
    if start != end:
        raise WrongFormat("Ogg whose packets are each in one page")
    granule = int.from_bytes(data[at + 6 : at + 14], "little")
    return OggPage(flags, granule, packets), length


def write_ogg_page(page: OggPage, serial: int, sequence: int) -> bytes:
    lacings = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in page.packets)
    header = bytearray(_HEADER_BYTES) + lacings
    header[0:4] = _CAPTURE
    header[5] = page.flags
    header[6:14] = page.granule.to_bytes(8, "little")
    header[14:18] = serial.to_bytes(4, "little")
    header[18:22] = sequence.to_bytes(4, "little")
    header[26] = len(lacings)
    written = header + b"".join(page.packets)
    written[22:26] = _checksum(bytes(written)).to_bytes(4, "little")
    return bytes(written)


_BITS_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _checksum(page: bytes) -> int:
    """Returns the CRC-32, not reflected and not inverted: zlib's CRC of the reversed bits, without its inversions."""
    reflected = zlib.crc32(page.translate(_BITS_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(reflected.to_bytes(4, "little").translate(_BITS_REVERSED), "big")
