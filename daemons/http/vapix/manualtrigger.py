"""`io/virtualinput.cgi`: the manual trigger, and inputs that somebody pretends to be active (VAPIX page 7.4).

Port 6 (`Properties.IO.ManualTriggerNbr`) is the trigger; where the port is left out, too. The number of a terminal that
is an input makes it count as active, for whoever wants to try what happens then; an input that really is stays active.
"""

from typing import Final

from starlette.responses import Response

from common.errors import InvalidValue
from common.params.kinds import Access
from daemons.http.authorize import refuse_links
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.vapix.cgi import GET_OR_POST, CgiApi, text
from daemons.http.vapix.port import refused
from daemons.http.vapix.port_arguments import action_of

TRIGGER: Final = 6

api = CgiApi(
    "/axis-cgi/io/virtualinput.cgi",
    name="Manual trigger",
    access=Access.VIEWER,
    methods=GET_OR_POST,
    failure=refused,
)


@api.asked_by("action", access=Access.VIEWER, changes=True)
async def trigger(call: Call, arguments: Arguments) -> Response:
    """Activate or deactivate the manual trigger or, as far as others can tell, an input; or do both in a sequence."""
    refuse_links(call)
    action = action_of(arguments["action"])
    if action.port in (None, TRIGGER):
        await call.unit.ioports.run_manual_trigger(action.steps)
        return text("")
    view = (await call.unit.port_watch.views()).get(action.port - 1)
    if view is None or view.direction != "input":
        raise InvalidValue(f"{action.port} is neither an input nor the manual trigger, {TRIGGER}")
    await call.unit.ioports.pretend_input(view.port, action.steps)
    return text("")
