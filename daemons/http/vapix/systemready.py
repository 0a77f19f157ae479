"""`systemready.cgi`: whether the unit can be used, and whether it wants its first account (VAPIX page 10.3)."""

import asyncio
import time

import msgspec

from common.boot import boot_id
from common.device import Device
from common.errors import Unavailable
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.vapix.families import SYSTEMREADY
from daemons.http.vapix.json_api import JsonApi

LONGEST_WAIT_S = 300
ONE_CALL_S = 5.0
"""What one call on the bus may take, well below its time-out."""
RETRY_S = 0.2

_device = msgspec.json.Decoder(Device)

api = JsonApi(
    "/axis-cgi/systemready.cgi",
    id="systemready",
    name="Systemready",
    version="1.5",
    listed_version="1.4",
    family=SYSTEMREADY,
    access=Access.ANYBODY,
)


class Patience(msgspec.Struct):
    """How long the caller waits for the unit to become ready."""

    timeout: float = 0.0


class State(msgspec.Struct):
    """The state of the unit; every value is a text."""

    systemready: str
    needsetup: str
    uptime: str
    bootid: str
    passphrasepolicy: str = "none"


@api.method("systemready", access=Access.ANYBODY, changes=False)
async def systemready(call: Call, patience: Patience) -> State:
    """Return whether the unit is ready, at once or as soon as it is."""
    timeout_s = min(max(patience.timeout, 0.0), LONGEST_WAIT_S)
    if timeout_s > 0 and not call.unit.long_polls.locked():
        async with call.unit.long_polls:
            ready = await _wait(call, timeout_s)
    else:
        ready = await _ready(call, 0.0)
    uptime_s, boot = time.monotonic(), boot_id()
    try:
        device = _device.decode(await call.unit.system.device())
        uptime_s, boot = device.uptime_s, device.boot_id
    except Unavailable:
        ready = False
    return State(
        systemready="yes" if ready else "no",
        needsetup="yes" if call.unit.accounts.unclaimed else "no",
        uptime=str(int(uptime_s)),
        bootid=boot,
    )


async def _wait(call: Call, timeout_s: float) -> bool:
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout_s
    while (left := end - loop.time()) > 0:
        if await _ready(call, min(left, ONE_CALL_S)):
            return True
        await asyncio.sleep(min(RETRY_S, max(0.0, end - loop.time())))
    return False


async def _ready(call: Call, timeout_s: float) -> bool:
    try:
        return await call.unit.system.ready(timeout_s)
    except Unavailable:
        return False
