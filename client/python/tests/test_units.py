from __future__ import annotations

import inspect
import random
import subprocess
import typing
import unittest
from typing import Any, List

import ffmpeg_functions
from ffmpeg_functions.redaction import redacted
from ffmpeg_functions.settings.request import settings_of
from ffmpeg_functions.settings.settings import Settings
from ffmpeg_functions.track.real_time import Pace
from ffmpeg_functions.track.resume_plan import plan_resume
from ffmpeg_functions.track.source_map import SourceMap
from ffmpeg_functions.units.joiner import WrongFormat
from ffmpeg_functions.units.ogg_page import read_ogg_page, write_ogg_page
from ffmpeg_functions.units.unit_format import unit_format

from sound import adts_frames, ogg_pages

TONE = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=1", "-ac", "2"]
FORMATS = {
    "opus": ["-c:a", "libopus", "-frame_duration", "20", "-page_duration", "20000", "-f", "ogg"],
    "aac": ["-c:a", "aac", "-f", "adts"],
    "pcm": ["-f", "s16le"],
}


def encoded(output_format: str) -> bytes:
    return subprocess.run([*TONE, *FORMATS[output_format], "pipe:1"], capture_output=True, check=True).stdout


def settings(**fields: Any) -> Settings:
    return settings_of({"output_format": "pcm", **fields})


def packets(data: bytes) -> int:
    return sum(page[4] for page in ogg_pages(data)[2:])


class Joiners(unittest.TestCase):
    def test_input_in_any_pieces_comes_out_in_whole_units(self) -> None:
        chance = random.Random(1)
        for output_format in FORMATS:
            data = encoded(output_format)
            whole: List[bytes] = []
            for longest in (1, 700, 10_000):
                joiner = unit_format(settings(output_format=output_format)).new_joiner(7)
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

    def test_the_lead_up_is_dropped_and_the_time_continues(self) -> None:
        data = encoded("opus")
        joiner = unit_format(settings(output_format="opus")).new_joiner(3)
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

    def test_pages_have_the_same_checksum_as_from_ffmpeg(self) -> None:
        data = encoded("opus")
        at = 0
        while at < len(data):
            read = read_ogg_page(data, at)
            assert read is not None
            page, length = read
            serial, sequence = (int.from_bytes(data[at + i : at + i + 4], "little") for i in (14, 18))
            self.assertEqual(write_ogg_page(page, serial, sequence), data[at : at + length])
            at += length

    def test_other_formats_are_refused(self) -> None:
        for output_format in ("opus", "aac"):
            for garbage in (b"<html>" * 100, b"<"):
                joiner = unit_format(settings(output_format=output_format)).new_joiner(1)
                joiner.begin(0, 0)
                with self.subTest(output_format), self.assertRaises(WrongFormat):
                    joiner.push(garbage)

    def test_an_end_earlier_than_the_output_so_far_is_valid(self) -> None:
        """Two encoders may end a stretched source at different lengths."""
        data = encoded("opus")
        for drop in (0, 1):
            joiner = unit_format(settings(output_format="opus")).new_joiner(3)
            joiner.begin(0, 0)
            first = joiner.push(data)
            # It ends one packet earlier than the first, with a packet that was output before or not.
            joiner.is_complete = False
            joiner.begin(joiner.given - 1 - packets(data), packets(data) - 1 + drop)
            pages = ogg_pages(first + joiner.push(data) + joiner.end())
            with self.subTest(drop):
                times = [page[1] for page in pages if page[4] > 0]
                self.assertEqual(times, sorted(times))
                self.assertEqual([page[1] for page in pages if page[4] == 0], [2**64 - 1] * drop)

    def test_input_that_ends_within_a_unit_is_not_whole(self) -> None:
        for output_format in FORMATS:
            joiner = unit_format(settings(output_format=output_format)).new_joiner(1)
            joiner.begin(0, 0)
            data = encoded(output_format)
            with self.subTest(output_format):
                joiner.push(data[:-1])
                self.assertFalse(joiner.is_whole)
                joiner.push(data[-1:])
                self.assertTrue(joiner.is_whole)

    def test_frames_of_aac_are_counted(self) -> None:
        joiner = unit_format(settings(output_format="aac")).new_joiner(1)
        joiner.begin(0, 3)
        self.assertEqual(adts_frames(joiner.push(encoded("aac"))), joiner.given)


