"""`/api/parameters`: settings with what a form needs to know about them; changes are all or nothing."""

import msgspec
from starlette.responses import Response

from common.bus.text import can_travel
from common.params.kinds import Access
from common.params.view import DEFINITIONS, ParameterView
from daemons.http.api.rest import Resource, json, posted
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.problems import Problem

MOST_CHANGES = 1000
MOST_HISTORY = 1000

parameters = Resource("/api/parameters", frozenset({"GET", "PATCH"}), access=Access.VIEWER)
history = Resource("/api/parameters/history", frozenset({"GET"}), access=Access.ADMIN)


class Changes(msgspec.Struct):
    """Parameter name -> new value."""

    changes: dict[str, str]


@parameters.on("GET", access=Access.VIEWER, changes=False)
async def list_parameters(call: Call) -> Response:
    """Return everything that the caller may read, or only what lies in the groups of a comma list in `group`."""
    query: bytes = call.request.scope["query_string"]
    groups = [one.strip() for one in Arguments.parse(query).get("group", "").split(",")]
    content = await call.unit.params.definitions(groups, int(call.access))
    return json({"parameters": [_described(view) for view in DEFINITIONS.decode(content)]})


@parameters.on("PATCH", access=Access.OPERATOR, changes=True)
async def change(call: Call) -> Response:
    """Write all changes, or none and say why."""
    asked = (await posted(call, Changes)).changes
    if len(asked) > MOST_CHANGES:
        raise Problem(400, "invalid", f"There can be at most {MOST_CHANGES} changes at once.")
    if not all(can_travel(text) for pair in asked.items() for text in pair):
        raise Problem(400, "invalid", "A name or value cannot hold a NUL or a noncharacter.")
    changes = {name.removeprefix("root."): value for name, value in asked.items()}
    revision, refused = await call.unit.params.update(changes, int(call.access), call.who, True)
    if refused:
        named = {name: refused[name.removeprefix("root.")] for name in asked if _in(name, refused)}
        raise Problem(400, "invalid", _summary(named or refused), named or refused)
    return json({"revision": revision})


@history.on("GET", access=Access.ADMIN, changes=False)
async def list_history(call: Call) -> Response:
    """Return the newest changes, who made them and when."""
    query: bytes = call.request.scope["query_string"]
    limit = Arguments.parse(query).integer("limit", 100, 1, MOST_HISTORY)
    newest = await call.unit.params.history(limit, int(call.access))
    return json({"history": msgspec.Raw(newest.encode())})


def _described(view: ParameterView) -> dict[str, object]:
    return {
        "name": view.name,
        "value": view.value,
        "default": view.default,
        "kind": view.kind,
        "label": view.label,
        "help": view.help,
        "writable": view.writable,
        "hidden": view.hidden,
        "reset": view.reset,
        "group": view.group,
    }


def _in(name: str, refused: dict[str, str]) -> bool:
    return name.removeprefix("root.") in refused


def _summary(refused: dict[str, str]) -> str:
    name, reason = next(iter(refused.items()))
    rest = len(refused) - 1
    return f"{name} {reason}" + (f" (and {rest} more)" if rest else "")
