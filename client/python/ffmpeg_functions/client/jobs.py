"""Video jobs, for threads."""

from __future__ import annotations

import time
from typing import Any, Dict, Mapping, Optional

from ..builder_data import JOB_DELAYS
from ..service import job_calls
from ..service.calls import Service
from ..service.job_calls import ENDED, Job, OnChange


class Jobs:
    """Video jobs on the service. A job is a dict, as `GET /api/jobs/{id}` returns it. Raises FfmpegFunctionsError."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def submit(self, request: Mapping[str, Any], *, idempotency_key: Optional[str] = None) -> Job:
        """Queues a job: `request` is the body of `POST /api/jobs`.

        It is repeated safely when a response is lost, by an `Idempotency-Key`: `idempotency_key`, or a random one.
        """
        return job_calls.submit(self._service, request, idempotency_key)

    def check(self, request: Mapping[str, Any]) -> Dict[str, Any]:
        """Checks a request without queuing a job."""
        return job_calls.check(self._service, request)

    def get(self, id: str) -> Job:
        """Returns a job. Raises NOT_FOUND."""
        return job_calls.get(self._service, id)

    def list(
        self, *, status: Optional[str] = None, limit: Optional[int] = None, cursor: Optional[str] = None
    ) -> Dict[str, Any]:
        """Returns a page, newest first: `items` and `next_cursor`, which is the `cursor` of the next page."""
        return job_calls.page(self._service, status, limit, cursor)

    def wait(self, id: str, *, on_change: Optional[OnChange] = None) -> Job:
        """Returns the job once it is completed, failed or cancelled. `on_change` is called at every change until then."""
        last: Optional[Job] = None
        while True:
            job = job_calls.get_persistently(self._service, id)
            if job["status"] in ENDED:
                return job
            if job != last and on_change is not None:
                on_change(job)
            last = job
            time.sleep(JOB_DELAYS["poll"])

    def cancel(self, id: str) -> Job:
        """Cancels a job. The response may come before a running job has ended."""
        return job_calls.post(self._service, "cancel", id)

    def retry(self, id: str) -> Job:
        """Queues a failed or cancelled job again, under the same id."""
        return job_calls.post(self._service, "retry", id)

    def delete(self, id: str) -> None:
        """Deletes a job that does not run, and its files."""
        job_calls.delete(self._service, id)

    def logs(self, id: str, *, part: str = "log") -> str:
        """Returns the log of ffmpeg, or with `part="command"` its command lines."""
        return job_calls.logs(self._service, id, part)

    def result(self, id: str, *, output: Optional[str] = None) -> Dict[str, Any]:
        """Returns a file of a completed job, with a signed `url`. `output`: its name, if there are several."""
        return job_calls.file_of(self.get(id), output)
