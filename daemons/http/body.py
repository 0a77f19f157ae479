"""Request bodies that fit into memory."""

import re
from typing import Any, Final, NamedTuple

import msgspec
from starlette.requests import Request

from common.bus.text import can_travel
from daemons.http.problems import Problem

_COMPLAINT: Final = re.compile(r"(?P<what>.*) - at `\$\.?(?P<field>.*)`", re.DOTALL)


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


class Complaint(NamedTuple):
    """What is wrong with some JSON."""

    field: str
    """The field, with those around it; empty where it is not one."""
    what: str


def complaint(error: Exception) -> Complaint:
    """Return what msgspec says that is wrong."""
    told = _COMPLAINT.fullmatch(str(error))
    return Complaint("", str(error)) if told is None else Complaint(told["field"], told["what"])


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
