"""What strangers, and people with little right, tried against the running suite."""

import contextlib

import pytest

from tests.contract.bare_http import connected, raw, request
from tests.suite import Unit

pytestmark = pytest.mark.alone


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/axis-cgi/mediaclip.cgi?action=upload", 400),
        ("/axis-cgi/audio/transmit.cgi", 415),
        ("/axis-cgi/systemready.cgi", 200),
    ],
)
def test_nobody_without_a_login_holds_every_place(unit: Unit, target: str, expected: int) -> None:
    """Whose body never ends may take the places of one address, on the paths with few places too."""
    hold = request(target.encode(), b"Content-Length: 400000", method=b"POST") + b"x"
    with contextlib.ExitStack() as stack:
        for _ in range(130):
            stack.enter_context(connected(unit, source="127.0.0.66")).sendall(hold)
        with unit.admin() as admin:
            assert admin.post(target).status_code == expected


def test_strangers_write_nothing_into_the_log_of_the_web_server(unit: Unit) -> None:
    """Neither lines, as many as they like, nor what a terminal would obey."""
    before = (unit.state / "log" / "nginx.log").stat().st_size
    fields = (b"Content-Length: 2147483648", b"Referer: \x1b]0;marker\x07")
    for target in (b"/axis-cgi/param.cgi", b"/sim/button", b"/nothing", b"/api/session"):
        status, _answer = raw(unit, request(target, *fields, method=b"POST"))
        assert status in (307, 413)
    assert (unit.state / "log" / "nginx.log").stat().st_size == before


@pytest.mark.parametrize(
    ("origin", "body", "expected"),
    [
        (b"http://[", b"{}", 403),
        (b"null", b"{}", 403),
        (b"http://localhost.evil.example", b"{}", 403),
        (b"http://localhost", b"[" * 60_000, 400),
    ],
)
def test_the_simulated_world_refuses_without_a_traceback(
    unit: Unit, origin: bytes, body: bytes, expected: int
) -> None:
    """An address that is none, and JSON deeper than the parser goes."""
    fields = (b"Origin: " + origin, b"Content-Length: %d" % len(body))
    status, _answer = raw(unit, request(b"/sim/button", *fields, method=b"POST") + body)
    assert status == expected


@pytest.mark.parametrize(
    "ciphers", ["eNULL@SECLEVEL=0", "aNULL@SECLEVEL=0", "NULL-SHA256", "@ETC@", "+@RUNTIME@"]
)
def test_tls_without_encryption_is_no_list_of_ciphers(unit: Unit, ciphers: str) -> None:
    """Not for an administrator either; nor what the configuration is filled in with."""
    with unit.admin() as admin:
        answer = admin.patch("/api/parameters", json={"changes": {"HTTPS.Ciphers": ciphers}})
        assert answer.status_code == 400
        assert "cipher" in answer.json()["error"]["details"]["HTTPS.Ciphers"]
