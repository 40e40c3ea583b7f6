"""Answers JSON lines, one each: what the module makes of a request, for comparison with the TypeScript builders."""

from __future__ import annotations

import json
import sys
from typing import Any, Dict, List

import ffmpeg_functions as module


def answer(question: Dict[str, Any]) -> Dict[str, Any]:
    try:
        settings = module._settings({k: v for k, v in question["request"].items() if k != "source_url"})
        arguments = module._transcode_arguments(
            settings,
            question["request"]["source_url"],
            seekable=question["seekable"],
            loses_pitched_end=question["losesPitchedEnd"],
        )
    except module.FfmpegFunctionsError as error:
        return {"code": error.code, "field": error.details.get("field")}
    wanted = module._settings({**question["request"], "source_url": None, "filters": question["next"]}).filters
    return {"arguments": arguments, "commands": commands(settings, wanted)}


def commands(settings: module._Settings, wanted: module.FiltersInForce) -> List[str]:
    """The commands that take a live stream to other filters, first steps only, in their order."""
    taken, values = (
        module._control_values(filters, settings.adjustable, settings.sample_rate)
        for filters in (settings.filters, wanted)
    )
    changes = module._in_quiet_order([module._Control(name, taken[name], value) for name, value in values.items()])
    return [module._control_command(change._replace(end=module._next_value(change))) for change in changes]


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
