"""The pages System > SIP > SIP accounts and System > SIP > DTMF."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.contract.sip_http_rig import Service, needs_stack
from tests.contract.sip_servers import REALM, Kamailio, running
from tests.suite import Unit, until
from tests.web.conftest import open_page
from tests.web.events import content, events_as_they_come, listed, open_rules, rule
from tests.web.sip import accounts, card, choose, dialog, press, said, sip_as_it_comes, switch

USER, PASSWORD = "110", "Marker-pbx-110"
PEER = "peer to peer"
SHARED = "Peer-to-peer accounts"


@pytest.fixture
def sip(unit: Unit) -> Iterator[Service]:
    """SIP as it comes: off."""
    with sip_as_it_comes(unit) as service:
        yield service


@pytest.fixture
def page_of_accounts(signed_in: Page, unit: Unit, sip: Service) -> Page:
    """The page with the accounts."""
    open_page(signed_in, unit, "/system/sip/accounts", "SIP accounts")
    row(signed_in, PEER).wait_for()
    return signed_in


def row(page: Page, name: str) -> Locator:
    """Return the entry of an account."""
    entries = page.get_by_role("list", name="SIP accounts").get_by_role("listitem")
    return entries.filter(has=page.get_by_role("heading", name=re.compile(f"^{name}")))


def add_by_api(service: Service, **fields: Any) -> str:
    """Add an account as another client would."""
    id_: str = service.give("SetSIPAccount", SIPAccount=fields)["SIPAccountId"]
    return id_


@pytest.mark.covers("M-SIP-25", "M-SIP-27", "M-SIP-28", "M-SIP-29", "M-SIP-30", part="web")
@pytest.mark.covers("M-SIP-31", "M-SIP-32", "M-SIP-33", "M-SIP-34", "M-SIP-35", part="web")
@pytest.mark.covers("M-SIP-36", "M-SIP-37", "M-SIP-38", "M-SIP-39", "M-SIP-40", part="web")
@pytest.mark.covers("M-SIP-41", "M-SIP-42", part="web")
def test_an_account_is_added_with_every_field(page_of_accounts: Page, sip: Service) -> None:
    """What is entered is what another client reads; TLS has fields of its own; no password comes back."""
    page = page_of_accounts
    press(page.locator("main"), "Add account")
    form = dialog(page, "Add account")
    press(form, "Add account")
    expect(form.get_by_text("Enter the user ID.")).to_be_visible()
    expect(form.get_by_text("Enter the registrar, or a domain.")).to_be_visible()
    switch(form, "Answer automatically")
    switch(form, "Prioritize IPv6 over IPv4")
    texts = {
        "Name": "Hall",
        "User ID": USER,
        "Domain": REALM,
        "Password": PASSWORD,
        "Authentication ID": "auth",
        "Caller ID": "Hall door",
        "Registrar": "192.0.2.9:5070",
    }
    for label, value in texts.items():
        form.get_by_label(label, exact=True).fill(value)
    expect(form.get_by_label("TLS version")).to_have_count(0)
    form.get_by_label("Transport mode").select_option(label="TLS")
    form.get_by_label("TLS version").select_option(label="v1.3")
    form.get_by_label("Media encryption").select_option(label="SRTP, mandatory")
    expect(form.get_by_label("Certificate", exact=True)).to_be_visible()
    switch(form, "Verify server certificate")
    switch(form, "Secondary SIP server")
    form.get_by_label("Secondary registrar").fill("192.0.2.10")
    switch(form, "SIP secure")
    proxies = form.get_by_role("region", name="Proxies", exact=True)
    for server in ("first.example", "second.example"):
        press(proxies, "Proxy")
        proxies.get_by_label("Server address").last.fill(server)
    proxies.get_by_label("Username").last.fill("passer")
    proxies.get_by_label("Password", exact=True).last.fill("Marker-proxy")
    press(proxies, "Move second.example up")
    press(form, "Add account")
    said(page, "The account “Hall” was added.")

    told = accounts(sip)["Hall"]
    wanted = {"UserId": USER, "PublicDomain": REALM, "AuthenticationId": "auth"}
    wanted |= {"CallerId": "Hall door", "Registrar": "192.0.2.9:5070", "Transport": "tls"}
    wanted |= {"EncryptionProtocols": "TLSv13", "MediaEncryption": "SRTPMandatory"}
    wanted |= {"VerifyServerCertificate": "true", "SecondaryRegistrar": "192.0.2.10"}
    wanted |= {"SIPSEnabled": "true", "PrioritizeIPv6": "true", "AnswerAutomatically": "false"}
    assert {name: told[name] for name in wanted} == wanted
    servers = [(one["Server"], one["Username"]) for one in told["SIPProxies"]]
    assert servers == [("second.example", "passer"), ("first.example", "")]

    choose(page, "Hall", "Edit")
    form = dialog(page, "Edit “Hall”")
    expect(form.get_by_label("Password", exact=True).first).to_have_value("")
    for label, value in texts.items():
        if label != "Password":
            expect(form.get_by_label(label, exact=True)).to_have_value(value)
    assert PASSWORD not in page.content()
    form.get_by_label("Registrar", exact=True).fill("192.0.2.11")
    press(form, "Save")
    # Whoever may set a server is not told the password by it.
    expect(form.get_by_text("Send it again, because another server would get it.")).to_be_visible()
    form.get_by_label("Password", exact=True).first.fill(PASSWORD)
    switch(form, "Active")
    press(form, "Save")
    said(page, "The account “Hall” was saved.")
    told = accounts(sip)["Hall"]
    assert (told["Registrar"], told["Enabled"]) == ("192.0.2.11", "false")
    expect(row(page, "Hall")).to_contain_text("Not active")
    assert told["Password"] != ""

    choose(page, "Hall", "Edit")
    form.get_by_text("Remove the password", exact=True).click()
    expect(form.get_by_label("Password", exact=True).first).to_be_disabled()
    press(form, "Save")
    expect(form).to_be_hidden()
    assert accounts(sip)["Hall"]["Password"] == ""


@pytest.mark.covers("M-SIP-24", "M-SIP-26", part="web")
def test_there_is_always_one_default_account(page_of_accounts: Page, sip: Service) -> None:
    """It cannot be deleted, which is explained; another one takes its place, and then it can."""
    page = page_of_accounts
    choose(page, PEER, "Delete")
    why = dialog(page, f"“{PEER}” is the default account")
    expect(why).to_contain_text("Add another account and make it the default first")
    page.keyboard.press("Escape")
    add_by_api(sip, Name="Desk", UserId="desk")
    expect(row(page, PEER)).to_contain_text("Default")
    choose(page, "Desk", "Make default")
    expect(row(page, "Desk")).to_contain_text("Default")
    expect(row(page, PEER)).not_to_contain_text("Default")
    choose(page, PEER, "Delete")
    press(page.get_by_role("dialog"), "Delete")
    expect(row(page, PEER)).to_have_count(0)
    assert list(accounts(sip)) == ["Desk"]


@needs_stack
@pytest.mark.covers("M-SIP-23")
def test_the_circle_says_how_an_account_is(signed_in: Page, unit: Unit, tmp_path: Path) -> None:
    """Green when the server has registered it, red with the cause when not, neither for peer-to-peer."""
    server = Kamailio(tmp_path, {USER: PASSWORD})
    with running(server), sip_as_it_comes(unit, on=True) as sip:
        registrar = f"127.0.0.1:{server.port}"
        common = {"PublicDomain": REALM, "Registrar": registrar, "Password": PASSWORD}
        good = add_by_api(sip, Name="Good", UserId=USER, **common)
        add_by_api(sip, Name="Unknown", UserId="999", **common)
        open_page(signed_in, unit, "/system/sip/accounts", "SIP accounts")
        expect(row(signed_in, "Good").locator(".status")).to_have_text("Registered")
        expect(row(signed_in, "Good").locator(".status")).to_have_class(re.compile("green"))
        expect(row(signed_in, "Good")).to_contain_text(f"sip:{USER}@{REALM}")
        unknown = row(signed_in, "Unknown").locator(".status")
        expect(unknown).to_have_class(re.compile("red"))
        expect(unknown).to_contain_text(
            "does not accept the user ID, authentication ID or password"
        )
        expect(row(signed_in, PEER).locator(".status")).to_have_text("Peer-to-peer")
        sip.give("SetSIPAccount", SIPAccount={"Id": good, "Password": "wrong"})
        expect(row(signed_in, "Good").locator(".status")).to_have_class(re.compile("red"))


def sequences(service: Service) -> dict[str, tuple[str, set[str]]]:
    """Return the sequences with their descriptions and in which configurations they are."""
    events = {one["Id"]: one["Name"] for one in service.give("GetDTMFEvents")["DTMFEvent"]}
    found = {}
    for one in service.give("GetDTMFTriggers")["DTMFTrigger"]:
        where = {
            each["Id"]
            for each in service.give("GetDTMFConfigurations")["DTMFConfiguration"]
            if one["Id"] in each.get("DTMFTriggerId", [])
        }
        found[one["DTMFSequence"]] = events[one["DTMFEventId"]], where
    return found


def configuration_of(service: Service, name: str) -> dict[str, Any]:
    """Return what touch-tones do on an account."""
    id_ = accounts(service)[name]["DTMFConfigurationId"] or "dtmf_config_default"
    found: dict[str, Any] = service.give("GetDTMFConfiguration", DTMFConfigurationId=id_)
    return dict(found["DTMFConfiguration"])


@pytest.mark.covers("M-SIP-44", "M-SIP-45", "M-SIP-46", "M-SIP-47", "M-SIP-48", part="web")
@pytest.mark.covers("M-HOW-05", part="web: the sequence")
def test_touch_tones_are_set_for_each_account(signed_in: Page, unit: Unit, sip: Service) -> None:
    """Sequences and protocols; the peer-to-peer accounts are shown as one."""
    add_by_api(sip, Name="Second", UserId="second")
    add_by_api(sip, Name="Desk", UserId=USER, Registrar="192.0.2.9")
    page = signed_in
    open_page(page, unit, "/system/sip/dtmf", "DTMF")
    part = card(page, "Sequences")
    press(part, "Add sequence")
    form = dialog(page, "Add sequence")
    form.get_by_role("textbox", name="Sequence").fill("1E")
    press(form, "Add sequence")
    expect(form.get_by_text("Allowed characters: 0-9, A-D, # and *.")).to_be_visible()
    expect(form.get_by_text("Enter a description.")).to_be_visible()
    expect(form.get_by_role("checkbox")).to_have_count(2)
    form.get_by_role("textbox", name="Sequence").fill("1")
    form.get_by_label("Description").fill("stop audio")
    form.get_by_text("Desk", exact=True).click()
    press(form, "Add sequence")
    said(page, "The sequence 1 was saved.")
    expect(part.get_by_role("listitem")).to_contain_text(["1: stop audio"])
    assert sequences(sip) == {"1": ("stop audio", {"dtmf_config_default"})}
    assert configuration_of(sip, "Desk").get("DTMFTriggerId", []) == []
    assert len(configuration_of(sip, "Second")["DTMFTriggerId"]) == 1

    protocols = card(page, "Protocols")
    switch(protocols.get_by_role("group", name="Desk"), "Use RTP (RFC2833)")
    desk = protocols.get_by_role("group", name="Desk").get_by_role("switch")
    expect(desk.first).not_to_be_checked()
    shared = protocols.get_by_role("group", name=SHARED)
    switch(shared, "Use SIP INFO (RFC2976)")
    expect(shared.get_by_role("switch").last).not_to_be_checked()
    expect(desk.last).to_be_checked()
    for name, wanted in (("Desk", ("false", "true")), ("Second", ("true", "false"))):
        told = configuration_of(sip, name)
        assert (told["RFC2833"], told["RFC2976"]) == wanted

    choose(page, "1", "Edit sequence")
    form = dialog(page, "Edit sequence")
    form.get_by_role("textbox", name="Sequence").fill("*1")
    form.get_by_text("Desk", exact=True).click()
    press(form, "Save")
    said(page, "The sequence *1 was saved.")
    assert len(configuration_of(sip, "Desk")["DTMFTriggerId"]) == 1
    choose(page, "*1", "Delete sequence")
    press(page.get_by_role("dialog"), "Delete")
    expect(part.get_by_text("There are no sequences.")).to_be_visible()
    assert sip.give("GetDTMFEvents").get("DTMFEvent", []) == []


@pytest.mark.covers("M-SIP-45")
@pytest.mark.covers("M-HOW-05", part="web: the rule")
def test_a_rule_names_a_sequence_by_its_description(
    signed_in: Page, unit: Unit, sip: Service
) -> None:
    """Described on the page of DTMF, chosen in the editor of rules; stored is the ID of the event."""
    page = signed_in
    open_page(page, unit, "/system/sip/dtmf", "DTMF")
    for keys, description in (("2", "something else"), ("1", "stop audio")):
        press(card(page, "Sequences"), "Add sequence")
        form = dialog(page, "Add sequence")
        form.get_by_role("textbox", name="Sequence").fill(keys)
        form.get_by_label("Description").fill(description)
        press(form, "Add sequence")
        said(page, f"The sequence {keys} was saved.")
    events = {one["Name"]: one["Id"] for one in sip.give("GetDTMFEvents")["DTMFEvent"]}
    with events_as_they_come(unit):
        open_rules(page, unit)
        press(page.locator("main"), "Add a rule")
        page.get_by_label("Name", exact=True).fill("DTMF stop audio")
        page.get_by_label("Condition", exact=True).select_option(label="DTMF")
        page.get_by_label("DTMF Event ID").select_option(label="stop audio")
        page.get_by_label("Action", exact=True).select_option(label="Stop playing audio clip")
        expect(
            page.get_by_text(
                "When the keys “stop audio” are pressed in a call: stop playing audio clip."
            )
        ).to_be_visible()
        press(page.locator("main"), "Add rule")
        until("it is stored", lambda: "DTMF stop audio" in names(unit))
        stored = rule(unit, "DTMF stop audio")["rule"]["trigger"]
        assert stored["topic"] == "tnsaxis:Call/DTMF"
        assert stored["content"] == content({"DTMFEventId": events["stop audio"]})


def names(unit: Unit) -> list[str]:
    """Return what the rules are called."""
    return [one["rule"]["name"] for one in listed(unit, "rules")]
