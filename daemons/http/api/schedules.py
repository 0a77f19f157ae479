"""`/api/schedules`: recurring intervals and pulses; who may do what is as with `rules`."""

from starlette.responses import Response

from common.params.kinds import Access
from common.rules import Schedule
from daemons.http.api.rest import Resource, json, posted, raw_json
from daemons.http.api.rules import encoded
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.problems import Problem

schedules = Resource("/api/schedules", frozenset({"GET", "POST", "DELETE"}), access=Access.OPERATOR)


@schedules.on("GET", access=Access.OPERATOR, changes=False)
async def list_schedules(call: Call) -> Response:
    """Return every schedule and pulse, whether it is active, and when it changes next."""
    return raw_json(await call.unit.rules.schedules())


@schedules.on("POST", access=Access.ADMIN, changes=True)
async def put_schedule(call: Call) -> Response:
    """Store a schedule, a new one when its id is empty."""
    schedule = await posted(call, Schedule)
    id_ = await call.unit.rules.put_schedule(encoded(schedule))
    return json({"id": id_}, 201 if schedule.id == "" else 200)


@schedules.on("DELETE", access=Access.ADMIN, changes=True)
async def remove_schedule(call: Call) -> Response:
    """Remove the schedule `id`, which no rule may name any more."""
    query: bytes = call.request.scope["query_string"]
    id_ = Arguments.parse(query).get("id", "")
    if not id_:
        message = "Say which schedule to remove."
        raise Problem(400, "invalid", message, {"id": message})
    await call.unit.rules.remove_schedule(id_)
    return json({})
