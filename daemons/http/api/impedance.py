"""`/api/impedance`: the load at the amplifier's terminals, and the test of it."""

from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.api.rest import Resource, raw_json
from daemons.http.call import Call

impedance = Resource("/api/impedance", frozenset({"GET"}), access=Access.VIEWER)
test = Resource("/api/impedance/test", frozenset({"POST"}), access=Access.OPERATOR)


@impedance.on("GET", access=Access.VIEWER, changes=False)
async def describe(call: Call) -> Response:
    """Return the load, what the last test found, and how the present one gets on."""
    return raw_json(await call.unit.audio.impedance())


@test.on("POST", access=Access.OPERATOR, changes=True)
async def start(call: Call) -> Response:
    """Start a test, which is over when the state is no longer `testing`."""
    await call.unit.audio.start_impedance_test()
    answer = raw_json(await call.unit.audio.impedance())
    answer.status_code = 202
    return answer
