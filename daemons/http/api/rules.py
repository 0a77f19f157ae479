"""`/api/rules`: the rules for events, and what each does, would do and would have done.

Reading asks for an operator and changing for an administrator: a rule may open a door or call somebody, and a
changed recipient could be sent the password that is kept for it.
"""

import msgspec
from starlette.responses import Response

from common.errors import NotFound
from common.params.kinds import Access
from common.rules import Action, DryRun, Replay, Rule
from daemons.http.api.rest import Resource, json, posted, raw_json
from daemons.http.call import Call

_GET = frozenset({"GET"})
_POST = frozenset({"POST"})
SET_LIMIT = 4 * 1024 * 1024
"""Bytes of a question that holds a whole set of rules, of which there are at most 256."""

rules = Resource("/api/rules", frozenset({"GET", "POST"}), access=Access.OPERATOR)
one_rule = Resource("/api/rules/{number}", frozenset({"PATCH", "DELETE"}), access=Access.ADMIN)
explaining = Resource("/api/rules/{number}/explain", _GET, access=Access.OPERATOR)
trying = Resource("/api/rules/dry-run", _POST, access=Access.OPERATOR)
replaying = Resource("/api/rules/replay", _POST, access=Access.OPERATOR)


class PutRule(msgspec.Struct, forbid_unknown_fields=True):
    """A rule to store, with its own action or with one that is stored already."""

    rule: Rule
    action: Action | None = None


class Switched(msgspec.Struct, forbid_unknown_fields=True):
    """What can be changed of a rule without sending the whole of it."""

    enabled: bool


class Listed(msgspec.Struct):
    """What is needed of an entry of the list."""

    rule: Rule


_LISTED = msgspec.json.Decoder(list[Listed])


@rules.on("GET", access=Access.OPERATOR, changes=False)
async def list_rules(call: Call) -> Response:
    """Return every rule, whether it is active and since when."""
    return raw_json(await call.unit.rules.rules())


@rules.on("POST", access=Access.ADMIN, changes=True)
async def put_rule(call: Call) -> Response:
    """Store a rule, a new one when its id is 0; with `action` its action in the same go."""
    asked = await posted(call, PutRule)
    rule = encoded(asked.rule)
    if asked.action is None:
        id_ = await call.unit.rules.put_rule(rule)
    else:
        id_ = await call.unit.rules.put_rule_with_action(rule, encoded(asked.action))
    return json({"id": id_}, 201 if asked.rule.id == 0 else 200)


@one_rule.on("PATCH", access=Access.ADMIN, changes=True)
async def switch_rule(call: Call) -> Response:
    """Enable or disable a rule."""
    number: int = call.request.path_params["number"]
    enabled = (await posted(call, Switched)).enabled
    stored = _LISTED.decode(await call.unit.rules.rules())
    rule = next((one.rule for one in stored if one.rule.id == number), None)
    if rule is None:
        raise NotFound(f"there is no rule {number}")
    if rule.enabled != enabled:
        await call.unit.rules.put_rule(encoded(msgspec.structs.replace(rule, enabled=enabled)))
    return json({"id": number})


@one_rule.on("DELETE", access=Access.ADMIN, changes=True)
async def remove_rule(call: Call) -> Response:
    """Remove a rule, and what it does when no other rule does it."""
    number: int = call.request.path_params["number"]
    await call.unit.rules.remove_rule_with_action(number)
    return json({})


@explaining.on("GET", access=Access.OPERATOR, changes=False)
async def explain(call: Call) -> Response:
    """Return which conditions of a rule are met now and since when, and what follows."""
    number: int = call.request.path_params["number"]
    return raw_json(await call.unit.rules.explain(number))


@trying.on("POST", access=Access.OPERATOR, changes=False)
async def dry_run(call: Call) -> Response:
    """Return what rules would do between two times, with nothing done in earnest."""
    return raw_json(await call.unit.rules.dry_run(encoded(await posted(call, DryRun, SET_LIMIT))))


@replaying.on("POST", access=Access.OPERATOR, changes=False)
async def replay(call: Call) -> Response:
    """Return what the stored rules and a changed set do with the recorded events of some time."""
    return raw_json(await call.unit.rules.replay(encoded(await posted(call, Replay, SET_LIMIT))))


def encoded(content: msgspec.Struct) -> str:
    """Return what travels over the bus."""
    return msgspec.json.encode(content).decode()
