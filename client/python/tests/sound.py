"""Measurements of sound."""

from __future__ import annotations

import array
import subprocess
from typing import List, Tuple

RATE = 48_000
PCM_SECOND = RATE * 4
"""Bytes per second of stereo s16le."""


def decoded(data: bytes) -> array.array[int]:
    """Returns the samples of one channel of encoded sound. Fails if the decoder reports an error."""
    command = ["ffmpeg", "-v", "error", "-xerror", "-err_detect", "explode", "-i", "pipe:0"]
    done = subprocess.run([*command, "-f", "s16le", "-ac", "1", "pipe:1"], input=data, capture_output=True, check=False)
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"the output does not decode: {done.stderr.decode()}")
    return array.array("h", done.stdout)


def noise_to_signal(one: array.array[int], other: array.array[int], seconds: float = 0.1) -> List[float]:
    """Returns how much two sounds differ, section by section: 0 for equal, 2 for unrelated sound."""
    block = int(RATE * seconds)
    ratios: List[float] = []
    for start in range(0, min(len(one), len(other)) - block + 1, block):
        pairs = list(zip(one[start : start + block], other[start : start + block]))
        power = sum(a * a for a, _ in pairs) or 1
        ratios.append(sum((a - b) ** 2 for a, b in pairs) / power)
    return ratios


def adts_frames(data: bytes) -> int:
    count = at = 0
    while at < len(data):
        assert data[at] == 0xFF and data[at + 1] >> 4 == 0xF, f"no frame at byte {at}"
        at += (int.from_bytes(data[at + 3 : at + 6], "big") >> 5) & 0x1FFF
        count += 1
    assert at == len(data), "the last frame is truncated"
    return count


def ogg_pages(data: bytes) -> List[Tuple[int, int, int, int, int]]:
    """Returns the flags, time, serial number, page number and packets of each page."""
    pages = []
    at = 0
    while at < len(data):
        assert data[at : at + 4] == b"OggS", f"no page at byte {at}"
        lacings = data[at + 27 : at + 27 + data[at + 26]]
        granule, serial, sequence = (
            int.from_bytes(data[at + start : at + end], "little") for start, end in ((6, 14), (14, 18), (18, 22))
        )
        pages.append((data[at + 5], granule, serial, sequence, sum(lacing < 255 for lacing in lacings)))
        at += 27 + len(lacings) + sum(lacings)
    return pages


def source_second(pcm: bytes, at_second: float, span: float = 0.2) -> float:
    """Returns the second of the sweep that is audible there: it starts at 300 Hz and rises by 100 Hz per second."""
    samples = array.array("h", pcm)[::2]
    first, last = int((at_second - span / 2) * RATE), int((at_second + span / 2) * RATE)
    rises = [
        index - samples[index] / (samples[index + 1] - samples[index])
        for index in range(max(0, first), min(last, len(samples) - 1))
        if samples[index] < 0 <= samples[index + 1]
    ]
    hertz = RATE * (len(rises) - 1) / (rises[-1] - rises[0])
    return (hertz - 300) / 100
