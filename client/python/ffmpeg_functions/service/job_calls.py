"""The requests for video jobs, which both clients send."""

from __future__ import annotations

import time
import urllib.parse
import uuid
from typing import Any, Callable, Dict, Mapping, Optional, cast

from ..builder_data import JOB_DELAYS
from ..errors import FfmpegFunctionsError
from .calls import Service
from .urls import path_below

Job = Dict[str, Any]
OnChange = Callable[[Job], object]

_SUBMIT_SECONDS = 20.0
"""The service looks at the sources before it responds."""
_LONGEST_WAIT = 10.0

ENDED = ("completed", "failed", "cancelled")


def submit(service: Service, request: Mapping[str, Any], key: Optional[str]) -> Job:
    headers = {"Idempotency-Key": str(uuid.uuid4()) if key is None else key}
    return persistently(
        lambda: cast(
            Job, service.ask("jobs", method="POST", body=request, headers=headers, timeout=_SUBMIT_SECONDS)
        ),
        JOB_DELAYS["submit"],
    )


def check(service: Service, request: Mapping[str, Any]) -> Dict[str, Any]:
    answer = service.ask("jobs", "?dry_run=true", method="POST", body=request, timeout=_SUBMIT_SECONDS)
    return cast(Dict[str, Any], answer)


def get(service: Service, id: str) -> Job:
    return cast(Job, service.ask("jobs", path_below("jobs", "one", id)))


def get_persistently(service: Service, id: str) -> Job:
    return persistently(lambda: get(service, id), JOB_DELAYS["wait"])


def page(service: Service, status: Optional[str], limit: Optional[int], cursor: Optional[str]) -> Dict[str, Any]:
    fields = {"status": status, "limit": limit, "cursor": cursor}
    query = urllib.parse.urlencode({name: value for name, value in fields.items() if value is not None})
    return cast(Dict[str, Any], service.ask("jobs", f"?{query}" if query else ""))


def post(service: Service, route: str, id: str) -> Job:
    return cast(Job, service.ask("jobs", path_below("jobs", route, id), method="POST"))


def delete(service: Service, id: str) -> None:
    service.ask("jobs", path_below("jobs", "one", id), method="DELETE")


def logs(service: Service, id: str, part: str) -> str:
    query = urllib.parse.urlencode({"part": part})
    return service.ask_text("jobs", f"{path_below('jobs', 'logs', id)}?{query}")


def file_of(job: Job, output: Optional[str]) -> Dict[str, Any]:
    """Returns a file of a completed job. Raises CONFLICT, NOT_FOUND or VALIDATION_ERROR."""
    status = job["status"]
    if job["result"] is None:
        if status == "completed":
            raise FfmpegFunctionsError("NOT_FOUND", "the files of this job have expired", {"status": status})
        raise FfmpegFunctionsError("CONFLICT", f"the job is {status}", {"status": status})
    outputs = job["result"]["outputs"]
    if output is None and len(outputs) == 1:
        return cast(Dict[str, Any], outputs[0])
    for file in outputs:
        if file["name"] == output:
            return cast(Dict[str, Any], file)
    names = ", ".join(file["name"] for file in outputs)
    raise FfmpegFunctionsError("VALIDATION_ERROR", f"output must be one of {names}", {"field": "output"})


def persistently(request: Callable[[], Job], delays: Any) -> Job:
    """Repeats a request whose response was lost, or that the service could not take. Raises the last failure."""
    for delay in (*delays, None):
        try:
            return request()
        except FfmpegFunctionsError as error:
            if not error.recoverable or delay is None:
                raise
            asked = error.details.get("retry_after_seconds", 0)
            time.sleep(max(delay, min(asked, _LONGEST_WAIT)))
    raise AssertionError
