"""Live audio through the real web server: lengths, leave to speak, and a player that dies."""

import contextlib
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterator

from tests.contract.bare_http import connected, port_of, raw, request
from tests.contract.test_http_clients import LOGIN
from tests.playing import wait_until_played
from tests.suite import Unit, until

MULAW_BYTES_PER_S = 16_000
"""At 16 kHz, as `talk` says it is."""


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


@contextlib.contextmanager
def over_ethernet(unit: Unit) -> Iterator[socket.socket]:
    """Connect with packets of Ethernet's size, and keep little here: what is sent is in the unit."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
        plain.connect(("127.0.0.1", port_of(unit.https_url)))
        with trusting.wrap_socket(plain, server_hostname="localhost") as secure:
            yield secure


def test_of_a_file_sent_at_once_most_waits_in_its_sender(
    unit: Unit, figure: Callable[[str], None]
) -> None:
    """Else the unit would speak for minutes after the sender has gone."""
    with unit.admin() as admin:
        with over_ethernet(unit) as connection:
            connection.sendall(talk(unit, b"Content-Length: 99999999"))
            begun, sent = time.monotonic(), 0
            connection.settimeout(2.5)
            with contextlib.suppress(TimeoutError):
                while sent < 2_000_000:
                    connection.sendall(b"\xff" * 700)
                    sent += 700
            waiting = sent - MULAW_BYTES_PER_S * (time.monotonic() - begun)
        figure(f"{waiting / 1000:.0f} kB are in the unit")
        assert waiting < 450_000  # a megabyte more than that, where the kernel decides
        urgent = talk(unit, b"Content-Length: 4", target=b"/axis-cgi/audio/transmit.cgi?priority=9")
        assert raw(unit, urgent + b"\xff" * 4, encrypted=True)[0] == 200
        wait_until_played(unit, admin)


def test_one_too_many_from_an_address_is_refused_in_text(unit: Unit) -> None:
    """As every error of this CGI is; the words are the web server's, for it is asked before anybody else."""
    upload = talk(
        unit,
        b"Content-Type: multipart/form-data; boundary=x",
        b"Content-Length: 9999",
        target=b"/axis-cgi/mediaclip.cgi?action=upload",
    )
    with contextlib.ExitStack() as held:
        for _ in range(8):
            held.enter_context(connected(unit, encrypted=True)).sendall(upload)

        def refused() -> bytes:
            status, answer = raw(
                unit, talk(unit, b"Content-Length: 4") + b"\xff" * 4, encrypted=True
            )
            assert status in (200, 503)
            return answer if b"Too many requests" in answer else b""

        answer = until("the ninth is refused", refused)
    assert b"\r\nContent-Type: text/plain\r\n" in answer


def test_while_the_edge_is_away_each_path_says_so_in_its_own_form(fresh_unit: Unit) -> None:
    """Text to clients of VAPIX, JSON to pages of the unit."""
    unit = fresh_unit
    unit.claim()
    for path, kind in (
        (b"/axis-cgi/audio/transmit.cgi", b"text/plain"),
        (b"/axis-cgi/param.cgi", b"text/plain"),
        (b"/api/clips", b"application/json"),
    ):

        def away(path: bytes = path) -> bytes:
            if "http" in unit.processes():
                unit.kill("http")
            status, answer = raw(unit, request(path))
            return answer if status == 503 else b""

        answer = until("it is away", away)
        assert b"\r\nContent-Type: " + kind + b"\r\n" in answer
        assert b"The unit is starting" in answer
