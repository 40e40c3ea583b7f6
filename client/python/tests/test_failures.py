from __future__ import annotations

import signal
import unittest
from typing import Any, List, Optional, Tuple, get_args

from ffmpeg_functions import FfmpegFunctionsError
from ffmpeg_functions.builder_data import ADJUSTABLE, EQ_PRESETS, OUTPUT_FORMATS, QUALITY_PRESETS
from ffmpeg_functions.ffmpeg.failures import End, failure_of
from ffmpeg_functions.redaction import redacted
from ffmpeg_functions.settings.fields import Adjustable, OutputFormat, QualityPreset
from ffmpeg_functions.settings.filters import EqPreset

URL = "http://user:secret@h/a.mp3?key=secret"


def failure(exit_code: int, *lines: str) -> Optional[FfmpegFunctionsError]:
    return failure_of(End(exit_code, [redacted(line) for line in lines]))


class EndsOfFfmpeg(unittest.TestCase):
    def assert_fails(self, code: str, recoverable: bool, exit_code: int, *lines: str) -> FfmpegFunctionsError:
        error = failure(exit_code, *lines)
        assert error is not None
        self.assertEqual((error.code, error.recoverable), (code, recoverable), lines)
        self.assertNotIn("secret", str(error))
        return error

    def test_the_whole_input_is_not_a_failure(self) -> None:
        for lines in ([], ["x: Invalid data found"], [f"  title: {URL}: Input/output error"]):
            with self.subTest(lines):
                self.assertIsNone(failure(0, *lines))

    def test_only_its_own_log_lines_count(self) -> None:
        self.assert_fails("UNSUPPORTED_FORMAT", False, 1, "  title: none", "x: Invalid data found")
        self.assert_fails("FFMPEG_ERROR", False, 1, "  title: Invalid data found", "HTTP error 404")

    def test_the_first_matching_entry_of_the_table_counts(self) -> None:
        cases: List[Tuple[str, bool, List[str]]] = [
            ("UNAVAILABLE", False, ["Unknown encoder 'libopus'", "Invalid data found"]),
            ("UNSUPPORTED_FORMAT", False, ["pipe:17: End of file"]),
            ("UNSUPPORTED_FORMAT", False, ["file:/proc/self/fd/17: Input/output error"]),
            ("UNSUPPORTED_FORMAT", False, ["[in#0/ogg @ 0x1] Error opening input: End of file"]),
        ]
        for code, recoverable, lines in cases:
            with self.subTest(lines):
                self.assert_fails(code, recoverable, 1, *lines)

    def test_one_that_is_killed_from_outside_is_recoverable(self) -> None:
        self.assert_fails("FFMPEG_ERROR", True, -signal.SIGKILL, "Invalid data found")
        self.assert_fails("FFMPEG_ERROR", False, -signal.SIGSEGV)
        self.assert_fails("UNSUPPORTED_FORMAT", False, -signal.SIGTERM, "Invalid data found")

    def test_one_that_reaches_its_memory_limit_would_reach_it_again(self) -> None:
        for exit_code, lines in ((244, []), (1, ["[libopus @ 0x1] Cannot allocate memory"])):
            with self.subTest(exit_code):
                self.assert_fails("FFMPEG_ERROR", False, exit_code, *lines)
        self.assert_fails("FFMPEG_ERROR", False, 1, "  title: out of memory")

    def test_one_that_cannot_be_run_is_unavailable(self) -> None:
        for exit_code in (126, 127):
            self.assert_fails("UNAVAILABLE", True, exit_code, "ffmpeg: 1: exec: /nowhere: not found")


class Types(unittest.TestCase):
    def test_they_name_the_values_that_the_service_accepts(self) -> None:
        named: List[Tuple[Any, Any]] = [
            (OutputFormat, OUTPUT_FORMATS),
            (QualityPreset, QUALITY_PRESETS),
            (Adjustable, ADJUSTABLE),
            (EqPreset, EQ_PRESETS),
        ]
        for literal, values in named:
            self.assertEqual(get_args(literal), tuple(values))
