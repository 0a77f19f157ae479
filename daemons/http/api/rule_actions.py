"""`/api/actions`: what rules do, and what they could do; who may do what is as with `rules`."""

from starlette.responses import Response

from common.params.kinds import Access
from common.rules import Action
from daemons.http.api.rest import Resource, json, posted, raw_json
from daemons.http.api.rules import encoded
from daemons.http.call import Call

actions = Resource("/api/actions", frozenset({"GET", "POST"}), access=Access.OPERATOR)
one_action = Resource("/api/actions/{number}", frozenset({"DELETE"}), access=Access.ADMIN)
templates = Resource("/api/actions/templates", frozenset({"GET"}), access=Access.OPERATOR)


@actions.on("GET", access=Access.OPERATOR, changes=False)
async def list_actions(call: Call) -> Response:
    """Return every action without its secrets."""
    return raw_json(await call.unit.rules.actions())


@actions.on("POST", access=Access.ADMIN, changes=True)
async def put_action(call: Call) -> Response:
    """Store an action, a new one when its id is 0; secrets that are left out stay as they are."""
    action = await posted(call, Action)
    id_ = await call.unit.rules.put_action(encoded(action))
    return json({"id": id_}, 201 if action.id == 0 else 200)


@one_action.on("DELETE", access=Access.ADMIN, changes=True)
async def remove_action(call: Call) -> Response:
    """Remove an action that no rule uses."""
    number: int = call.request.path_params["number"]
    await call.unit.rules.remove_action(number)
    return json({})


@templates.on("GET", access=Access.OPERATOR, changes=False)
async def list_templates(call: Call) -> Response:
    """Return the kinds of actions with their parameters, and why one cannot be used now."""
    return raw_json(await call.unit.rules.action_templates())
