"""Reads sources as JSON lines and prints the error code of the local ffmpeg for each; null when it plays."""

from __future__ import annotations

import json
import logging
import pathlib
import sys
from typing import Any, Dict, Optional, Union

from ffmpeg_functions import Client, Fallback, FfmpegFunctionsError

NOWHERE = "http://127.0.0.1:1"


def code_of(client: Client, question: Dict[str, Any]) -> Optional[str]:
    try:
        with client.transcode(question["source_url"], question["output_format"]) as stream:
            stream.read()
    except FfmpegFunctionsError as error:
        return error.code
    return None


logging.getLogger("ffmpeg_functions").addHandler(logging.NullHandler())


def as_file(url: str) -> Union[str, pathlib.Path]:
    """Returns the path of a `file:` URL, which the test names."""
    return pathlib.Path(url[len("file://") :]) if url.startswith("file:") else url


with Client(NOWHERE, fallback=Fallback(resolve_source=as_file)) as client:
    for line in sys.stdin:
        print(json.dumps(code_of(client, json.loads(line))), flush=True)
