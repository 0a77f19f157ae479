"""Live audio through the real web server: lengths, leave to speak, and a player that dies."""

import contextlib
from base64 import b64encode

from tests.contract.bare_http import connected, raw, request
from tests.contract.test_http_clients import LOGIN
from tests.suite import Unit, until


def talk(unit: Unit, *fields: bytes, target: bytes = b"/axis-cgi/audio/transmit.cgi") -> bytes:
    """Return the head of a talk of root's."""
    login = b"Authorization: Basic " + b64encode(LOGIN.encode())
    return request(target, login, b"Content-Type: audio/axis-mulaw-128", *fields, method=b"POST")


def test_a_talk_says_how_long_it_is_or_comes_in_chunks(unit: Unit) -> None:
    """411 otherwise, also in the old version of HTTP, and in every name of the path."""
    for target in (b"/axis-cgi/audio/transmit.cgi", b"/axis-cgi/view/audio/transmit.cgi"):
        status, _answer = raw(unit, talk(unit, target=target), encrypted=True)
        assert status == 411
        old = talk(unit, target=target).replace(b"HTTP/1.1", b"HTTP/1.0")
        status, _answer = raw(unit, old, encrypted=True)
        assert status == 411


def test_a_client_that_waits_for_leave_is_asked_for_its_login_first(unit: Unit) -> None:
    """`100 Continue` comes only to who brings one."""
    fields = (b"Expect: 100-continue", b"Content-Length: 5000", b"Content-Type: audio/basic")
    head = request(b"/axis-cgi/audio/transmit.cgi", *fields, method=b"POST")
    with connected(unit) as connection:
        connection.sendall(head)
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")
    with connected(unit, encrypted=True) as connection:
        connection.sendall(talk(unit, b"Expect: 100-continue", b"Content-Length: 4"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"\xff" * 4)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_talk_whose_player_dies_ends_without_an_answer(fresh_unit: Unit) -> None:
    """As the original's does: the connection closes, and nothing is said that did not happen."""
    unit = fresh_unit
    unit.claim()
    with connected(unit, encrypted=True) as connection:
        connection.sendall(talk(unit, b"Content-Length: 9999999"))
        connection.sendall(b"\xff" * 16000)
        with unit.admin() as admin:
            until("it is played", lambda: admin.get("/api/playing").json())
        unit.kill("audio")
        connection.settimeout(15)
        answer = b""
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(b"\xff" * 1600)
                connection.settimeout(0.1)
                with contextlib.suppress(TimeoutError):
                    answer = connection.recv(65536)
                    break
        assert answer == b""
