"""Request bodies that fit into memory."""

from typing import Any

import msgspec
from starlette.requests import Request

from common.bus.text import can_travel
from daemons.http.problems import Problem


async def read(request: Request, limit: int) -> bytes:
    """Return the whole body, of at most `limit` bytes."""
    too_large = Problem(413, "too_large", f"The body may have at most {limit} bytes.")
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > limit:
        raise too_large
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise too_large
        chunks.append(chunk)
    return b"".join(chunks)


def travels(content: bytes) -> bool:
    """Whether every text in some JSON, which is known to be some, reaches the daemons as it is."""
    if content.isascii() and b"\\u" not in content:
        return True
    return _travels(msgspec.json.decode(content))


def _travels(value: Any) -> bool:
    match value:
        case str():
            return can_travel(value)
        case dict():
            return all(can_travel(key) and _travels(each) for key, each in value.items())
        case list():
            return all(map(_travels, value))
        case _:
            return True
