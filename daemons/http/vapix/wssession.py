"""`wssession.cgi`: a ticket for the event stream, for clients that cannot log in where they open it.

VAPIX event streams page 1: the answer is the ticket and nothing else.
"""

from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.problems import unauthorized
from daemons.http.vapix.cgi import GET_ONLY, CgiApi, text

api = CgiApi(
    "/axis-cgi/wssession.cgi",
    name="WebSocket session",
    access=Access.VIEWER,
    methods=GET_ONLY,
)


@api.only(access=Access.VIEWER, changes=False)
async def give_ticket(call: Call, _arguments: Arguments) -> Response:
    """Return a ticket that opens one event stream within 15 seconds."""
    verifier = None if call.identity is None else call.unit.accounts.find(call.identity.name)
    if call.identity is None or verifier is None:
        raise unauthorized()
    return text(call.unit.tickets.give(call.identity, verifier))
