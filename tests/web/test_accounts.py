"""The page Accounts: who may use the unit, and how much of it."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.suite import Unit
from tests.web.conftest import PAGES, open_page, sign_in

PASSWORD = "not !a policy~"
IN_MENU = [title for title, _ in PAGES.values()]
ANYBODYS = [
    *("Status", "Device settings", "Stream", "Audio clips", "Listen and record", "Audio now"),
    *("Self test", "Manual triggers", "Detectors", "I/O ports", "Front panel"),
]
OPERATORS = ["Multicast paging", "Rules", "Recipients", "Schedules", "Record", "Test call"]
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture
def accounts_page(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, with root only before and after."""
    only_root(unit)
    open_page(signed_in, unit, "/system/accounts", "Accounts")
    signed_in.get_by_role("table").wait_for()
    yield signed_in
    only_root(unit)


def names(admin: httpx.Client) -> list[str]:
    """Return the accounts as VAPIX lists them."""
    answer = admin.get("/axis-cgi/pwdgrp.cgi", params={"action": "get"}).text
    line = next(line for line in answer.splitlines() if line.startswith("digusers="))
    return line.partition("=")[2].strip('"').split(",")


def only_root(unit: Unit) -> None:
    """Remove every account but root."""
    with unit.admin() as admin:
        for name in names(admin):
            if name != "root":
                form = {"action": "remove", "user": name}
                assert "Removed" in admin.post("/axis-cgi/pwdgrp.cgi", data=form).text


def add_by_api(admin: httpx.Client, name: str, role: str, comment: str = "") -> None:
    """Add an account as another client would."""
    form = {
        "action": "add",
        "user": name,
        "pwd": PASSWORD,
        "grp": "users",
        "sgrp": role,
        "comment": comment,
    }
    assert "Created account" in admin.post("/axis-cgi/pwdgrp.cgi", data=form).text


