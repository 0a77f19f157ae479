"""What tests of rules share: rules made over the unit's own API, and gone again afterwards."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from tests.suite import until

INPUT = "tns1:Device/tnsaxis:IO/VirtualInput"
MANUAL = "tns1:Device/tnsaxis:IO/VirtualPort"
PLAYING = "tnsaxis:MediaClip/Playing"


def condition(topic: str, *, invert: bool = False, **items: str) -> dict[str, Any]:
    """Return a condition on values of items."""
    content = " and ".join(
        f'boolean(//SimpleItem[@Name="{name}" and @Value="{value}"])'
        for name, value in items.items()
    )
    return {"topic": topic, "content": content, "invert": invert}


def active(number: int, *, invert: bool = False) -> dict[str, Any]:
    """Return the condition that a virtual input is active."""
    return condition(INPUT, port=str(number), active="1", invert=invert)


def put(
    admin: httpx.Client, name: str, template: str, parameters: Mapping[str, str], **rule: Any
) -> int:
    """Store a rule with an action; return its number."""
    recipient = rule.pop("recipient", 0)
    asked = {
        "rule": {"name": name, "action": 0, **rule},
        "action": {"template": template, "parameters": dict(parameters), "recipient": recipient},
    }
    answer = admin.post("/api/rules", json=asked)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


@contextmanager
def stored(
    admin: httpx.Client, name: str, template: str, parameters: Mapping[str, str], **rule: Any
) -> Iterator[int]:
    """Have a rule for as long as the block runs."""
    number = put(admin, name, template, parameters, **rule)
    try:
        yield number
    finally:
        gone = (200, 404)  # with anything else a daemon that was killed is not back yet
        until("the rule is gone", lambda: admin.delete(f"/api/rules/{number}").status_code in gone)


def explained(admin: httpx.Client, number: int) -> dict[str, Any]:
    """Return how a rule stands now."""
    answer = admin.get(f"/api/rules/{number}/explain")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def is_active(admin: httpx.Client, number: int) -> bool:
    """Whether a rule is active."""
    return bool(explained(admin, number)["outcome"] == "activated")


def virtual(admin: httpx.Client, number: int, *, on: bool, duration: int | None = None) -> None:
    """Activate or deactivate a virtual input."""
    what = "activate" if on else "deactivate"
    question = {"schemaversion": "1", "port": str(number)}
    if duration is not None:
        question["duration"] = str(duration)
    answer = admin.get(f"/axis-cgi/virtualinput/{what}.cgi", params=question)
    assert "StateChanged" in answer.text, answer.text


def records(admin: httpx.Client, **search: Any) -> list[dict[str, Any]]:
    """Return entries of the record, newest first."""
    question = {
        name: ",".join(value) if isinstance(value, list) else str(value)
        for name, value in search.items()
    }
    answer = admin.get("/api/events/record", params=question)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def outcomes(admin: httpx.Client, number: int) -> list[str]:
    """Return what became of a rule so far, oldest first, as far as it is on record."""
    found = records(admin, rule=number, kinds=["evaluation"], limit=500)
    return [entry["evaluation"]["outcome"] for entry in reversed(found)]


def until_outcomes(admin: httpx.Client, number: int, wanted: list[str]) -> None:
    """Wait until exactly that became of a rule."""
    until(f"{wanted} on record", lambda: outcomes(admin, number) == wanted)
