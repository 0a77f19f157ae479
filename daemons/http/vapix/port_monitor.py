r"""`monitor=`: every move of some ports as it happens, each as a part of an endless answer (VAPIX page 7.1).

A part has a line for each port asked for: `/` where it just became active, `\` where it became inactive, `H` and `L`
where it stays active or inactive. The first part says how they are.
"""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Final

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from common.errors import InvalidValue
from daemons.http.call import Call
from daemons.http.port_watch import Moment, Watcher
from daemons.http.revocation import while_logged_in

QUIET_S: Final = 15.0
"""After so long without a move comes an empty part."""
_BOUNDARY: Final = "ioboundary"
_HEAD: Final = f"--{_BOUNDARY}\r\nContent-Type: text/plain\r\n\r\n"
_LETTERS: Final = {"input": "I", "output": "O"}
_MARKS: Final = {
    (True, True): "/",
    (False, True): "\\",
    (True, False): "H",
    (False, False): "L",
}


async def monitor(call: Call, ports: list[int]) -> "Monitor":
    """Return the endless answer; ports are counted from 0. InvalidValue for one that is missing, or for both kinds."""
    with ExitStack() as held:
        account = "" if call.identity is None else call.identity.name
        watcher = held.enter_context(call.unit.port_watch.watching(ports, account))
        views = await call.unit.port_watch.views()
        for port in ports:
            if port not in views:
                raise InvalidValue(f"there is no port {port + 1}")
        directions = {views[port].direction for port in ports}
        if len(directions) > 1:
            raise InvalidValue("inputs and outputs cannot be monitored in one request")
        watcher.begin(views)
        return Monitor(call, watcher, _LETTERS[directions.pop()], held.pop_all())


class Monitor(StreamingResponse):
    """Ends with the client, with its login, and with a watcher that cannot keep up."""

    def __init__(self, call: Call, watcher: Watcher, letter: str, held: ExitStack) -> None:
        self._call = call
        self._watcher = watcher
        self._held = held
        # The type goes as it is: Starlette would add a character set to some.
        kind = f"multipart/x-mixed-replace; boundary={_BOUNDARY}"
        super().__init__(_parts(watcher, letter), headers={"Content-Type": kind})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        with self._held, while_logged_in(self._call, self._watcher.end):
            await super().__call__(scope, receive, send)


async def _parts(watcher: Watcher, letter: str) -> AsyncIterator[bytes]:
    while True:
        moments = await watcher.moments(QUIET_S)
        if moments:
            yield "".join(_part(moment, letter) for moment in moments).encode()
        elif watcher.ended:
            return
        else:
            yield f"{_HEAD}\r\n".encode()


def _part(moment: Moment, letter: str) -> str:
    lines = [f"{one.port + 1}{letter}:{_MARKS[one.active, one.moved]}\r\n" for one in moment]
    return _HEAD + "".join(lines)
