"""Restart where the development supervisor runs the suite: a word to its socket."""

import asyncio
import os
import socket
from pathlib import Path

from common.errors import Unavailable

SEND_TIMEOUT_S = 2.0


class Supervisor:
    """The development supervisor, if it started us."""

    def __init__(self, address: str | None = None) -> None:
        given = address if address is not None else os.environ.get("C8210_SUPERVISOR", "")
        self._socket = Path(given) if given else None

    async def available(self) -> bool:
        """Whether there is a supervisor."""
        return self._socket is not None and await asyncio.to_thread(self._socket.is_socket)

    async def restart(self) -> None:
        """Start the suite again."""
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                    sender.setblocking(False)
                    await asyncio.get_running_loop().sock_sendto(
                        sender, b"restart", str(self._socket)
                    )
        except (OSError, TimeoutError) as error:
            raise Unavailable(f"the supervisor does not take commands ({error})") from error
