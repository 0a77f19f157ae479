"""The page System > SIP > Test call, with a real phone at the other end."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.contract.sip_http_rig import Service, needs_stack
from tests.contract.sip_phone import Phone, phone
from tests.suite import Unit, free_port
from tests.web.conftest import open_page, sign_in
from tests.web.sip import card, press, sip_as_it_comes
from tests.web.test_accounts import PASSWORD, only_root
from tests.web.test_accounts import add_by_api as add_user

pytestmark = needs_stack


@pytest.fixture
def sip(unit: Unit) -> Iterator[Service]:
    """SIP, switched on."""
    with sip_as_it_comes(unit, on=True) as service:
        yield service


@pytest.fixture
def telephone(tmp_path: Path) -> Iterator[Phone]:
    """A phone beside the unit."""
    with phone(tmp_path / "phone") as running:
        yield running


@pytest.mark.covers("M-SIP-49")
def test_a_test_call_is_seen_until_its_end(
    signed_in: Page, unit: Unit, sip: Service, telephone: Phone
) -> None:
    """It is made from the chosen account, rings, is answered, and ends with the reason in words."""
    sip.give("SetSIPAccount", SIPAccount={"Name": "Second", "UserId": "second"})
    page = signed_in
    open_page(page, unit, "/system/sip/test-call", "Test call")
    form = card(page, "Test call")
    expect(form.get_by_label("SIP account").locator("option")).to_have_text(
        [re.compile(r"peer to peer \(default\): sip:"), re.compile("Second: sip:")]
    )
    form.get_by_label("SIP account").select_option(index=1)
    press(form, "Call")
    expect(form.get_by_text("Enter a SIP address.")).to_be_visible()
    form.get_by_label("SIP address").fill(telephone.uri)
    press(form, "Call")
    ringing = telephone.wait("CALL_INCOMING")
    assert "second" in str(ringing)
    status = form.get_by_role("status", name="Test call")
    expect(status).to_contain_text("It rings at the other end.")
    telephone.answer()
    expect(status).to_contain_text("Connected")
    press(form, "Hang up")
    expect(status).to_contain_text("The call ended.")
    telephone.wait("CALL_CLOSED")

    form.get_by_label("SIP address").fill(telephone.uri)
    form.get_by_label("SIP address").press("Enter")
    telephone.wait("CALL_INCOMING")
    telephone.hang_up()
    expect(status).to_contain_text(re.compile("The other party (is busy|declined the call)"))
    entries = card(page, "Calls").get_by_role("listitem")
    expect(entries).to_have_count(2)
    expect(entries.first).to_contain_text("The other party")


def test_a_call_that_comes_in_is_shown_and_ended(
    signed_in: Page, unit: Unit, sip: Service, telephone: Phone
) -> None:
    """Among the calls, with a button that ends it; settings that wait for its end say so."""
    open_page(signed_in, unit, "/system/sip/test-call", "Test call")
    port = sip.give("GetSIPConfiguration")["SIPConfiguration"]["SIPPort"]
    telephone.call(f"sip:unit@127.0.0.1:{port}")
    telephone.wait("CALL_ESTABLISHED")
    entry = card(signed_in, "Calls").get_by_role("listitem").first
    expect(entry).to_contain_text("Incoming")
    expect(entry).to_contain_text("Connected")
    sip.give("SetSIPConfiguration", SIPConfiguration={"SIPPort": free_port()})
    waits = signed_in.get_by_text("as soon as the last call has ended")
    expect(waits).to_be_visible()
    entry.get_by_role("button", name="End the call with").click()
    telephone.wait("CALL_CLOSED")
    expect(entry).to_contain_text("The call ended.")
    expect(waits).not_to_be_visible()


def test_an_operator_makes_test_calls_and_no_settings(page: Page, unit: Unit, sip: Service) -> None:
    """A viewer does neither; why a call came to nothing is said."""
    only_root(unit)
    try:
        with unit.admin() as admin:
            add_user(admin, "olga", "viewer:operator")
        sign_in(page, unit, "olga", PASSWORD)
        navigation = page.get_by_role("navigation", name="Pages")
        expect(navigation.get_by_role("link", name="Test call")).to_be_visible()
        expect(navigation.get_by_role("link", name=re.compile("^SIP "))).to_have_count(0)
        open_page(page, unit, "/system/sip/test-call", "Test call")
        form = card(page, "Test call")
        form.get_by_label("SIP address").fill(f"sip:nobody@127.0.0.1:{free_port()};transport=tcp")
        press(form, "Call")
        expect(form.get_by_role("status", name="Test call")).to_contain_text(
            re.compile(r"(Nobody answered|The call failed) \(\d+ .+\)")
        )
    finally:
        only_root(unit)


def test_without_sip_nobody_is_called(signed_in: Page, unit: Unit) -> None:
    """The page says so, and where it is switched on."""
    with sip_as_it_comes(unit):
        open_page(signed_in, unit, "/system/sip/test-call", "Test call")
        expect(signed_in.get_by_text("SIP is not enabled.")).to_be_visible()
        expect(card(signed_in, "Test call").get_by_role("button", name="Call")).to_be_disabled()
        signed_in.get_by_role("link", name="Open the SIP settings").click()
        expect(signed_in.get_by_role("heading", level=1)).to_have_text("SIP settings")
