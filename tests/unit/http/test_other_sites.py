"""No other web site can make a browser change anything (class W12 of the known vulnerabilities)."""

import pytest

from tests.unit.http.edge import Edge

BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept-Language": "en",
}
TRANSMIT = "/axis-cgi/audio/transmit.cgi"
CHANGES = [
    ("GET", "/axis-cgi/restart.cgi", ""),
    ("GET", "/axis-cgi/factorydefault.cgi", ""),
    ("GET", "/axis-cgi/hardfactorydefault.cgi", ""),
    ("POST", "/axis-cgi/restart.cgi", ""),
    ("GET", "/axis-cgi/param.cgi?action=update&HTTPS.Port=444", ""),
    ("POST", "/axis-cgi/param.cgi", "action=update&HTTPS.Port=444"),
    ("GET", "/axis-cgi/pwdgrp.cgi?action=add&user=eve&pwd=x&grp=users&sgrp=admin", ""),
    ("POST", "/axis-cgi/pwdgrp.cgi", "action=remove&user=vera"),
    ("GET", "/axis-cgi/playclip.cgi?clip=0", ""),
    ("GET", "/axis-cgi/stopclip.cgi", ""),
    ("GET", "/axis-cgi/mediaclip.cgi?action=remove&clip=0", ""),
    ("POST", TRANSMIT, ""),
    ("GET", "/axis-cgi/io/port.cgi?action=2:/", ""),
    ("POST", "/axis-cgi/io/port.cgi", "action=2:/300\\"),
    ("GET", "/axis-cgi/io/output.cgi?action=2:/", ""),
    ("GET", "/axis-cgi/io/virtualinput.cgi?action=6:/", ""),
    ("GET", "/axis-cgi/virtualinput/activate.cgi?schemaversion=1&port=1", ""),
    ("GET", "/axis-cgi/virtualinput/deactivate.cgi?schemaversion=1&port=1", ""),
    (
        "POST",
        "/axis-cgi/io/portmanagement.cgi",
        '{"apiVersion":"1.1","method":"setPorts","params":[{"port":"1","state":"closed"}]}',
    ),
    (
        "POST",
        "/axis-cgi/io/portmanagement.cgi",
        '{"apiVersion":"1.1","method":"setStateSequence",'
        '"params":{"port":"1","sequence":[{"state":"closed","time":9}]}}',
    ),
    (
        "POST",
        "/axis-cgi/supervisedio.cgi",
        '{"apiVersion":"2.0","method":"setSupervised","params":[{"port":0,"supervised":true}]}',
    ),
    ("GET", "/vapix/call?format=simple&action=axcall:Call&To=sip:192.0.2.66", ""),
    ("GET", "/vapix/call?format=simple&action=axcall:RemoveSIPAccount&SIPAccountId=x", ""),
    ("POST", "/vapix/call", '{"axcall:SetSIPConfiguration":{"SIPConfiguration":{}}}'),
    ("POST", "/vapix/call?format=simple", "action=axcall:Call&To=sip:192.0.2.66"),
    ("POST", "/axis-cgi/findmydevice.cgi", '{"apiVersion":"1.0","method":"find"}'),
    ("PATCH", "/api/parameters", '{"changes":{"HTTPS.Port":"444"}}'),
]
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://192.168.0.90"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://192.168.0.90:8443"},
    {"Origin": "https://192.168.0.90.evil.example"},
    {"Referer": "https://evil.example/192.168.0.90"},
    {"Referer": "http://evil.example/?https://192.168.0.90/"},
    {"Origin": "https://["},
    {"Referer": "https://[192.168.0.90/"},
]
MULAW = {"Content-Type": "audio/basic"}


def untouched(edge: Edge) -> bool:
    """Whether nothing at all happened."""
    done = (edge.system.restarts, edge.system.resets, edge.system.located, edge.params.written)
    played = (edge.audio.played, edge.audio.removed)
    others = edge.ioports.untouched and edge.sip.untouched
    return not any((*done, *played)) and others and len(edge.system.kept) == 3


@pytest.mark.parametrize(("method", "target", "body"), CHANGES)
async def test_another_site_changes_nothing(
    edge: Edge, method: str, target: str, body: str
) -> None:
    """Whatever login the browser adds by itself: Basic, or the cookie of a session."""
    session = await edge.log_in()
    for headers in FOREIGN:
        for extra in ({}, session):
            answer = await edge.ask(
                method,
                target,
                body=body,
                login=None if extra else "root",
                headers={**BROWSER, **MULAW, **headers, **extra},
            )
            assert answer.status == 403, headers
            assert untouched(edge)


@pytest.mark.parametrize(("method", "target", "body"), CHANGES)
async def test_a_session_needs_its_token(edge: Edge, method: str, target: str, body: str) -> None:
    """A cookie alone changes nothing, nor does the token of somebody else's session."""
    session = await edge.log_in()
    other = await edge.log_in("oscar")
    for token in ("", "x", "é", other["X-CSRF-Token"]):
        headers = {**BROWSER, **MULAW, "Cookie": session["Cookie"], "X-CSRF-Token": token}
        answer = await edge.ask(method, target, body=body, headers=headers)
        assert answer.status == 403
        assert untouched(edge)


