"""The page System > SIP > SIP settings, and the assistant."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.contract.sip_http_rig import Service, needs_stack
from tests.contract.sip_servers import REALM, Kamailio, running
from tests.suite import Unit, free_port
from tests.web.conftest import open_page
from tests.web.sip import (
    accounts,
    card,
    configuration,
    dialog,
    press,
    said,
    sip_as_it_comes,
    switch,
)

USER, PASSWORD = "110", "Marker-pbx-110"
SAVED = "The SIP settings were saved."


@pytest.fixture
def sip(unit: Unit) -> Iterator[Service]:
    """The settings as they come."""
    with sip_as_it_comes(unit) as service:
        yield service


@pytest.fixture
def settings(signed_in: Page, unit: Unit, sip: Service) -> Page:
    """The page."""
    open_page(signed_in, unit, "/system/sip/settings", "SIP settings")
    card(signed_in, "Access list").wait_for()
    return signed_in


def codecs(service: Service) -> list[str]:
    """Return the codecs in use, as another client sees them."""
    return [one["Name"] for one in service.give("GetAudioCodecs")["AudioCodec"]]


@pytest.mark.covers("M-SIP-02", "M-SIP-03", "M-SIP-04", "M-SIP-05", "M-SIP-06", part="web")
@pytest.mark.covers("M-SIP-07", "M-SIP-08", "M-SIP-09", "M-SIP-10", "M-SIP-11", part="web")
@pytest.mark.covers("M-SIP-12", "M-SIP-13", "M-SIP-15", "M-SIP-16", "M-SIP-17", part="web")
@pytest.mark.covers("M-SIP-18", "M-SIP-19", "M-SIP-20", "M-SIP-21", "M-SIP-22", part="web")
def test_every_setting_is_saved_and_shown_again(settings: Page, sip: Service) -> None:
    """What is entered is what another client reads, and what the page shows when it is loaded anew."""
    sip_port, tls_port, rtp_port = str(free_port()), str(free_port()), "20000"
    numbers = {
        "Calling timeout (s)": "45",
        "Incoming call duration (s)": "120",
        "SIP port": sip_port,
        "TLS port": tls_port,
        "RTP start port": rtp_port,
        "Register with server every (s)": "90",
        "DTMF payload type": "110",
        "Max retransmissions": "3",
        "Seconds until failback": "77",
        "Simultaneous calls": "2",
    }
    main = settings.locator("main")
    for label, value in numbers.items():
        main.get_by_label(label, exact=True).fill(value)
    main.get_by_text("Infinite call duration").click()
    names = ["Allow incoming calls", "ICE", "STUN", "TURN", "UPnP"]
    names += ["UDP-to-TCP switching", "Allow via rewrite", "Allow contact rewrite"]
    for name in [*names, "Follow transfers", "Follow redirects", "Use the access list"]:
        switch(main, name)
    main.get_by_label("STUN server", exact=True).fill("192.0.2.7, stun.example:3479")
    main.get_by_label("TURN server", exact=True).fill("192.0.2.8")
    main.get_by_label("TURN username", exact=True).fill("relay")
    main.get_by_label("TURN password", exact=True).fill("Marker-turn")
    main.get_by_label("Audio direction").select_option(label="Receive only: the speaker")
    main.get_by_text("Block them").click()
    main.get_by_label("Callers, one in each line").fill("*@198.51.100.7\n192.0.2.0/24")
    press(main, "Save")
    said(settings, SAVED)

    told = configuration(sip)
    wanted = {"CallingTimeout": "45", "MaxIncomingCallDuration": "120", "MaxCallDuration": "0"}
    wanted |= {"SIPPort": sip_port, "SIPTLSPort": tls_port, "RTPStartPort": rtp_port}
    wanted |= {"RegistrationInterval": "90", "DTMFPayloadType": "110", "MaxRetransmissions": "3"}
    wanted |= {"FailbackTime": "77", "MaxCalls": "2", "AudioDirection": "Receive"}
    true = ["AllowIncomingCalls", "ICEEnabled", "STUNEnabled", "TURNEnabled", "UPnPEnabled"]
    true += ["DisableTCPSwitch", "AllowViaRewrite", "AllowContactRewrite", "ApplyAccessList"]
    wanted |= dict.fromkeys(true, "true")
    wanted |= {"FollowTransfers": "false", "FollowRedirects": "false", "AccessListPolicy": "Block"}
    assert {name: told[name] for name in wanted} == wanted
    assert told["AccessList"] == ["*@198.51.100.7", "192.0.2.0/24"]
    assert [one["Server"] for one in told["STUNServers"]] == ["192.0.2.7", "stun.example:3479"]
    assert told["TURNServers"][0]["Username"] == "relay"

    settings.reload()
    for label, value in numbers.items():
        expect(main.get_by_label(label, exact=True)).to_have_value(value)
    expect(main.get_by_label("TURN password", exact=True)).to_have_value("")
    assert "Marker-turn" not in settings.content()
    expect(main.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    # What somebody else sets meanwhile is not set back.
    sip.give("SetSIPConfiguration", SIPConfiguration={"CallingTimeout": 50})
    main.get_by_label("Simultaneous calls", exact=True).fill("5")
    press(main, "Save")
    said(settings, SAVED)
    assert (configuration(sip)["CallingTimeout"], configuration(sip)["MaxCalls"]) == ("50", "5")


def test_what_is_wrong_stands_at_its_field(settings: Page, sip: Service) -> None:
    """Told by the page, or by the unit; nothing is changed, and discarding brings back what there is."""
    before = configuration(sip)
    ports, calls = card(settings, "Ports"), card(settings, "Call handling")
    ports.get_by_label("SIP port").fill("80")
    calls.get_by_label("Incoming call duration (s)").fill("601")
    press(settings.locator("main"), "Save")
    expect(ports.get_by_text("Enter a whole number from 1024 to 65535.")).to_be_visible()
    expect(calls.get_by_text("Enter a whole number from 1 to 600.")).to_be_visible()
    press(settings.locator("main"), "Discard changes")
    expect(ports.get_by_label("SIP port")).to_have_value(before["SIPPort"])
    ports.get_by_label("RTP start port").fill("65535")
    press(settings.locator("main"), "Save")
    expect(ports.locator(".bx--form-requirement")).to_contain_text("At most")
    assert configuration(sip) == before
    ports.get_by_label("RTP start port").fill("4000")
    expect(ports.locator(".bx--form-requirement")).to_have_count(0)


@pytest.mark.covers("M-SIP-14", part="web: at least one, and their order")
@pytest.mark.parametrize("way", ["keyboard", "mouse"])
def test_codecs_are_put_in_order(settings: Page, sip: Service, way: str) -> None:
    """By their arrows, or by dragging; what is not selected is not used, and one has to be."""
    audio = card(settings, "Audio")
    rows = audio.get_by_role("listitem")
    expect(rows.first).to_contain_text("Opus")
    assert codecs(sip)[:4] == ["opus", "G722", "PCMU", "PCMA"]
    if way == "keyboard":
        up = audio.get_by_role("button", name="Move G.711 A-law (PCMA) up")
        for place in (3, 2, 1):
            up.focus()
            settings.keyboard.press("Enter")
            said = f"G.711 A-law (PCMA) has priority {place} of "
            expect(audio.get_by_text(said)).to_be_attached()
    else:
        rows.nth(3).drag_to(rows.nth(0))
    expect(rows.first).to_contain_text("PCMA")
    audio.get_by_text("G.722", exact=True).click()
    press(settings.locator("main"), "Save")
    expect(settings.get_by_text(SAVED).last).to_be_visible()
    assert codecs(sip) == ["PCMA", "opus", "PCMU"]
    for name in ("G.711 A-law (PCMA)", "Opus", "G.711 µ-law (PCMU)"):
        audio.get_by_text(name, exact=True).click()
    press(settings.locator("main"), "Save")
    expect(audio.get_by_text("Select at least one audio codec.")).to_be_visible()
    assert codecs(sip) == ["PCMA", "opus", "PCMU"]


def through_a_server(page: Page, registrar: str, password: str) -> Locator:
    """Go through the assistant up to its summary."""
    press(card(page, "SIP"), "SIP setup assistant")
    steps = dialog(page, "SIP setup assistant")
    steps.get_by_text("Through a server (PBX)").click()
    press(steps, "Next")
    press(steps, "Next")
    expect(steps.get_by_text("Enter the user ID.")).to_be_visible()
    for label, value in {
        "User ID": USER,
        "Domain": REALM,
        "Password": password,
        "Caller ID": "Hall",
        "Registrar": registrar,
    }.items():
        steps.get_by_label(label, exact=True).fill(value)
    press(steps, "Next")
    steps.get_by_label("RTP start port").fill("30000")
    press(steps, "Next")
    steps.get_by_text("Opus", exact=True).click()
    press(steps, "Next")
    return steps


@needs_stack
@pytest.mark.covers("M-SIP-01")
@pytest.mark.covers("M-HOW-02", part="web")
def test_the_assistant_registers_at_a_server(settings: Page, sip: Service, tmp_path: Path) -> None:
    """Step by step; the outcome is seen as it comes, and what is wrong is mended in it."""
    server = Kamailio(tmp_path, {USER: PASSWORD})
    with running(server):
        steps = through_a_server(settings, f"127.0.0.1:{server.port}", "wrong")
        expect(steps).to_contain_text(re.compile(r"Authentication ID\s*110"))
        assert configuration(sip)["SIPEnabled"] == "false"
        press(steps, "Apply")
        outcome = steps.get_by_role("status", name="Registration")
        expect(outcome).to_contain_text("does not accept the user ID")
        for _ in range(4):
            press(steps, "Back")
        steps.get_by_label("Password", exact=True).fill(PASSWORD)
        for button in ("Next", "Next", "Next", "Apply"):
            press(steps, button)
        expect(outcome).to_have_text("Registered")
        expect(steps).to_contain_text(f"sip:{USER}@{REALM}")
        press(steps, "Close")
    expect(card(settings, "Ports").get_by_label("RTP start port")).to_have_value("30000")
    told = configuration(sip)
    assert (told["SIPEnabled"], told["AllowIncomingCalls"]) == ("true", "true")
    assert codecs(sip)[:2] == ["G722", "PCMU"]
    registered = [one for one in accounts(sip).values() if one["UserId"] == USER]
    assert [one["IsDefault"] for one in registered] == ["true"]


@needs_stack
@pytest.mark.covers("M-HOW-01", part="web: by the assistant")
def test_the_assistant_sets_up_direct_calls(settings: Page, sip: Service) -> None:
    """It can be left at any step without a change; at the end stands the address to be called."""
    before = sip.settings()
    press(card(settings, "SIP"), "SIP setup assistant")
    steps = dialog(settings, "SIP setup assistant")
    for left_at in range(4):
        for _ in range(left_at):
            press(steps, "Next")
        press(steps, "Cancel")
        expect(steps).not_to_be_visible()
        press(card(settings, "SIP"), "SIP setup assistant")
    assert sip.settings() == before
    for button in ("Next", "Next", "Next", "Apply"):
        press(steps, button)
    expect(steps.get_by_role("status", name="SIP", exact=True)).to_have_text("Runs")
    expect(steps).to_contain_text(re.compile(r"sip:\S+"))
    press(steps, "Close")
    expect(card(settings, "SIP").get_by_role("switch", name="Enable SIP")).to_be_checked()
    expect(card(settings, "SIP")).to_contain_text("sip:")
    assert configuration(sip)["SIPEnabled"] == "true"
