"""Whether a source is still the same when it is requested again, as lib/sources/resuming/resume-plan.ts."""

from __future__ import annotations

import http.client
import re
from typing import Dict, NamedTuple, Optional, Tuple

_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)")


class Version(NamedTuple):
    """What shows whether two responses are the same version of a source; the size is that of the whole."""

    etag: Optional[str]
    last_modified: Optional[str]
    size: Optional[int]

    def headers_from(self, position: int) -> Dict[str, str]:
        """Returns the headers of a request for the bytes from a position on (RFC 9110, 13.1.5, 14.2)."""
        if position == 0:
            return {}
        strong = None if self.etag is None or self.etag.startswith("W/") else self.etag
        validator = strong or self.last_modified
        return {"Range": f"bytes={position}-", **({} if validator is None else {"If-Range": validator})}

    def skip_in(self, response: http.client.HTTPResponse, position: int) -> Tuple[Optional[int], str]:
        """Returns how many bytes of the response to skip to continue at a position, or None and why it cannot."""
        is_same = self._is_same(version_of(response))
        if is_same is False:
            return None, "the source changed during the download"
        if response.status == 206:
            found = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
            if found is not None and int(found[1]) == position:
                return 0, ""
            return None, "the source returned a different range than requested"
        if position == 0 or is_same:
            return position, ""
        return None, "the source cannot be resumed: it ignores ranges and sends nothing that identifies its version"

    def _is_same(self, found: Version) -> Optional[bool]:
        if None not in (self.size, found.size) and self.size != found.size:
            return False
        for own, others in zip(self, found):
            if own is not None and others is not None:
                return own == others
        return None


def version_of(response: http.client.HTTPResponse) -> Version:
    headers = response.headers
    size = headers.get("Content-Length", "")
    if response.status == 206:
        found = _RANGE.fullmatch(headers.get("Content-Range", "").strip())
        size = "" if found is None else found[2]
    is_known = re.fullmatch(r"\d{1,15}", size) is not None
    return Version(headers.get("ETag"), headers.get("Last-Modified"), int(size) if is_known else None)
