"""`/api/events`: what can happen, what is so now, and what has happened and been told."""

from typing import Any

import msgspec
from starlette.responses import Response

from common.params.kinds import Access
from common.rules import Search
from daemons.http.api.rest import Resource, json, raw_json
from daemons.http.api.rules import encoded
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.problems import Problem

_GET = frozenset({"GET"})

topics = Resource("/api/events/topics", _GET, access=Access.OPERATOR)
record = Resource("/api/events/record", _GET, access=Access.OPERATOR)
deliveries = Resource("/api/events/deliveries", _GET, access=Access.OPERATOR)

_FIELDS = frozenset(Search.__struct_fields__)


@topics.on("GET", access=Access.OPERATOR, changes=False)
async def list_topics(call: Call) -> Response:
    """Return every topic with its items and their known values, and the present states of all."""
    declared = await call.unit.events.topics()
    states = await call.unit.events.current("")
    return json({"topics": msgspec.Raw(declared.encode()), "states": msgspec.Raw(states.encode())})


@record.on("GET", access=Access.OPERATOR, changes=False)
async def search_record(call: Call) -> Response:
    """Return events, evaluations of rules and deliveries, newest first.

    Arguments, each of which narrows the answer: `before` and `after` in seconds since 1970, `text`, `rule` (an
    id), `kinds` (a comma list of event, evaluation, delivery) and `limit` (1 to 500; 100 when left out).
    """
    arguments = Arguments.parse(call.request.scope["query_string"])
    asked: dict[str, Any] = {
        name: text for name, text in arguments.items() if name in _FIELDS and text != ""
    }
    if "kinds" in asked:
        asked["kinds"] = asked["kinds"].split(",")
    return raw_json(await call.unit.rules.record(encoded(_search(asked))))


@deliveries.on("GET", access=Access.OPERATOR, changes=False)
async def list_deliveries(call: Call) -> Response:
    """Return what waits to be delivered, is being sent, or ended last."""
    return raw_json(await call.unit.rules.deliveries())


def _search(asked: dict[str, Any]) -> Search:
    try:
        return msgspec.convert(asked, Search, strict=False)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$.")
        field = place.rstrip("`")
        raise Problem(400, "invalid", f"{field}: {what}.", {field: what}) from None
