"""The unit's own paths for rules, recipients, schedules and the record."""

import json
from typing import Any

import msgspec
import pytest

from common.errors import Conflict, InvalidValue, NotFound
from common.rules import Action, Condition, Rule, Search
from tests.unit.http.edge import Answer, Edge

CONDITION = Condition("tns1:Device/tnsaxis:IO/Port", 'boolean(//SimpleItem[@Name="port"])')
RULE = Rule("Doorbell", 3, 7, conditions=(CONDITION,))
ACTION = Action("com.axis.action.fixed.play.audioclip", 3, parameters={"location": "ding.mp3"})


def text(content: Any) -> str:
    """Return something as it travels."""
    return msgspec.json.encode(content).decode()


async def post(edge: Edge, path: str, content: Any, login: str = "root") -> Answer:
    """Send JSON."""
    return await edge.ask("POST", path, body=text(content), login=login)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/api/rules", "rules"),
        ("/api/rules/7/explain", "explain"),
        ("/api/actions", "actions"),
        ("/api/actions/templates", "action_templates"),
        ("/api/recipients", "recipients"),
        ("/api/recipients/templates", "recipient_templates"),
        ("/api/schedules", "schedules"),
        ("/api/events/record", "record"),
        ("/api/events/deliveries", "deliveries"),
    ],
)
async def test_operators_read_and_viewers_do_not(edge: Edge, path: str, method: str) -> None:
    """What the daemon says goes out as it is."""
    edge.events.answers[method] = '[{"a": 1}]'
    assert (await edge.ask("GET", path, login="oscar")).json() == [{"a": 1}]
    assert (await edge.ask("GET", path, login="vera")).status == 403
    assert (await edge.ask("GET", path)).status == 401
    edge.events.answers.clear()
    assert (await edge.ask("GET", path, login="oscar")).status == 503


@pytest.mark.parametrize(
    ("http", "path", "content"),
    [
        ("POST", "/api/rules", {"rule": {"name": "a", "action": 1}}),
        ("PATCH", "/api/rules/1", {"enabled": True}),
        ("DELETE", "/api/rules/1", None),
        ("POST", "/api/actions", {"template": "a"}),
        ("DELETE", "/api/actions/1", None),
        ("POST", "/api/recipients", {"name": "a", "template": "b"}),
        ("DELETE", "/api/recipients/1", None),
        ("POST", "/api/recipients/1/copy", {"name": "a"}),
        ("POST", "/api/recipients/test", {"name": "a", "template": "b"}),
        ("POST", "/api/schedules", {"name": "a", "icalendar": "DTSTART:20260101T080000"}),
        ("DELETE", "/api/schedules?id=a", None),
    ],
)
async def test_only_administrators_change(
    edge: Edge, http: str, path: str, content: dict[str, Any] | None
) -> None:
    """And a browser's session has to show the token, so that no other page can do it."""
    body = b"" if content is None else text(content)
    for who in ("oscar", "vera"):
        assert (await edge.ask(http, path, body=body, login=who)).status == 403
    session = await edge.log_in()
    del session["X-CSRF-Token"]
    answer = await edge.ask(http, path, body=body, headers=session)
    assert answer.json()["error"]["code"] == "token_required"
    assert edge.events.calls == []


