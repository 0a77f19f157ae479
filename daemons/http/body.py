"""Request bodies that fit into memory."""

from starlette.requests import Request

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
