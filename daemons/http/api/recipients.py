"""`/api/recipients`: whom to tell of events, and where to send files; who may do what is as with `rules`."""

import msgspec
from starlette.responses import Response

from common.params.kinds import Access
from common.rules import Name, Recipient
from daemons.http.api.rest import Resource, json, posted, raw_json
from daemons.http.api.rules import encoded
from daemons.http.call import Call

_GET = frozenset({"GET"})
_POST = frozenset({"POST"})

recipients = Resource("/api/recipients", frozenset({"GET", "POST"}), access=Access.OPERATOR)
one_recipient = Resource("/api/recipients/{number}", frozenset({"DELETE"}), access=Access.ADMIN)
copying = Resource("/api/recipients/{number}/copy", _POST, access=Access.ADMIN)
testing = Resource("/api/recipients/test", _POST, access=Access.ADMIN)
templates = Resource("/api/recipients/templates", _GET, access=Access.OPERATOR)


class Copied(msgspec.Struct, forbid_unknown_fields=True):
    """What a copy is called."""

    name: Name


@recipients.on("GET", access=Access.OPERATOR, changes=False)
async def list_recipients(call: Call) -> Response:
    """Return every recipient without its secrets."""
    return raw_json(await call.unit.rules.recipients())


@recipients.on("POST", access=Access.ADMIN, changes=True)
async def put_recipient(call: Call) -> Response:
    """Store a recipient, a new one when its id is 0; secrets that are left out stay as they are."""
    recipient = await posted(call, Recipient)
    id_ = await call.unit.rules.put_recipient(encoded(recipient))
    return json({"id": id_}, 201 if recipient.id == 0 else 200)


@one_recipient.on("DELETE", access=Access.ADMIN, changes=True)
async def remove_recipient(call: Call) -> Response:
    """Remove a recipient that no action uses."""
    number: int = call.request.path_params["number"]
    await call.unit.rules.remove_recipient(number)
    return json({})


@copying.on("POST", access=Access.ADMIN, changes=True)
async def copy_recipient(call: Call) -> Response:
    """Store a copy of a recipient under another name, secrets included."""
    number: int = call.request.path_params["number"]
    name = (await posted(call, Copied)).name
    return json({"id": await call.unit.rules.copy_recipient(number, name)}, 201)


@testing.on("POST", access=Access.ADMIN, changes=True)
async def test_recipient(call: Call) -> Response:
    """Try to reach a recipient as it is given, stored or not, and return how that went."""
    recipient = await posted(call, Recipient)
    return raw_json(await call.unit.rules.test_recipient(encoded(recipient)))


@templates.on("GET", access=Access.OPERATOR, changes=False)
async def list_templates(call: Call) -> Response:
    """Return the kinds of recipients with their parameters, and why one cannot be used now."""
    return raw_json(await call.unit.rules.recipient_templates())