@pytest.mark.parametrize(("method", "target", "body"), CHANGES)
@pytest.mark.covers("M-API-01", "M-API-02", "M-API-03", part="refused for other sites")
async def test_programs_people_and_our_own_pages_may(
    edge: Edge, method: str, target: str, body: str
) -> None:
    """API clients say nothing of sites; a typed address and our own pages say so."""
    session = await edge.log_in()
    for headers in (
        {},
        {"User-Agent": "Mozilla/4.0 (compatible; some player)"},
        {**BROWSER, "Sec-Fetch-Site": "none"},
        {**BROWSER, "Sec-Fetch-Site": "same-origin", **session},
        {**BROWSER, "Origin": "https://192.168.0.90", **session},
        {**BROWSER, "Referer": "https://192.168.0.90/"},
    ):
        edge.system.located.clear()
        login = None if "Cookie" in headers else "root"
        answer = await edge.ask(
            method, target, body=body, login=login, headers={**MULAW, **headers}
        )
        assert answer.status == 200, headers


async def test_an_address_that_a_person_typed_needs_no_token(edge: Edge) -> None:
    """A link to a clip works in the browser in which one is logged in."""
    cookie = {"Cookie": (await edge.log_in())["Cookie"]}
    target = "/axis-cgi/playclip.cgi?clip=0"
    for site, status in (("none", 200), ("same-origin", 403), ("cross-site", 403)):
        headers = {**BROWSER, **cookie, "Sec-Fetch-Site": site}
        assert (await edge.ask("GET", target, headers=headers)).status == status


@pytest.mark.parametrize(("method", "target", "body"), CHANGES)
async def test_a_link_in_a_mail_does_no_more_than_a_viewer_may(
    edge: Edge, method: str, target: str, body: str
) -> None:
    """Browsers cannot tell it from an address that a person typed; for more than that they ask for the password."""
    cookie = {"Cookie": (await edge.log_in())["Cookie"]}
    headers = {**BROWSER, **MULAW, **cookie, "Sec-Fetch-Site": "none"}
    answer = await edge.ask(method, target, body=body, headers=headers)
    for_viewers = target.startswith(("/axis-cgi/playclip", "/axis-cgi/stopclip", TRANSMIT))
    assert answer.status == (200 if for_viewers else 401)
    assert (answer.header("www-authenticate") is None) is for_viewers


@pytest.mark.parametrize(("method", "target", "body"), CHANGES)
async def test_an_old_browser_must_come_from_our_pages(
    edge: Edge, method: str, target: str, body: str
) -> None:
    """It never says on whose behalf it asks, and another site can keep its own name out of a GET."""
    answer = await edge.ask(method, target, body=body, login="root", headers={**BROWSER, **MULAW})
    assert answer.status == (403 if method == "GET" else 200)


async def test_a_browser_on_plain_http_is_sent_to_https_for_a_change(edge: Edge) -> None:
    """There it says on whose behalf it asks, which it does not over HTTP."""
    edge.settings.update({"HTTPS.Port": "8443"})
    target = "/axis-cgi/restart.cgi"
    answer = await edge.digest("GET", target, headers=BROWSER)
    assert answer.status == 307
    assert answer.header("location") == "https://192.168.0.90:8443/axis-cgi/restart.cgi"
    assert not edge.system.restarts
    listed = await edge.digest("GET", "/axis-cgi/param.cgi?action=list", headers=BROWSER)
    assert listed.status == 200
    assert (await edge.digest("GET", target)).status == 200


async def test_without_https_a_browser_must_come_from_our_pages(edge: Edge) -> None:
    """Where TLS is switched off the pages are on HTTP, and tell where they are."""
    edge.settings.update({"HTTPS.Enabled": "no"})
    target = "/axis-cgi/restart.cgi"
    assert (await edge.digest("GET", target, headers=BROWSER)).status == 403
    own = {**BROWSER, "Referer": "http://192.168.0.90/"}
    assert (await edge.digest("GET", target, headers=own)).status == 200


async def test_the_first_account_is_not_another_sites_to_make(unclaimed: Edge) -> None:
    """A page somewhere else cannot claim a unit out of its box."""
    target = "/axis-cgi/pwdgrp.cgi?action=add&user=root&pwd=x&grp=root&sgrp=admin"
    for headers in FOREIGN:
        answer = await unclaimed.ask("GET", target, headers={**BROWSER, **headers})
        assert answer.status == 403
    assert not unclaimed.system.kept


async def test_a_login_cannot_be_forced_on_a_browser(edge: Edge) -> None:
    """Another site cannot start a session either."""
    body = '{"user":"root","password":"correct horse"}'
    for headers in FOREIGN:
        answer = await edge.ask("POST", "/api/session", body=body, headers=headers)
        assert (answer.status, answer.header("set-cookie")) == (403, None)
