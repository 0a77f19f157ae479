"""An ASGI application served on a Unix socket, inside a daemon's own event loop."""

import common.server_alone  # noqa: F401 - before uvicorn, whose command line it keeps out

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import Server

CLOSE_TIMEOUT_S = 2


class _Server(Server):
    """Uvicorn without its own signal handlers: `common.daemon` has the daemon's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(
    app: ASGIApp, path: Path, tasks: asyncio.TaskGroup, **options: Any
) -> AsyncIterator[None]:
    """Serve `app` at the socket `path` for as long as the block runs; `options` are uvicorn's."""
    listener = _listen(path)
    server = _Server(
        Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=CLOSE_TIMEOUT_S,
            **options,
        )
    )
    serving = tasks.create_task(server.serve(sockets=[listener]), name="asgi server")
    try:
        yield
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o660)  # who may come near it is the folder's matter
    listener.listen(1024)
    listener.setblocking(False)
    return listener
