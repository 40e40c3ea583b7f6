"""Video jobs, for asyncio."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, Mapping, Optional

from ..builder_data import JOB_DELAYS
from ..client.jobs import Jobs
from ..service import job_calls
from ..service.calls import Service
from ..service.job_calls import ENDED, Job, OnChange


class AsyncJobs:
    """`Jobs` for asyncio, with the same methods as coroutines."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._jobs = Jobs(service)

    async def submit(self, request: Mapping[str, Any], *, idempotency_key: Optional[str] = None) -> Job:
        """Queues a job: `request` is the body of `POST /api/jobs`. It is repeated safely when a response is lost."""
        return await asyncio.to_thread(job_calls.submit, self._service, request, idempotency_key)

    async def check(self, request: Mapping[str, Any]) -> Dict[str, Any]:
        """Checks a request without queuing a job."""
        return await asyncio.to_thread(self._jobs.check, request)

    async def get(self, id: str) -> Job:
        """Returns a job. Raises NOT_FOUND."""
        return await asyncio.to_thread(self._jobs.get, id)

    async def list(
        self, *, status: Optional[str] = None, limit: Optional[int] = None, cursor: Optional[str] = None
    ) -> Dict[str, Any]:
        """Returns a page, newest first: `items` and `next_cursor`, which is the `cursor` of the next page."""
        return await asyncio.to_thread(job_calls.page, self._service, status, limit, cursor)

    async def wait(self, id: str, *, on_change: Optional[OnChange] = None) -> Job:
        """Returns the job once it is completed, failed or cancelled. `on_change` is called at every change until then."""
        last: Optional[Job] = None
        while True:
            job = await asyncio.to_thread(job_calls.get_persistently, self._service, id)
            if job["status"] in ENDED:
                return job
            if job != last and on_change is not None:
                on_change(job)
            last = job
            await asyncio.sleep(JOB_DELAYS["poll"])

    async def cancel(self, id: str) -> Job:
        """Cancels a job. The response may come before a running job has ended."""
        return await asyncio.to_thread(self._jobs.cancel, id)

    async def retry(self, id: str) -> Job:
        """Queues a failed or cancelled job again, under the same id."""
        return await asyncio.to_thread(self._jobs.retry, id)

    async def delete(self, id: str) -> None:
        """Deletes a job that does not run, and its files."""
        await asyncio.to_thread(self._jobs.delete, id)

    async def logs(self, id: str, *, part: str = "log") -> str:
        """Returns the log of ffmpeg, or with `part="command"` its command lines."""
        return await asyncio.to_thread(job_calls.logs, self._service, id, part)

    async def result(self, id: str, *, output: Optional[str] = None) -> Dict[str, Any]:
        """Returns a file of a completed job, with a signed `url`. `output`: its name, if there are several."""
        return job_calls.file_of(await self.get(id), output)