@pytest.mark.covers("M-EVT-02", "M-EVT-03", part="the unit's own API")
async def test_a_rule_is_stored_with_its_action_in_one_go(edge: Edge) -> None:
    """Or with an action that is there already."""
    edge.events.answers |= {"put_rule_with_action": 7, "put_rule": 7}
    new = {"name": "Doorbell", "action": 0, "conditions": [{"topic": CONDITION.topic}]}
    action = {"template": ACTION.template, "parameters": dict(ACTION.parameters)}
    answer = await post(edge, "/api/rules", {"rule": {**new, "wait_s": 90}, "action": action})
    assert (answer.status, answer.json()) == (201, {"id": 7})
    method, (rule, its_action) = edge.events.calls[-1]
    assert method == "put_rule_with_action"
    stored = msgspec.json.decode(rule, type=Rule)
    assert (stored.name, stored.wait_s, stored.enabled) == ("Doorbell", 90, True)
    assert msgspec.json.decode(its_action, type=Action).parameters == ACTION.parameters

    answer = await post(edge, "/api/rules", {"rule": msgspec.to_builtins(RULE)})
    assert (answer.status, edge.events.calls[-1]) == (200, ("put_rule", (text(RULE),)))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": 5}, "rule.name"),
        ({"name": "x" * 129}, "rule.name"),
        ({"wait_s": -1}, "rule.wait_s"),
        ({"wait_s": 400_000}, "rule.wait_s"),
        ({"enabled": "yes"}, "rule.enabled"),
        ({"conditions": [{"topic": 1}]}, "rule.conditions[0].topic"),
        ({"conditions": [{"topic": "a"}] * 33}, "rule.conditions"),
        ({"conditions": [{"topic": "a", "colour": "b"}]}, "rule.conditions[0]"),
        ({"colour": "red"}, "rule"),
    ],
)
async def test_what_is_wrong_with_a_rule_stands_under_the_field(
    edge: Edge, change: dict[str, Any], field: str
) -> None:
    """And nothing reaches the daemon."""
    answer = await post(edge, "/api/rules", {"rule": {"name": "a", "action": 1, **change}})
    error = answer.json()["error"]
    assert (answer.status, error["code"], list(error["details"])) == (400, "invalid", [field])
    assert edge.events.calls == []


@pytest.mark.parametrize(
    ("error", "status"), [(InvalidValue("no"), 400), (NotFound("no"), 404), (Conflict("no"), 409)]
)
async def test_what_the_daemon_refuses_is_told(edge: Edge, error: Exception, status: int) -> None:
    """In its own words."""
    edge.events.answers |= {"put_rule": error, "remove_recipient": error}
    answer = await post(edge, "/api/rules", {"rule": {"name": "a", "action": 1}})
    assert (answer.status, answer.json()["error"]["message"]) == (status, "no")
    answer = await edge.ask("DELETE", "/api/recipients/4", login="root")
    assert (answer.status, edge.events.calls[-1]) == (status, ("remove_recipient", (4,)))


async def test_a_rule_is_switched_on_and_off(edge: Edge) -> None:
    """The rest of it stays; one that is so already is not written again."""
    entry = {"rule": msgspec.to_builtins(RULE), "active": True, "since": 1.0, "available": ""}
    edge.events.answers |= {"rules": text([entry]), "put_rule": 7}
    body = json.dumps({"enabled": False})
    assert (await edge.ask("PATCH", "/api/rules/7", body=body, login="root")).status == 200
    switched = msgspec.structs.replace(RULE, enabled=False)
    assert edge.events.calls[-1] == ("put_rule", (text(switched),))
    assert (await edge.ask("PATCH", "/api/rules/8", body=body, login="root")).status == 404
    body = json.dumps({"enabled": True})
    await edge.ask("PATCH", "/api/rules/7", body=body, login="root")
    assert [method for method, _ in edge.events.calls].count("put_rule") == 1


async def test_a_dry_run_and_a_replay_are_asked_for(edge: Edge) -> None:
    """Operators may: nothing is done in earnest."""
    edge.events.answers |= {"dry_run": "[]", "replay": '{"events": 3}'}
    question = {
        "start": 1.0,
        "end": 2.0,
        "events": [[1.5, {"topic": "a", "source": {"port": "0"}, "data": {"state": "1"}}]],
        "rules": [msgspec.to_builtins(RULE)],
    }
    assert (await post(edge, "/api/rules/dry-run", question, "oscar")).json() == []
    asked = msgspec.json.decode(edge.events.calls[-1][1][0])
    assert asked["events"] == [
        [1.5, {"topic": "a", "source": {"port": "0"}, "data": {"state": "1"}}]
    ]
    many = [msgspec.to_builtins(msgspec.structs.replace(RULE, id=n)) for n in range(1, 257)]
    question = {"start": 1.0, "end": 2.0, "rules": many}
    assert (await post(edge, "/api/rules/replay", question, "oscar")).json() == {"events": 3}
    assert (await post(edge, "/api/rules/replay", {"start": 1.0}, "oscar")).status == 400


