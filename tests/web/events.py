"""Rules and what belongs to them, as tests of pages see them: from outside the browser."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, Page

from tests.suite import Unit
from tests.web.conftest import open_page

INPUT = "tns1:Device/tnsaxis:IO/Port"
MANUAL_TRIGGER = "tns1:Device/tnsaxis:IO/VirtualPort"
VIRTUAL_INPUT = "tns1:Device/tnsaxis:IO/VirtualInput"
STOP = {"template": "com.axis.action.fixed.stop.audioclip"}


def content(values: Mapping[str, str]) -> str:
    """Return the filter for messages with these values."""
    return " and ".join(
        f'boolean(//SimpleItem[@Name="{name}" and @Value="{value}"])'
        for name, value in values.items()
    )


def listed(unit: Unit, what: str) -> list[dict[str, Any]]:
    """Return the rules, recipients or schedules as another client sees them."""
    with unit.admin() as admin:
        answer = admin.get(f"/api/{what}")
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found


def rule(unit: Unit, name: str) -> dict[str, Any]:
    """Return a rule with whether it is active."""
    return next(one for one in listed(unit, "rules") if one["rule"]["name"] == name)


def put_rule(
    unit: Unit, name: str, *conditions: Mapping[str, Any], action: Mapping[str, Any] = STOP
) -> int:
    """Store a rule as another client would."""
    stored = {"name": name, "action": 0, "conditions": list(conditions)}
    with unit.admin() as admin:
        answer = admin.post("/api/rules", json={"rule": stored, "action": action})
        answer.raise_for_status()
        return int(answer.json()["id"])


@contextmanager
def events_as_they_come(unit: Unit) -> Iterator[None]:
    """Leave no rule, recipient or schedule but those that were there before."""
    before = _ids(unit)
    try:
        yield
    finally:
        after = _ids(unit)
        with unit.admin() as admin:
            for path in sorted(after - before, key=lambda path: not path.startswith("/api/rules")):
                admin.delete(path).raise_for_status()
            admin.get("/axis-cgi/stopclip.cgi").raise_for_status()


def _ids(unit: Unit) -> set[str]:
    return {
        *(f"/api/rules/{one['rule']['id']}" for one in listed(unit, "rules")),
        *(f"/api/recipients/{one['id']}" for one in listed(unit, "recipients")),
        *(f"/api/schedules?id={one['schedule']['id']}" for one in listed(unit, "schedules")),
    }


def open_rules(page: Page, unit: Unit) -> None:
    """Go to the rules, and wait for the list."""
    open_page(page, unit, "/system/events/rules", "Rules")
    page.get_by_role("list", name="Rules").wait_for()


def row(page: Page, what: str, name: str) -> Locator:
    """Return the entry of a list."""
    return (
        page.get_by_role("list", name=what, exact=True)
        .get_by_role("listitem")
        .filter(has=page.get_by_role("heading", name=name, exact=True))
    )


def choose(page: Page, name: str, item: str) -> None:
    """Choose from the menu of an entry."""
    page.get_by_role("button", name=f"More for {name}", exact=True).click()
    page.get_by_role("menuitem", name=item).click()
