"""No odd request gets past the login of the running suite (class W1 of the known vulnerabilities)."""

import pytest

from tests.contract.bare_http import raw, request
from tests.suite import Unit

PARAM = b"/axis-cgi/param.cgi?action=list&group=root.Brand"


@pytest.mark.parametrize(
    "sent",
    [
        request(b"//axis-cgi/param.cgi?action=list"),
        request(b"/./axis-cgi/param.cgi?action=list"),
        request(b"/x/../axis-cgi/param.cgi?action=list"),
        request(b"/axis-cgi/%2e/param.cgi?action=list"),
        request(b"/axis-cgi%2fparam.cgi?action=list"),
        request(b"/%61xis-cgi/param.cgi?action=list"),
        request(b"/axis-cgi/param.cgi%00?action=list"),
        request(b"/axis-cgi/param.cgi%20?action=list"),
        request(b"/axis-cgi/param.cgi/?action=list"),
        request(b"/axis-cgi/param.cgi;x?action=list"),
        request(b"/axis-cgi/param.cgi/a.srv?action=list"),
        request(b"/index.html/../axis-cgi/param.cgi?action=list"),
        request(b"/AXIS-CGI/param.cgi?action=list"),
        request(b"/axis-cgi/PARAM.CGI?action=list"),
        request(b"\\axis-cgi\\param.cgi?action=list"),
        request(b"axis-cgi/param.cgi?action=list"),
        request(b"*"),
        request(b"http://localhost/axis-cgi/param.cgi?action=list"),
        request(b"https://evil.example/axis-cgi/param.cgi?action=list"),
        request(b"http://localhost//axis-cgi/param.cgi?action=list"),
        request(PARAM, b"X-HTTP-Method-Override: GET", method=b"POST"),
        request(PARAM, b"X-Original-URL: /"),
        request(PARAM, b"X-C8210-Client: 127.0.0.1", b"X-C8210-Scheme: https"),
        request(PARAM, b"X_C8210_Client: 127.0.0.1"),
        request(PARAM, b"X-Forwarded-For: 127.0.0.1", b"X-Real-IP: 127.0.0.1"),
        request(PARAM, b"X-C8210-Login: yes"),
        request(PARAM, b"Host: other.example"),
        request(PARAM, b"Content-Length: 5", b"Content-Length: 6", method=b"POST"),
        request(PARAM, b"Content-Length: 5", b"Transfer-Encoding: chunked", method=b"POST"),
        request(PARAM, b"Transfer-Encoding: chunked, identity", method=b"POST"),
        request(PARAM, b"Transfer-Encoding: xchunked", method=b"POST"),
        request(PARAM, b"Authorization: Basic cm9vdDo="),
        request(
            PARAM,
            b"Connection: Upgrade, HTTP2-Settings",
            b"Upgrade: h2c",
            b"HTTP2-Settings: AAMAAABk",
        ),
        request(PARAM, b"Upgrade: websocket", b"Connection: Upgrade"),
        request(PARAM, method=b"TRACE"),
        request(PARAM, method=b"CONNECT"),
        request(PARAM, method=b"OPTIONS"),
        request(PARAM, method=b"get"),
        request(PARAM, host=b"evil.example"),
        request(PARAM, host=b"localhost:8080@evil.example"),
        request(PARAM, host=b""),
        b"GET " + PARAM + b"\r\n\r\n",
        b"GET " + PARAM + b" HTTP/1.0\r\n\r\n",
        b"GET " + PARAM + b" HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET " + PARAM + b" HTTP/1.1\r\n\r\n",
        b"GET " + PARAM + b" HTTP/1.1\nHost: localhost\nConnection: close\n\n",
        b"GET\t" + PARAM + b"\tHTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET " + PARAM + b" HTTP/1.1\r\nHost: localhost\r\n X: y\r\nConnection: close\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x00\x05hello",
        b"\x00" * 100 + b"\r\n\r\n",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        request(PARAM, b"X: " + b"a" * 40_000),
        request(PARAM, *(b"X%d: y" % number for number in range(5000))),
    ],
)
def test_no_odd_request_gets_past_the_login(unit: Unit, sent: bytes) -> None:
    """Over HTTP and over TLS: refused, or asked for a login, and never an answer."""
    for encrypted in (False, True):
        status, answer = raw(unit, sent, encrypted=encrypted)
        assert b"Brand" not in answer
        assert status in {0, 307, 400, 401, 404, 405, 414, 421, 431, 494, 501, 505}, answer[:300]


def test_two_requests_in_one_are_two_requests(unit: Unit) -> None:
    """What follows a request on its connection gets no credit from it (request smuggling)."""
    smuggled = request(b"/axis-cgi/usergroup.cgi")
    body = b"0\r\n\r\n" + smuggled
    first = (
        b"POST /axis-cgi/systemready.cgi HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    ) + body
    status, answer = raw(unit, first + request(b"/axis-cgi/systemready.cgi"))
    assert status == 200
    assert answer.count(b"HTTP/1.1 ") == 2, "one for each, and none for what is in the body"
    assert b"root admin" not in answer


def test_the_door_of_live_audio_is_not_for_others(unit: Unit) -> None:
    """Only the web server itself asks there."""
    status, _answer = raw(unit, request(b"/axis-cgi/audio/door"))
    assert status == 404


def test_the_simulated_world_is_for_this_machine(unit: Unit) -> None:
    """Its pages answer here; another site's page gets nothing."""
    assert unit.client.get("/sim/state").status_code == 200
    answer = unit.client.get("/sim/state", headers={"Host": "evil.example"})
    assert answer.status_code in {403, 421}


def test_a_refused_web_socket_is_no_error_of_the_unit(unit: Unit) -> None:
    """Whoever has no login could fill the log otherwise."""
    log = unit.state / "log" / "http.log"
    before = log.stat().st_size
    opening = (
        b"GET /api/audio/levels HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    for _time in range(3):
        status, _answer = raw(unit, opening, encrypted=True)
        assert status == 401
    # This one is answered after all that was said of the others.
    assert raw(unit, request(PARAM))[0] == 401
    assert b"ERROR" not in log.read_bytes()[before:]
