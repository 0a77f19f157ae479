"""`/api/sip`: how SIP is, in more words than the Call service has for it."""

from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.api.rest import Resource, raw_json
from daemons.http.call import Call

# Operators too: the page of the test call says why nobody can be called.
sip = Resource("/api/sip", frozenset({"GET"}), access=Access.OPERATOR)


@sip.on("GET", access=Access.OPERATOR, changes=False)
async def describe(call: Call) -> Response:
    """Return whether SIP runs, why it does not, and by which addresses the unit can be called."""
    return raw_json(await call.unit.sip.state())
