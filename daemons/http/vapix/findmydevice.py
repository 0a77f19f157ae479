"""`findmydevice.cgi`: makes the unit seen and heard, so that a person finds it (VAPIX page 10.4)."""

from typing import Annotated

import msgspec

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.vapix.families import SECOND_GENERATION, Fault
from daemons.http.vapix.json_api import JsonApi, NoData, NoParameters

api = JsonApi(
    "/axis-cgi/findmydevice.cgi",
    id="findmydevice",
    name="FindMyDevice",
    version="1.1",
    family=SECOND_GENERATION.with_codes({Fault.NOT_POST: 2200}).with_errors(Conflict=2201),
    access=Access.ADMIN,
)


class Duration(msgspec.Struct):
    """For how long, in seconds."""

    duration: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 60.0


@api.method("find", access=Access.ADMIN, changes=True)
async def find(call: Call, wanted: Duration) -> NoData:
    """Start to show where the unit is."""
    await call.unit.system.locate(wanted.duration)
    return NoData()


@api.method("stop", access=Access.ADMIN, changes=True)
async def stop(call: Call, _parameters: NoParameters) -> NoData:
    """Stop showing where the unit is."""
    await call.unit.system.locate(0.0)
    return NoData()
