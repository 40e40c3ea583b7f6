"""The ffmpeg of this machine: its path and its capabilities."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import threading
from typing import Any, Dict, List, Optional, Sequence, Set

from ..builder_data import CAPABILITIES
from ..errors import FfmpegFunctionsError
from ..options import Fallback
from ..settings.settings import Settings
from ..sources.address_policy import AddressPolicy
from ..stop import Stop, Stopped
from .launch import ENVIRONMENT

_EXAMINE_TIMEOUT = 15.0
_RAW = ("-f", "s16le", "-ar", "48000", "-ac", "1")
_PITCH_TEST = (
    *("-v", "error", "-nostats", *_RAW, "-i", "pipe:0"),
    *("-af", "asetnsamples=n=512:p=0,rubberband=pitch=2:transients=smooth", *_RAW, "pipe:1"),
)
_PITCH_TEST_BYTES = 48_000 // 5 * 2
_outputs: Dict[Any, bytes] = {}
"""What each ffmpeg has printed for a command, so that further clients of this process need not run it."""


class LocalFfmpeg:
    """The ffmpeg of this machine, and what it may play. It is examined in the background and may be used in the meantime."""

    def __init__(self, options: Fallback, log: logging.Logger) -> None:
        self.resolve_source = options.resolve_source
        self.policy = AddressPolicy(
            _listed(options.source_allowed_networks, "SOURCE_ALLOWED_NETWORKS"),
            _listed(options.source_denied_networks, "SOURCE_DENIED_NETWORKS"),
            _listed(options.source_allowed_ports, "SOURCE_ALLOWED_PORTS"),
        )
        self._path = options.ffmpeg_path or os.environ.get("FFMPEG_PATH") or shutil.which("ffmpeg")
        self._log = log
        self._stop = Stop()
        self._pitch_known = threading.Event()
        self._loses_pitched_end = True
        self._thread = threading.Thread(target=self._examine, name="ffmpeg-functions examine", daemon=True)
        self._thread.start()

    def path(self) -> str:
        """Returns the path of ffmpeg. Raises UNAVAILABLE if there is none."""
        path = self._path or shutil.which("ffmpeg")
        if path is None:
            message = "no ffmpeg found: install one with libopus, or set FFMPEG_PATH"
            raise FfmpegFunctionsError("UNAVAILABLE", message, {"part": "ffmpeg"})
        return path

    def loses_pitched_end(self, settings: Settings) -> bool:
        """Whether its rubberband filter loses the end of a sound whose pitch it raises; waits only if that matters."""
        if settings.filters["pitch"] <= 0:
            return False
        self._pitch_known.wait(_EXAMINE_TIMEOUT)
        return self._loses_pitched_end

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _examine(self) -> None:
        try:
            path = self.path()
            pitched = self._run([path, *_PITCH_TEST], bytes(_PITCH_TEST_BYTES))
            self._loses_pitched_end = len(pitched) < _PITCH_TEST_BYTES
            self._pitch_known.set()
            missing = self._missing(path)
            if missing:
                self._log.warning("the local ffmpeg %s lacks %s", path, ", ".join(missing))
        except (OSError, ValueError, subprocess.SubprocessError, FfmpegFunctionsError) as error:
            if not self._stop.is_set():
                self._log.warning("there is no local ffmpeg to fall back to: %s", error)
        except Stopped:
            pass
        finally:
            self._pitch_known.set()

    def _missing(self, path: str) -> List[str]:
        known: Dict[str, Set[str]] = {}
        for kind in {capability.split(":")[0] for capability in CAPABILITIES}:
            listing = self._run([path, "-hide_banner", f"-{kind}s"]).decode("utf-8", "replace")
            known[kind] = {name for word in listing.split() for name in word.split(",")}
        return [c for c in CAPABILITIES if c.split(":")[1] not in known[c.split(":")[0]]]

    def _run(self, command: Sequence[str], data: Optional[bytes] = None) -> bytes:
        self._stop.check()
        key = (os.stat(shutil.which(command[0]) or command[0]).st_mtime_ns, *command)
        if key in _outputs:
            return _outputs[key]
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if data is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            start_new_session=True,
        ) as process:
            self._stop.add(process.kill)
            try:
                output = process.communicate(data, _EXAMINE_TIMEOUT)[0]
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            finally:
                self._stop.remove(process.kill)
        self._stop.check()
        if process.returncode == 0:
            _outputs[key] = output
        return output


def _listed(given: Optional[Sequence[str]], variable: str) -> Sequence[str]:
    """Returns an option, or the list in the environment."""
    return re.findall(r"[^\s,]+", os.environ.get(variable, "")) if given is None else given
