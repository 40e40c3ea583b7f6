"""Reads requests as JSON lines and prints the package's argument lists, for comparison with the TypeScript builders."""

from __future__ import annotations

import json
import sys
from typing import Any, Dict, List

from ffmpeg_functions import FfmpegFunctionsError, FiltersInForce
from ffmpeg_functions.ffmpeg.arguments import transcode_arguments
from ffmpeg_functions.ffmpeg.filter_commands import Control, control_command, in_quiet_order, next_value
from ffmpeg_functions.ffmpeg.filter_values import control_values
from ffmpeg_functions.settings.request import settings_of
from ffmpeg_functions.settings.settings import Settings


def answer(question: Dict[str, Any]) -> Dict[str, Any]:
    try:
        settings = settings_of({k: v for k, v in question["request"].items() if k != "source_url"})
        arguments = transcode_arguments(
            settings,
            question["feed"],
            3,
            loses_pitched_end=question["losesPitchedEnd"],
        )
    except FfmpegFunctionsError as error:
        return {"code": error.code, "field": error.details.get("field")}
    wanted = settings_of({**question["request"], "source_url": None, "filters": question["next"]}).filters
    return {"arguments": arguments, "commands": commands(settings, wanted)}


def commands(settings: Settings, wanted: FiltersInForce) -> List[str]:
    """Returns the commands that change a live stream to other filters: only the first steps, in order."""
    taken, values = (
        control_values(filters, settings.adjustable, settings.sample_rate)
        for filters in (settings.filters, wanted)
    )
    changes = in_quiet_order([Control(name, taken[name], value) for name, value in values.items()])
    return [control_command(change._replace(end=next_value(change))) for change in changes]


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
