"""A bare Starlette application that says hello to every request: `python -P -m bench.peers.hello SOCKET`."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def hello(_request: Request) -> PlainTextResponse:
    """Answer."""
    return PlainTextResponse("root.Brand.Brand=AXIS\n")


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[Route("/{path:path}", hello)]),
        uds=sys.argv[1],
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