@pytest.mark.covers("M-RCP-22", "M-RCP-23", part="the unit's own API")
async def test_recipients_are_stored_copied_tested_and_removed(edge: Edge) -> None:
    """A secret that is left out is not sent along as an empty one."""
    edge.events.answers |= {
        "put_recipient": 2,
        "copy_recipient": 3,
        "remove_recipient": None,
        "test_recipient": '{"ok": false, "message": "connection refused"}',
    }
    recipient = {
        "name": "Desk",
        "template": "com.axis.recipient.http",
        "parameters": {"login": "a"},
    }
    assert (await post(edge, "/api/recipients", recipient)).json() == {"id": 2}
    assert "password" not in edge.events.calls[-1][1][0]
    answer = await post(edge, "/api/recipients/test", {**recipient, "id": 2})
    assert answer.json() == {"ok": False, "message": "connection refused"}
    answer = await post(edge, "/api/recipients/2/copy", {"name": "Copy of Desk"})
    assert (answer.status, answer.json()) == (201, {"id": 3})
    assert edge.events.calls[-1] == ("copy_recipient", (2, "Copy of Desk"))
    assert (await edge.ask("DELETE", "/api/recipients/3", login="root")).status == 200


@pytest.mark.covers("M-RCP-24", part="the unit's own API")
async def test_schedules_are_stored_and_removed(edge: Edge) -> None:
    """By the text of iCalendar; the id is a name with dots."""
    edge.events.answers |= {
        "put_schedule": "com.axis.schedules.genid.id-1",
        "remove_schedule": None,
    }
    new = {"name": "Lunch", "icalendar": "DTSTART:20260105T120000\nDTEND:20260105T130000"}
    answer = await post(edge, "/api/schedules", new)
    assert (answer.status, answer.json()) == (201, {"id": "com.axis.schedules.genid.id-1"})
    path = "/api/schedules?id=com.axis.schedules.genid.id-1"
    assert (await edge.ask("DELETE", path, login="root")).status == 200
    assert edge.events.calls[-1] == ("remove_schedule", ("com.axis.schedules.genid.id-1",))
    answer = await edge.ask("DELETE", "/api/schedules", login="root")
    assert (answer.status, list(answer.json()["error"]["details"])) == (400, ["id"])


async def test_topics_come_with_the_states_of_now(edge: Edge) -> None:
    """For the form of a condition."""
    edge.events.answers |= {"topics": '[{"topic": "a"}]', "current": '[{"topic": "a", "since": 1}]'}
    answer = await edge.ask("GET", "/api/events/topics", login="oscar")
    assert answer.json() == {"topics": [{"topic": "a"}], "states": [{"topic": "a", "since": 1}]}


async def test_the_record_is_searched(edge: Edge) -> None:
    """Each argument narrows the answer; what cannot be read stands under its name."""
    edge.events.answers["record"] = "[]"
    query = "text=door%20bell&rule=7&kinds=event,delivery&before=9.5&limit=5&other=x"
    assert (await edge.ask("GET", f"/api/events/record?{query}", login="oscar")).status == 200
    asked = msgspec.json.decode(edge.events.calls[-1][1][0], type=Search)
    assert asked == Search(9.5, None, "door bell", 7, ("event", "delivery"), 5)
    for wrong in ("limit=0", "limit=many", "kinds=gossip", "before=noon", "rule=x"):
        answer = await edge.ask("GET", f"/api/events/record?{wrong}", login="oscar")
        named = next(iter(answer.json()["error"]["details"]))
        assert (answer.status, named.partition("[")[0]) == (400, wrong.partition("=")[0])