class Places(unittest.TestCase):
    def test_the_position_follows_changes_of_speed(self) -> None:
        places = SourceMap(10, 2, 48_000)
        places.change_speed(48_000, 0.5)
        places.change_speed(96_000, 1)
        places.change_speed(480_000, 2)
        self.assertEqual([places.at(48_000 * s) for s in (0, 1, 2, 3, 10, 11)], [10, 12, 12.5, 13.5, 20.5, 22.5])
        # The change at ten seconds did not happen: another encoder continues.
        places.restart(144_000, 1.5)
        self.assertEqual([places.at(48_000 * s) for s in (3, 4)], [13.5, 15])

    def test_a_late_report_is_inserted_before_known_changes(self) -> None:
        places = SourceMap(0, 1, 48_000)
        places.restart(48_000, 1)
        places.change_speed(144_000, 0.5)
        places.insert_speed(96_000, 2)
        self.assertEqual([places.at(48_000 * s) for s in (1, 2, 3, 5)], [1, 2, 4, 5])
        # Not before the start of the encoder that reports it.
        places.insert_speed(0, 3)
        self.assertEqual(places.at(96_000), 4)
        self.assertEqual(places.speed(), 0.5)

    def test_nothing_is_requested_when_nothing_is_missing(self) -> None:
        asked = settings(duration=1)
        for given, expected in ((47_999, 1), (48_000, 0), (48_001, 0)):
            places = SourceMap(0, 1, 48_000)
            plan = plan_resume(asked, unit_format(asked), places, given, 0)
            left = 0 if plan is None else round((plan.settings.duration or 0) * 48_000)
            self.assertEqual(left, expected)

    def test_a_resume_requests_what_is_missing(self) -> None:
        asked = settings(live=True, start_at=2, duration=20, lead_seconds=3)
        units = unit_format(asked)
        places = SourceMap(2, 1, 48_000)
        plan = plan_resume(asked, units, places, 480_000, 1.0)
        assert plan is not None
        self.assertEqual(plan.at_unit % 8_192, 0)
        self.assertEqual(plan.at_unit + plan.drop, 480_000)
        self.assertGreaterEqual(plan.drop, 48_000)
        lead_up = plan.drop / 48_000
        self.assertAlmostEqual(plan.settings.start_at, 12 - lead_up)
        self.assertAlmostEqual(plan.settings.duration or 0, 10 + lead_up)
        # Audio that is already ahead does not add to the lead; dropped audio does.
        self.assertAlmostEqual(plan.settings.lead_seconds or 0, 3 - 1 + lead_up)

    def test_early_audio_offsets_a_later_wait(self) -> None:
        pace = Pace(2)
        pace.record(0.5, 5)
        self.assertEqual(pace.behind, -2)
        for _ in range(3):
            pace.record(1, 0)
        self.assertEqual(pace.behind, 1)


class Secrets(unittest.TestCase):
    def test_logs_have_no_credentials(self) -> None:
        line = "https://user:pass@example.org/a.mp3?X-Amz-Signature=abc: Server returned 403"
        self.assertEqual(redacted(line), "https://example.org/a.mp3?[redacted] Server returned 403")
        self.assertEqual(redacted("S3://id:key@media/a.mp3#token"), "S3://media/a.mp3?[redacted]")


class Types(unittest.TestCase):
    def test_hints_can_be_read_at_run_time(self) -> None:
        for name in ffmpeg_functions.__all__:
            exported = getattr(ffmpeg_functions, name)
            members = vars(exported).values() if isinstance(exported, type) else ()
            for member in [exported, *(m for m in members if inspect.isfunction(m))]:
                if isinstance(member, type) or inspect.isfunction(member):
                    with self.subTest(name, member=member):
                        typing.get_type_hints(member)
