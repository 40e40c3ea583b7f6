from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from ffmpeg_functions import Client, Fallback, FfmpegFunctionsError, Timeouts

from sound import decoded
from system import NOWHERE, PROMISED, SystemTest, control, eventually


class BeforeTheCall(SystemTest):
    def test_falls_back_in_time_and_logs_it(self) -> None:
        control("/kill-host")
        with self.assertLogs("ffmpeg_functions", "WARNING") as logs, Client(self.service) as client:
            since = time.monotonic()
            with client.transcode(f"{self.source}/noise.mp3", "opus") as stream:
                self.assertLess(time.monotonic() - since, PROMISED)
                self.assertEqual(stream.via, "fallback")
                self.assertEqual(len(decoded(stream.read())), 12 * 48_000)
            self.assertEqual(client.counters.fallbacks, 1)
        self.assertTrue(any("falling back to the local ffmpeg" in line for line in logs.output), logs.output)

    def test_the_first_request_after_the_service_is_back_goes_to_the_service(self) -> None:
        control("/kill-host")
        with Client(self.service) as client:
            for _ in range(2):
                with client.transcode(f"{self.source}/noise.mp3", "opus") as stream:
                    self.assertEqual(stream.via, "fallback")
            control("/start-host")
            with client.transcode(f"{self.source}/noise.mp3", "opus") as stream:
                self.assertEqual(stream.via, "service")

    def test_the_client_detects_without_a_request_that_the_service_is_back(self) -> None:
        control("/kill-host")
        with Client(self.service) as client:
            for _ in range(2):
                client.transcode(f"{self.source}/noise.mp3", "opus").close()
            with self.assertLogs("ffmpeg_functions", "INFO") as logs:
                control("/start-host")
                line = "INFO:ffmpeg_functions:the service is available again"
                eventually(lambda: self.assertIn(line, client_log(logs)), within=5)

    def test_without_a_fallback_it_gives_up_in_time(self) -> None:
        since = time.monotonic()
        with Client(NOWHERE, fallback=None, timeouts=Timeouts(give_up=0.5)) as client:
            with self.assertRaises(FfmpegFunctionsError) as raised:
                client.transcode(f"{self.source}/noise.mp3", "opus")
        self.assertEqual((raised.exception.code, raised.exception.recoverable), ("UNAVAILABLE", True))
        self.assertLess(time.monotonic() - since, 0.5 + PROMISED)

    def test_the_local_ffmpeg_finds_an_index_at_the_end(self) -> None:
        control("/start-host")
        with Client(self.service) as client, Client(NOWHERE) as alone:
            of_service, of_fallback = (c.transcode(f"{self.source}/last", "pcm") for c in (client, alone))
            self.assertEqual([of_service.via, of_fallback.via], ["service", "fallback"])
            self.assertEqual(of_fallback.read(), of_service.read())

    def test_a_source_is_resolved_only_for_the_local_ffmpeg(self) -> None:
        def resolve(url: str) -> str:
            return url.replace("s3://media", f"file://{self.folder}")

        with Client(NOWHERE, fallback=Fallback(resolve_source=resolve)) as client:
            with client.transcode("s3://media/noise.mp3", "pcm", duration=1) as stream:
                self.assertEqual(len(stream.read()), 48_000 * 4)

    def test_the_local_ffmpeg_plays_a_local_file(self) -> None:
        control("/start-host")
        url = f"file://{self.folder}/noise.mp3"
        own = Fallback(resolve_source=lambda asked: Path(self.folder, "noise.mp3") if asked == url else asked)
        with Client(self.service, fallback=own) as client:
            with client.transcode(url, "pcm", duration=1) as stream:
                self.assertEqual((stream.via, len(stream.read())), ("fallback", 48_000 * 4))
            self.assertEqual(client.counters.failures, 0)

    def test_a_source_that_cannot_be_resolved_is_unavailable(self) -> None:
        def resolve(url: str) -> str:
            raise LookupError(url)

        fallback = Fallback(resolve_source=resolve)
        with Client(NOWHERE, fallback=fallback, timeouts=Timeouts(give_up=0.5)) as client:
            with self.assertRaises(FfmpegFunctionsError) as raised:
                client.transcode("s3://media/noise.mp3", "pcm")
        self.assertEqual((raised.exception.code, raised.exception.details["part"]), ("UNAVAILABLE", "fallback"))
        self.assertIsInstance(raised.exception.__cause__, LookupError)

    def test_ffmpeg_does_not_outlive_an_owner_that_is_killed(self) -> None:
        program = (
            "import sys, ffmpeg_functions as f\n"
            f"s = f.Client({NOWHERE!r}).transcode({self.source + '/long.flac'!r}, 'pcm', live=True)\n"
            "print(s._source.leg()._adjustment.process._process.pid, flush=True)\n"
            "sys.stdin.read()"
        )
        owner = subprocess.Popen(
            [shutil.which("python3") or "python3", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        with owner:
            assert owner.stdout is not None
            pid = int(owner.stdout.readline())
            self.assertTrue(is_running(pid))
            owner.kill()
        eventually(lambda: self.assertFalse(is_running(pid)), within=1)


def client_log(logs: Any) -> Any:
    return logs.output


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
