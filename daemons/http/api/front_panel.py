"""`/api/leds` and `/api/front-panel`: what the LEDs show now, and what they and the control button can mean."""

from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.api.rest import Resource, raw_json
from daemons.http.call import Call

_GET = frozenset({"GET"})

leds = Resource("/api/leds", _GET, access=Access.VIEWER)
front_panel = Resource("/api/front-panel", _GET, access=Access.VIEWER)


@leds.on("GET", access=Access.VIEWER, changes=False)
async def show(call: Call) -> Response:
    """Return each LED: its pattern, the cause shown, what that means, and every cause that holds."""
    return raw_json(await call.unit.ioports.leds())


@front_panel.on("GET", access=Access.VIEWER, changes=False)
async def describe(call: Call) -> Response:
    """Return the table of the LEDs and the gestures of the control button, as far as the board has them."""
    return raw_json(await call.unit.ioports.front_panel())
