"""Copies sources that need seeking to a temporary file."""

from __future__ import annotations

import tempfile
from typing import IO, Iterable, Optional

from ..builder_data import SOURCE_LIMITS
from .failures import failed, too_large

_MOST_BYTES: int = SOURCE_LIMITS["max_spool_bytes"]


def spooled(chunks: Iterable[bytes]) -> IO[bytes]:
    """Returns a file without a name that holds the bytes. Raises PAYLOAD_TOO_LARGE, and UNAVAILABLE for a full disk."""
    file = _temporary_file()
    try:
        length = 0
        for chunk in chunks:
            length += len(chunk)
            if length > _MOST_BYTES:
                raise too_large(_MOST_BYTES)
            _write(file, chunk)
        _write(file, None)
        return file
    except BaseException:
        file.close()
        raise


def _temporary_file() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile(prefix="ffmpeg-functions-", buffering=0)
    except OSError as error:
        raise _not_writable(error) from error


def _write(file: IO[bytes], chunk: Optional[bytes]) -> None:
    try:
        if chunk is None:
            file.seek(0)
        else:
            rest = memoryview(chunk)
            while rest:
                rest = rest[file.write(rest) :]
    except OSError as error:
        raise _not_writable(error) from error


def _not_writable(error: OSError) -> Exception:
    message = f"the source could not be written to a temporary file ({error.strerror})"
    return failed(message, "UNAVAILABLE", details={"part": "spool"})
