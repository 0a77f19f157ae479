"""The page System > Events > Recipients."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.suite import Unit, free_port
from tests.web.conftest import open_page
from tests.web.events import choose, events_as_they_come, listed, row

SECRET = "not to be seen again"


@pytest.fixture
def recipients(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, without what a test adds afterwards."""
    with events_as_they_come(unit):
        open_page(signed_in, unit, "/system/events/recipients", "Recipients")
        signed_in.get_by_role("list", name="Recipients").wait_for()
        yield signed_in


@contextmanager
def somebody_listens() -> Iterator[int]:
    """Yield a port at which connections are taken."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def add(page: Page, name: str, kind: str, **fields: str) -> None:
    """Add a recipient."""
    page.get_by_role("button", name="Add a recipient").click()
    dialog = page.get_by_role("dialog", name="Add a recipient")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_label("Type", exact=True).select_option(label=kind)
    for label, value in fields.items():
        dialog.get_by_label(label.replace("_", " "), exact=True).fill(value)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).not_to_be_visible()


@pytest.mark.covers("M-RCP-22", part="the page")
def test_a_recipient_is_tested_with_the_outcome_shown(recipients: Page) -> None:
    """Somebody who is there, and nobody."""
    with somebody_listens() as port:
        add(recipients, "Listener", "TCP", Host="127.0.0.1", Port=str(port))
        recipients.get_by_role("button", name="Test Listener").click()
        expect(recipients.get_by_text("“Listener”: the test went well.")).to_be_visible()
    choose(recipients, "Listener", "Edit recipient")
    dialog = recipients.get_by_role("dialog")
    dialog.get_by_label("Port", exact=True).fill(str(free_port()))
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog.get_by_text("The test failed.")).to_be_visible()


@pytest.mark.covers("M-RCP-01", "M-RCP-23", part="the page")
def test_a_recipient_is_viewed_copied_and_deleted(recipients: Page, unit: Unit) -> None:
    """The password goes in and never comes out; a copy can be changed."""
    add(
        recipients,
        "Notify",
        "HTTP",
        URL="http://192.0.2.1/notify.cgi",
        **{"Username_(optional)": "unit", "Password_(optional)": SECRET},
    )
    entry = row(recipients, "Recipients", "Notify")
    expect(entry).to_contain_text("HTTP: http://192.0.2.1/notify.cgi")
    choose(recipients, "Notify", "View recipient")
    expect(recipients.get_by_role("dialog")).to_contain_text("unit")
    expect(recipients.get_by_role("dialog")).to_contain_text("Cannot be read back")
    recipients.keyboard.press("Escape")
    choose(recipients, "Notify", "Copy recipient")
    dialog = recipients.get_by_role("dialog", name="Edit “Copy of Notify”")
    dialog.get_by_label("URL", exact=True).fill("http://192.0.2.2/notify.cgi")
    dialog.get_by_label("Password (optional)", exact=True).fill("another one")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).not_to_be_visible()
    expect(row(recipients, "Recipients", "Copy of Notify")).to_contain_text("192.0.2.2")
    assert SECRET not in recipients.content()
    assert SECRET not in str(listed(unit, "recipients"))
    choose(recipients, "Notify", "Delete recipient")
    recipients.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(row(recipients, "Recipients", "Notify")).to_have_count(0)
    assert [one["name"] for one in listed(unit, "recipients")] == ["Copy of Notify"]


@pytest.mark.covers("M-RCP-03", part="the page")
@pytest.mark.covers("M-RCP-26", "M-RCP-27")
def test_each_kind_has_its_fields_and_notes(recipients: Page) -> None:
    """All of the manual's types; what the unit lacks says so; notes stand where they matter."""
    recipients.get_by_role("button", name="Add a recipient").click()
    dialog = recipients.get_by_role("dialog", name="Add a recipient")
    kinds = dialog.get_by_label("Type", exact=True).locator("option").all_inner_texts()
    wanted = ["FTP", "HTTP", "HTTPS", "Network storage", "SFTP", "SIP or VMS", "Email", "TCP"]
    assert {kind.partition(":")[0] for kind in kinds[1:]} == set(wanted)
    for kind in ("FTP", "SFTP", "TCP"):
        dialog.get_by_label("Type", exact=True).select_option(label=kind)
        expect(dialog.get_by_text("needs a DNS server")).to_be_visible()
    dialog.get_by_label("Type", exact=True).select_option(label="Email")
    expect(dialog.get_by_text("Some email providers have security filters")).to_be_visible()
    expect(dialog.get_by_label("Port", exact=True)).to_have_value("587")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Enter a name.")).to_be_visible()
    expect(dialog.get_by_text("Enter Send email to.")).to_be_visible()


@pytest.mark.covers("M-RCP-15", part="the page")
def test_a_call_is_from_an_account_that_is_chosen(recipients: Page, unit: Unit) -> None:
    """The accounts are there by their names; the test says why it cannot call."""
    recipients.get_by_role("button", name="Add a recipient").click()
    dialog = recipients.get_by_role("dialog", name="Add a recipient")
    dialog.get_by_label("Name", exact=True).fill("Reception")
    dialog.get_by_label("Type", exact=True).select_option(label="SIP or VMS")
    account = dialog.get_by_label("From SIP account", exact=True)
    named = re.compile("^peer to peer$", re.IGNORECASE)
    expect(account.locator("option")).to_have_text(["The default account", named])
    account.select_option(value="peer-to-peer")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("To SIP address is missing")
    dialog.get_by_label("To SIP address (optional)", exact=True).fill("sip:100@192.0.2.7")
    dialog.get_by_role("button", name="Test").click()
    expect(dialog).to_contain_text("SIP is off")
    dialog.get_by_role("button", name="Save").click()
    expect(row(recipients, "Recipients", "Reception")).to_be_visible()
    (stored,) = listed(unit, "recipients")
    assert stored["parameters"] == {
        "call_type": "sip",
        "from": "peer-to-peer",
        "to": "sip:100@192.0.2.7",
    }
