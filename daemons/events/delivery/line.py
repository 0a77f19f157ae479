"""The way from the delivery worker to one recipient: every address is checked, and all of it ends at the deadline.

A name is resolved once and the connection goes to the very address that was checked, so that no second answer of a
name server can lead elsewhere.
"""

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from daemons.events.delivery.reach import forbidden
from daemons.events.recipients.kinds import Failed

STEP_S = 20.0
"""The longest wait for a connection, an answer, or room to send more."""
MOST_THREADS = 100

_Result = TypeVar("_Result")


class Line:
    """What one delivery may use of the network; `close` ends everything that goes over it."""

    def __init__(self, *, loopback_allowed: bool, trusted: str = "", qos: int = 0) -> None:
        self.trusted = trusted
        """File or folder with certificates of authorities, beside the system's; empty for none, or not there."""
        self.qos = qos
        self._loopback_allowed = loopback_allowed
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._closed = False

    # -- for coroutines --

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return the numeric addresses of a host that may be reached; raises Failed when there are none."""
        return await self.in_thread(partial(self.addresses, host, port))

    async def open(self, host: str, port: int) -> socket.socket:
        """Return a connected socket that does not block; raises Failed."""
        connected = await self.in_thread(partial(self.connect, host, port))
        connected.setblocking(False)
        return connected

    async def in_thread(self, function: Callable[[], _Result]) -> _Result:
        """Run what blocks in a thread of its own, so that it keeps nobody else waiting."""
        if threading.active_count() > MOST_THREADS:
            raise Failed("too many deliveries at once")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[_Result] = loop.create_future()

        def tell(result: _Result | None, error: BaseException | None) -> None:
            if done.done():
                return
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(result)  # type: ignore[arg-type]

        def work() -> None:
            try:
                result, error = function(), None
            except BaseException as caught:  # noqa: BLE001, RUF100  # it belongs to who waits
                result, error = None, caught
            with suppress(RuntimeError):  # the loop is gone, and with it who waited
                loop.call_soon_threadsafe(tell, result, error)

        threading.Thread(target=work, name="delivery", daemon=True).start()
        return await done

    # -- for threads --

    def connect(self, host: str, port: int) -> socket.socket:
        """Return a socket that is connected to `host`, with a time-out on each step; raises Failed."""
        problem = "nothing answers"
        for address in self.addresses(host, port):
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                connection.settimeout(STEP_S)
                self.mark(connection)
                self.adopt(connection)
                connection.connect((address, port))
            except OSError as error:
                connection.close()
                problem = error.strerror or str(error)
                continue
            return connection
        raise Failed(f"no connection to {host} port {port}: {problem}")

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the numeric addresses of a host that may be reached; raises Failed when there are none."""
        host = host.removeprefix("[").removesuffix("]")
        try:
            found = [str(ipaddress.ip_address(host))]
        except ValueError:
            found = _look_up(host, port)
        reasons = {address: self._refusal(address) for address in found}
        allowed = [address for address, reason in reasons.items() if not reason]
        if not allowed:
            address, reason = next(iter(reasons.items()))
            raise Failed(f"{host} ({address}) cannot be a recipient: {reason}", permanent=True)
        return allowed

    def adopt(self, connection: socket.socket) -> None:
        """Have a socket end with the line; raises Failed when it has ended already."""
        with self._lock:
            if self._closed:
                connection.close()
                raise Failed("it took too long")
            self._open.append(connection)

    def mark(self, connection: socket.socket) -> None:
        """Set the recipient's DSCP on a socket."""
        for option in self.options("::" if connection.family == socket.AF_INET6 else ""):
            connection.setsockopt(*option)

    def options(self, address: str) -> list[tuple[int, int, int]]:
        """Return the socket options that do so for a numeric address."""
        if not self.qos:
            return []
        if ":" in address:
            return [(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, self.qos << 2)]
        return [(socket.IPPROTO_IP, socket.IP_TOS, self.qos << 2)]

    def close(self) -> None:
        """End every connection: whoever waits for one of them goes on with an error."""
        with self._lock:
            self._closed = True
            for connection in self._open:
                with suppress(OSError):  # not connected, or closed before
                    connection.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def _refusal(self, address: str) -> str:
        return forbidden(address, loopback_allowed=self._loopback_allowed)


def _look_up(host: str, port: int) -> list[str]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Failed(f"the host name {host} cannot be resolved: {error}") from error
    if not answers:
        raise Failed(f"the host name {host} has no address")
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))
