"""The section SSH accounts of the page Accounts: who may maintain the unit over SSH."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.suite import Unit
from tests.web.conftest import open_page

USERS = "/config/rest/ssh/v2/users"
PASSWORD = "not !a policy~"
PARAMETER = "Network.SSH.Enabled"


@pytest.fixture
def section(signed_in: Page, unit: Unit) -> Iterator[Locator]:
    """The section, with no account and SSH off before and after."""
    as_it_was(unit)
    open_page(signed_in, unit, "/system/accounts", "Accounts")
    found = signed_in.get_by_role("region", name="SSH accounts")
    found.get_by_text("SSH is off").wait_for()
    yield found
    as_it_was(unit)


def as_it_was(unit: Unit) -> None:
    """Remove every SSH account, and switch SSH off."""
    with unit.admin() as admin:
        for user in admin.get(USERS).json()["data"]:
            admin.delete(f"{USERS}/{user['username']}")
        admin.get("/axis-cgi/param.cgi", params={"action": "update", PARAMETER: "no"})


def users(unit: Unit) -> list[dict[str, str]]:
    """Return the accounts as another client sees them."""
    with unit.admin() as admin:
        found: list[dict[str, str]] = admin.get(USERS).json()["data"]
        return found


def dialog_of(section: Locator, name: str) -> Locator:
    """Return an open dialog."""
    return section.page.get_by_role("dialog", name=name)


def fill(section: Locator, name: str, password: str, repeated: str, comment: str = "") -> Locator:
    """Fill the dialog Add SSH account and press its button; returns it."""
    section.get_by_role("button", name="Add SSH account").click()
    dialog = dialog_of(section, "Add SSH account")
    dialog.get_by_label("Account", exact=True).fill(name)
    dialog.get_by_label("New password").fill(password)
    dialog.get_by_label("Repeat password").fill(repeated)
    dialog.get_by_label("Comment (optional)").fill(comment)
    dialog.get_by_role("button", name="Add SSH account").click()
    return dialog


@pytest.mark.covers("M-ACC-10", part="web interface")
def test_ssh_is_enabled(section: Locator, unit: Unit) -> None:
    """The switch is the parameter; here, without systemd, the page says that nothing runs."""
    section.get_by_text("Off", exact=True).click()
    told = section.get_by_role("status").filter(has_text="SSH is on")
    expect(told).to_contain_text("does not run under systemd")
    with unit.admin() as admin:
        answer = admin.get("/axis-cgi/param.cgi", params={"action": "list", "group": PARAMETER})
    assert answer.text.strip() == f"{PARAMETER}=yes"


@pytest.mark.covers("M-ACC-11")
def test_an_account_is_added(section: Locator, unit: Unit) -> None:
    """Name, password twice and comment; what is wrong is said before anything is sent."""
    dialog = fill(section, "9lives", "", "x", "a:b")
    for text in ("begin with a letter", "Enter a password", "not the same", "colon"):
        expect(dialog).to_contain_text(text)
    for password, text in (("x" * 65, "longer than 64"), ("café", "letters with accents")):
        dialog.get_by_label("New password").fill(password)
        expect(dialog).to_contain_text(text)
    assert users(unit) == []
    dialog.get_by_role("button", name="Cancel").click()
    dialog = fill(section, "judy", PASSWORD, PASSWORD, "Night shift")
    expect(section.get_by_role("row", name="judy")).to_contain_text("Night shift")
    assert users(unit) == [{"username": "judy", "comment": "Night shift"}]
    fill(section, "joan", "~" * 64, "~" * 64)
    expect(section.get_by_role("row", name="joan")).to_be_visible()
    dialog = fill(section, "judy", PASSWORD, PASSWORD)
    expect(dialog).to_contain_text("exists already")
    assert {"username": "joan", "comment": ""} in users(unit)


@pytest.mark.covers("M-ACC-12", part="web interface")
def test_an_account_is_updated_and_deleted(section: Locator, unit: Unit) -> None:
    """By the menu of its row."""
    fill(section, "judy", PASSWORD, PASSWORD)
    more = section.get_by_role("button", name="More for SSH account judy")
    more.click()
    section.page.get_by_role("menuitem", name="Update SSH account").click()
    dialog = dialog_of(section, "Update SSH account judy")
    dialog.get_by_label("Comment (optional)").fill("Day shift")
    dialog.get_by_role("button", name="Save").click()
    expect(section.get_by_role("row", name="judy")).to_contain_text("Day shift")
    assert users(unit) == [{"username": "judy", "comment": "Day shift"}]
    more.click()
    section.page.get_by_role("menuitem", name="Delete SSH account").click()
    dialog = dialog_of(section, "Delete SSH account judy?")
    dialog.get_by_role("button", name="Delete").click()
    expect(section.get_by_text("There are no SSH accounts")).to_be_visible()
    assert users(unit) == []


def test_a_refusal_of_the_unit_is_shown(section: Locator, unit: Unit) -> None:
    """A name of the system is one that only the unit knows."""
    dialog = fill(section, "daemon", PASSWORD, PASSWORD)
    expect(dialog).to_contain_text("belongs to the system")
    assert users(unit) == []