def row(page: Page, name: str) -> Locator:
    """Return the row of an account."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def fill(page: Page, name: str, password: str, repeated: str, role: str) -> Locator:
    """Fill the dialog Add account; returns it."""
    page.get_by_role("button", name="Add account").click()
    dialog = page.get_by_role("dialog", name="Add account")
    dialog.get_by_label("Account", exact=True).fill(name)
    dialog.get_by_label("New password").fill(password)
    dialog.get_by_label("Repeat password").fill(repeated)
    dialog.get_by_text(role, exact=True).click()
    return dialog


@pytest.mark.covers("M-ACC-01")
@pytest.mark.covers("M-ACC-03", part="web interface")
@pytest.mark.parametrize("role", ["Administrator", "Operator", "Viewer"])
def test_an_account_is_added(accounts_page: Page, unit: Unit, role: str) -> None:
    """Name, password twice and privileges; the new account can log in with that role."""
    dialog = fill(accounts_page, "Ellen7", PASSWORD, PASSWORD, role)
    dialog.get_by_role("button", name="Add account").click()
    expect(row(accounts_page, "Ellen7")).to_contain_text(role)
    with unit.user("Ellen7", PASSWORD) as ellen:
        groups = ellen.get("/axis-cgi/usergroup.cgi").text.splitlines()[1].split()
    assert ("admin" in groups) == (role == "Administrator")
    assert ("operator" in groups) == (role != "Viewer")
    assert "viewer" in groups


@pytest.mark.covers("M-ACC-02", "M-ACC-03", part="web interface")
@pytest.mark.parametrize(
    ("name", "password", "repeated", "words"),
    [
        ("root", "x", "x", "The account root exists already."),
        ("", "x", "x", "Enter an account name."),
        ("not good", "x", "x", "Use 1 to 14 letters"),
        ("joe", "", "", "Enter a password."),
        ("joe", "pässword", "pässword", "letters with accents"),
        ("joe", "one", "two", "The passwords are not the same."),
    ],
)
def test_a_wrong_account_is_told_at_its_field(
    accounts_page: Page, unit: Unit, name: str, password: str, repeated: str, words: str
) -> None:
    """The dialog stays open and says what to mend; nothing is added."""
    dialog = fill(accounts_page, name, password, repeated, "Viewer")
    dialog.get_by_role("button", name="Add account").click()
    expect(dialog.get_by_text(words)).to_be_visible()
    with unit.admin() as admin:
        assert names(admin) == ["root"]


@pytest.mark.covers("M-ACC-01")
def test_with_a_hundred_accounts_no_more_can_be_added(accounts_page: Page, unit: Unit) -> None:
    """The page counts, and says why the button is off."""
    with unit.admin() as admin:
        for number in range(99):
            add_by_api(admin, f"user{number}", "viewer")
    accounts_page.reload()
    expect(accounts_page.get_by_text("100 of 100 accounts")).to_be_visible()
    expect(accounts_page.get_by_role("button", name="Add account")).to_be_disabled()


@pytest.mark.covers("M-ACC-07")
def test_an_account_is_updated_and_deleted(accounts_page: Page, unit: Unit) -> None:
    """Another role without another password, another password, and gone."""
    with unit.admin() as admin:
        add_by_api(admin, "frank", "viewer")
    accounts_page.reload()
    accounts_page.get_by_role("button", name="More for frank").click()
    accounts_page.get_by_role("menuitem", name="Update account").click()
    dialog = accounts_page.get_by_role("dialog", name="Update account frank")
    dialog.get_by_text("Operator", exact=True).click()
    dialog.get_by_role("button", name="Save").click()
    expect(row(accounts_page, "frank")).to_contain_text("Operator")
    with unit.user("frank", PASSWORD) as frank:
        assert "operator" in frank.get("/axis-cgi/usergroup.cgi").text

    accounts_page.get_by_role("button", name="More for frank").click()
    accounts_page.get_by_role("menuitem", name="Update account").click()
    dialog.get_by_label("New password").fill("new")
    dialog.get_by_label("Repeat password").fill("new")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).not_to_be_visible()
    with unit.user("frank", "new") as frank:
        assert frank.get("/axis-cgi/usergroup.cgi").status_code == 200

    accounts_page.get_by_role("button", name="More for frank").click()
    accounts_page.get_by_role("menuitem", name="Delete account").click()
    question = accounts_page.get_by_role("dialog", name="Delete account frank?")
    question.get_by_role("button", name="Delete", exact=True).click()
    expect(row(accounts_page, "frank")).to_have_count(0)
    with unit.admin() as admin:
        assert names(admin) == ["root"]


@pytest.mark.covers("M-ACC-07")
def test_root_cannot_be_deleted(accounts_page: Page) -> None:
    """The menu of root offers to update it, and nothing more."""
    accounts_page.get_by_role("button", name="More for root").click()
    expect(accounts_page.get_by_role("menuitem")).to_have_text(["Update account"])


@pytest.mark.covers("M-ACC-05", "M-ACC-06", part="web interface")
@pytest.mark.parametrize(
    ("role", "pages", "may_add"),
    [
        ("viewer", ANYBODYS, False),
        ("viewer:operator", sorted([*ANYBODYS, *OPERATORS], key=IN_MENU.index), True),
    ],
)
def test_other_roles_see_what_they_may_use(
    page: Page, unit: Unit, role: str, pages: list[str], may_add: bool
) -> None:
    """Of System an operator reads what rules do and why, and changes nothing; a viewer finds nothing to change."""
    only_root(unit)
    with unit.admin() as admin:
        add_by_api(admin, "guest", role)
    sign_in(page, unit, "guest", PASSWORD)
    navigation = page.get_by_role("navigation", name="Pages")
    expect(navigation.get_by_role("link")).to_have_text(pages)
    expect(page.get_by_role("button", name="Locate device")).to_be_disabled()
    open_page(page, unit, "/audio/clips", "Audio clips")
    page.get_by_role("table").wait_for()
    assert page.get_by_role("button", name="Add clip").is_visible() == may_add
    page.evaluate("location.hash = '/system/accounts'")
    expect(page.get_by_role("heading", level=1)).to_have_text("Status")
    only_root(unit)


def test_markup_in_a_comment_stays_text(accounts_page: Page, unit: Unit) -> None:
    """A comment that another client stored is shown as it was typed."""
    with unit.admin() as admin:
        add_by_api(admin, "mallory", "viewer", HOSTILE)
    accounts_page.reload()
    expect(row(accounts_page, "mallory")).to_contain_text(HOSTILE)
    accounts_page.get_by_role("button", name="More for mallory").click()
    accounts_page.get_by_role("menuitem", name="Update account").click()
    expect(accounts_page.get_by_label("Comment (optional)")).to_have_value(HOSTILE)
    assert accounts_page.locator("img[src='x']").count() == 0
