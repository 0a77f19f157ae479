"""Files of other daemons, which come as a descriptor, sent to a client piece by piece."""

import asyncio
import os
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

_AT_ONCE = 64 * 1024


def sent(
    descriptor: int, size: int, media_type: str, headers: dict[str, str] | None = None
) -> StreamingResponse:
    """Return an answer with the content behind `descriptor`, which is closed at its end."""
    known = {"Content-Length": str(size), **(headers or {})}
    return StreamingResponse(_content(descriptor, size), 200, known, media_type)


async def _content(descriptor: int, size: int) -> AsyncIterator[bytes]:
    try:
        left = size
        while left > 0:
            piece = await asyncio.to_thread(os.read, descriptor, min(left, _AT_ONCE))
            if not piece:
                raise EOFError("a file is shorter than announced")
            left -= len(piece)
            yield piece
    finally:
        os.close(descriptor)
