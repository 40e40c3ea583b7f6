"""Reads sources as JSON lines and prints, for each, the error code of the local ffmpeg; null when it plays."""

from __future__ import annotations

import json
import logging
import sys
from typing import List, Optional

from ffmpeg_functions import Client, Fallback, FfmpegFunctionsError


def code_of(source_url: str, networks: List[str]) -> Optional[str]:
    fallback = Fallback(source_allowed_networks=networks)
    with Client("http://127.0.0.1:9", fallback=fallback) as client:
        try:
            with client.transcode(source_url, "pcm") as stream:
                stream.read()
        except FfmpegFunctionsError as error:
            return error.code
    return None


logging.getLogger("ffmpeg_functions").addHandler(logging.NullHandler())
for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps(code_of(question["source_url"], question["networks"])), flush=True)
