"""Starts ffmpeg with limits, and so that it dies with its owner."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import List, Mapping, Sequence, Tuple

from ..builder_data import LAUNCHER, MEMORY_BYTES

ENVIRONMENT: Mapping[str, str] = {"LC_ALL": "C"}
_SUPERVISED = ("-hide_banner", "-nostats", "-loglevel", "info", "-stats_period", "0.5")
_SETPRIV_PATH = "/usr/local/bin:/usr/bin:/bin"


def launch(
    command: Sequence[str], descriptors: Tuple[int, int], *, takes_commands: bool
) -> subprocess.Popen[bytes]:
    """Starts ffmpeg. It inherits the descriptors of its input and its progress; if allowed, it reads commands from stdin.

    The kernel kills a process started by `setpriv --pdeathsig` when the *thread* that started it ends.
    """
    binary, *arguments = command
    _, progress = descriptors
    supervised = [*_SUPERVISED, "-progress", f"pipe:{progress}"]
    bounds = [str(MEMORY_BYTES // 1024), "unlimited", str(os.getpid())]
    launcher: List[str] = ["/bin/sh", "-c", LAUNCHER, "ffmpeg", *bounds, binary, *supervised, *arguments]
    setpriv = shutil.which("setpriv", path=_SETPRIV_PATH)
    return subprocess.Popen(
        launcher if setpriv is None else [setpriv, "--pdeathsig", "KILL", "--", *launcher],
        stdin=subprocess.PIPE if takes_commands else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=descriptors,
        env=ENVIRONMENT,
        # Ctrl-C is handled by the owner.
        start_new_session=True,
    )
