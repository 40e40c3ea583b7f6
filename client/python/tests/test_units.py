from __future__ import annotations

import random
import subprocess
import unittest
from typing import Any, List

import ffmpeg_functions as module

from support import adts_frames, ogg_pages

TONE = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=1", "-ac", "2"]
FORMATS = {
    "opus": ["-c:a", "libopus", "-frame_duration", "20", "-page_duration", "20000", "-f", "ogg"],
    "aac": ["-c:a", "aac", "-f", "adts"],
    "pcm": ["-f", "s16le"],
}


def encoded(output_format: str) -> bytes:
    return subprocess.run([*TONE, *FORMATS[output_format], "pipe:1"], capture_output=True, check=True).stdout


def settings(**fields: Any) -> module._Settings:
    return module._settings({"output_format": "pcm", **fields})


class Joiners(unittest.TestCase):
    def test_what_comes_in_any_pieces_goes_out_in_whole_units(self) -> None:
        chance = random.Random(1)
        for output_format in FORMATS:
            data = encoded(output_format)
            whole: List[bytes] = []
            for longest in (1, 700, 10_000):
                joiner = module._unit_format(settings(output_format=output_format)).new_joiner(7)
                joiner.begin(0, 0)
                out, rest = b"", data
                while rest:
                    size = chance.randint(1, longest)
                    out, rest = out + joiner.push(rest[:size]), rest[size:]
                whole.append(out + joiner.end())
            with self.subTest(output_format):
                self.assertEqual(len(set(whole)), 1)
                if output_format != "opus":
                    self.assertEqual(whole[0], data)

    def test_what_leads_up_is_dropped_and_the_time_goes_on(self) -> None:
        data = encoded("opus")
        joiner = module._unit_format(settings(output_format="opus")).new_joiner(3)
        joiner.begin(0, 0)
        first = joiner.push(data[: len(data) // 2])
        given = joiner.given
        joiner.begin(given - 5, 5)
        pages = ogg_pages(first + joiner.push(data) + joiner.end())
        self.assertEqual([page[3] for page in pages], list(range(len(pages))))
        self.assertEqual({page[2] for page in pages}, {3})
        times = [page[1] for page in pages[2:-1]]
        self.assertEqual({later - earlier for earlier, later in zip(times, times[1:])}, {960})
        self.assertEqual(joiner.given, given - 5 + sum(page[4] for page in ogg_pages(data)[2:]))

    def test_pages_have_the_checksum_that_ffmpeg_gives_them(self) -> None:
        data = encoded("opus")
        at = 0
        while at < len(data):
            read = module._read_ogg_page(data, at)
            assert read is not None
            page, length = read
            serial, sequence = (int.from_bytes(data[at + i : at + i + 4], "little") for i in (14, 18))
            self.assertEqual(module._write_ogg_page(page, serial, sequence), data[at : at + length])
            at += length

    def test_what_is_no_such_stream_is_refused(self) -> None:
        for output_format in ("opus", "aac"):
            joiner = module._unit_format(settings(output_format=output_format)).new_joiner(1)
            joiner.begin(0, 0)
            with self.subTest(output_format), self.assertRaises(module._NotThat):
                joiner.push(b"<html>" * 100)

    def test_frames_of_aac_are_counted(self) -> None:
        joiner = module._unit_format(settings(output_format="aac")).new_joiner(1)
        joiner.begin(0, 3)
        self.assertEqual(adts_frames(joiner.push(encoded("aac"))), joiner.given)


class Places(unittest.TestCase):
    def test_the_source_is_followed_through_changes_of_speed(self) -> None:
        places = module._SourceMap(10, 2, 48_000)
        places.change_speed(48_000, 0.5)
        places.change_speed(96_000, 1)
        places.change_speed(480_000, 2)
        self.assertEqual([places.at(48_000 * s) for s in (0, 1, 2, 3, 10, 11)], [10, 12, 12.5, 13.5, 20.5, 22.5])
        # What was to come at ten seconds has not: another encoder goes on.
        places.restart(144_000, 1.5)
        self.assertEqual([places.at(48_000 * s) for s in (3, 4)], [13.5, 15])

    def test_a_resume_asks_for_what_is_missing(self) -> None:
        asked = settings(live=True, start_at=2, duration=20, lead_seconds=3)
        unit_format = module._unit_format(asked)
        places = module._SourceMap(2, 1, 48_000)
        plan = module._plan_resume(asked, unit_format, places, 480_000, 1.0)
        self.assertEqual(plan.at_unit % 8_192, 0)
        self.assertEqual(plan.at_unit + plan.drop, 480_000)
        self.assertGreaterEqual(plan.drop, 48_000)
        lead_up = plan.drop / 48_000
        self.assertAlmostEqual(plan.settings.start_at, 12 - lead_up)
        self.assertAlmostEqual(plan.settings.duration or 0, 10 + lead_up)
        # What is ahead already is not put on top; what is dropped is.
        self.assertAlmostEqual(plan.settings.lead_seconds or 0, 3 - 1 + lead_up)

    def test_what_came_early_is_lived_on(self) -> None:
        pace = module._Pace(2)
        pace.record(0.5, 5)
        self.assertEqual(pace.behind, -2)
        for _ in range(3):
            pace.record(1, 0)
        self.assertEqual(pace.behind, 1)


class Secrets(unittest.TestCase):
    def test_logs_have_no_credentials(self) -> None:
        line = "https://user:pass@example.org/a.mp3?X-Amz-Signature=abc: Server returned 403"
        self.assertEqual(module._redacted(line), "https://example.org/a.mp3?… Server returned 403")
