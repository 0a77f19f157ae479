"""The web server in front of the running suite: TLS, pages, odd requests, limits, and http being away."""

import concurrent.futures
import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time
import urllib.parse
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.contract.test_http_clients import (
    LOGIN,
    curl,
    parameter,
    port_of,
    set_parameter,
    signed_in,
)
from tests.suite import ROOT_PASSWORD, Unit, free_port, until

PARAM = b"/axis-cgi/param.cgi?action=list&group=root.Brand"


@contextlib.contextmanager
def connected(
    unit: Unit, *, encrypted: bool = False, source: str = "127.0.0.1"
) -> Iterator[socket.socket]:
    """Return a bare connection to the unit."""
    address = ("127.0.0.1", port_of(unit.https_url if encrypted else unit.http_url))
    with socket.create_connection(address, timeout=20, source_address=(source, 0)) as plain:
        if not encrypted:
            yield plain
            return
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(plain, server_hostname="localhost") as secure:
            yield secure


def raw(unit: Unit, request: bytes, *, encrypted: bool = False) -> tuple[int, bytes]:
    """Send bytes and return the status and everything that comes back; 0 when nothing does."""
    with connected(unit, encrypted=encrypted) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(request)
        answer = b""
        with contextlib.suppress(OSError):
            while piece := connection.recv(65536):
                answer += piece
    match = re.match(rb"HTTP/1\.[01] ([0-9]{3}) ", answer)
    return (int(match[1]) if match else 0), answer


def request(
    target: bytes, *fields: bytes, method: bytes = b"GET", host: bytes = b"localhost"
) -> bytes:
    """Return a request that ends its connection."""
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: " + host, b"Connection: close", *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n"


# --- pages and TLS ----------------------------------------------------------------------------


@pytest.mark.covers("M-GET-11", part="HTTPS from the box on")
def test_pages_are_sent_to_https_and_apis_are_on_both(unit: Unit) -> None:
    """A browser sets the password, and all that is delicate, over TLS."""
    with httpx.Client(timeout=20, verify=False) as client:
        for path in ("/", "/index.html", "/assets/none.js", "/#/status"):
            answer = client.get(unit.http_url + path)
            assert answer.status_code == 307
            assert answer.headers["location"].startswith(f"{unit.https_url}/")
        page = client.get(f"{unit.https_url}/")
        assert page.status_code == 200
        assert "<!doctype html>" in page.text
        body = {"apiVersion": "1", "method": "systemready"}
        for url in (unit.http_url, unit.https_url):
            answer = client.post(f"{url}/axis-cgi/systemready.cgi", json=body)
            assert answer.json()["data"]["systemready"] == "yes"


def test_pages_carry_a_strict_policy(unit: Unit) -> None:
    """No script of others, no frame, no guessing of types; hashed files are kept for ever, the page never."""
    page = unit.client.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-cache"
    script = re.search(r'src="(/assets/[^"]+\.js)"', page.text)
    assert script is not None
    asset = unit.client.get(script[1])
    assert asset.headers["content-type"].startswith("text/javascript")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-security-policy"] == policy
    api = unit.client.get("/api/session")
    assert api.headers["cache-control"] == "no-store"
    assert api.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    "path",
    [
        "/index.html/a.srv",
        "/assets/",
        "/.git/config",
        "/..%2f..%2fetc/passwd",
        "/assets/..%2f..%2f..%2fpyproject.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/nginx.conf",
        "/admin/",
        "/admin/../nginx.conf",
        "/local/",
        "/theme.js/x",
    ],
)
def test_only_files_of_the_ui_are_pages(unit: Unit, path: str) -> None:
    """Nothing beside them, nothing below them."""
    status, answer = raw(unit, request(path.encode()), encrypted=True)
    assert status in {400, 404}, answer[:200]


@pytest.mark.parametrize(
    ("version", "accepted"),
    [("tls1", False), ("tls1_1", False), ("tls1_2", True), ("tls1_3", True)],
)
def test_tls_is_of_today(unit: Unit, version: str, accepted: bool) -> None:
    """Older versions are refused."""
    finished = subprocess.run(
        [
            *("openssl", "s_client", f"-{version}", "-cipher", "ALL:@SECLEVEL=0"),
            *("-connect", f"127.0.0.1:{port_of(unit.https_url)}"),
        ],
        input=b"",
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert (finished.returncode == 0) == accepted


def test_weak_ciphers_are_refused(unit: Unit) -> None:
    """TLS 1.2 speaks forward secrecy with authenticated encryption only."""
    command = ["openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{port_of(unit.https_url)}"]
    for cipher in ("AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256", "NULL"):
        finished = subprocess.run(
            [*command, "-cipher", f"{cipher}:@SECLEVEL=0"],
            input=b"",
            capture_output=True,
            timeout=20,
            check=False,
        )
        assert finished.returncode != 0, cipher


def test_a_session_cookie_is_for_tls(unit: Unit) -> None:
    """Where the page came over TLS the cookie stays there."""
    login = {"user": "root", "password": ROOT_PASSWORD}
    answer = unit.client.post("/api/session", json=login)
    assert "Secure" in answer.headers["set-cookie"]
    unit.client.cookies.clear()


# --- odd requests (class W1) ------------------------------------------------------------------


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
    status, answer = raw(unit, first)
    assert status == 200
    assert answer.count(b"HTTP/1.1 ") == 1 or b"401" in answer
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


# --- limits -----------------------------------------------------------------------------------


def test_half_a_request_holds_nobody_else_up(unit: Unit) -> None:
    """Two hundred clients that send a byte now and then, in the header or in the body (T-WEB-2)."""
    idle = statistics_of(unit)
    with contextlib.ExitStack() as stack:
        for number in range(200):
            connection = stack.enter_context(connected(unit))
            if number % 2:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: local")
            else:
                connection.sendall(
                    b"POST /axis-cgi/param.cgi HTTP/1.1\r\nHost: localhost\r\n"
                    b"Content-Length: 1000\r\n\r\naction="
                )
        busy = statistics_of(unit)
    assert busy < max(3 * idle, 0.15)


def statistics_of(unit: Unit) -> float:
    """Return the 99th percentile of the time of a good client's request."""
    times = []
    with httpx.Client(
        base_url=unit.http_url, auth=httpx.DigestAuth("root", ROOT_PASSWORD)
    ) as client:
        for _ in range(100):
            start = time.perf_counter()
            assert client.get("/axis-cgi/usergroup.cgi").status_code == 200
            times.append(time.perf_counter() - start)
    return sorted(times)[98]


def test_a_header_that_never_ends_is_cut_off(unit: Unit) -> None:
    """After ten seconds, whether bytes come or not."""
    with connected(unit) as connection:
        start = time.monotonic()
        connection.sendall(b"GET / HTTP/1.1\r\n")
        connection.settimeout(1)
        closed = False
        while not closed and time.monotonic() - start < 20:
            try:
                connection.sendall(b"X: y\r\n")
                closed = connection.recv(1000) == b""
            except TimeoutError:
                continue
            except OSError:
                closed = True
        assert closed
        assert 8 < time.monotonic() - start < 15


def test_of_a_thousand_clients_the_excess_is_told_so_at_once(unit: Unit) -> None:
    """503 within a second, in the form of the path; the others are answered; memory stays (issue 'Bad input')."""
    processes = unit.processes()
    before = memory_of(processes["http"])
    body = b'{"apiVersion":"1","method":"systemready","params":{"timeout":0}}'
    ask = (
        b"POST /api/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    )
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(connected(unit)) for _ in range(1000)]
        for connection in waiting:
            connection.sendall(ask)
        start = time.monotonic()
        answers = [
            connection.recv(65536) for connection in waiting if is_readable(connection, start + 1)
        ]
        spent = time.monotonic() - start
        refused = [answer for answer in answers if answer.startswith(b"HTTP/1.1 503")]
        assert 500 < len(refused) == len(answers) < 1000
        assert spent < 2
        assert json.loads(refused[0].partition(b"\r\n\r\n")[2])["error"]["code"] == "busy"
        assert memory_of(processes["http"]) < before + 16 * 1024
    assert unit.processes()["http"] == processes["http"]
    until("it answers again", lambda: unit.client.get("/api/session").status_code == 401)


def is_readable(connection: socket.socket, deadline: float) -> bool:
    """Whether an answer comes before a moment."""
    connection.settimeout(max(0.001, deadline - time.monotonic()))
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except TimeoutError:
        return False


def memory_of(process: int) -> int:
    """Return the resident memory of a process, in KiB."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmRSS:\s+([0-9]+) kB", status)
    assert found is not None
    return int(found[1])


def test_many_uploads_at_once_leave_the_unit_well(unit: Unit, tmp_path: Path) -> None:
    """A hundred of 8 MB at once: some are kept or refused, none hurts (class W6)."""
    noise = tmp_path / "noise.wav"
    noise.write_bytes(b"RIFF" + os.urandom(8 << 20))
    processes = unit.processes()
    before = memory_of(processes["http"])
    peak = before

    def send(_number: int) -> str:
        target = f"{unit.http_url}/axis-cgi/mediaclip.cgi?action=upload"
        form = ("-F", f"file=@{noise}", "-o", "/dev/null", "-w", "%{http_code}")
        return curl("--digest", "-u", LOGIN, *form, target, timeout=60)

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        sending = [pool.submit(send, number) for number in range(100)]
        while not all(one.done() for one in sending):
            peak = max(peak, memory_of(processes["http"]))
            time.sleep(0.05)
    statuses = {one.result() for one in sending}
    assert statuses <= {"400", "503"}
    assert "400" in statuses
    assert peak - before < 16 * 1024 * 4
    after = unit.processes()
    assert {name: after[name] for name in ("http", "audio", "params")} == {
        name: processes[name] for name in ("http", "audio", "params")
    }
    with unit.admin() as admin:
        names = [clip["name"] for clip in admin.get("/api/clips").json()]
    assert "noise" not in names


def test_too_large_a_body_is_refused_before_it_is_read(unit: Unit) -> None:
    """Two gigabytes claimed: 413 by a text CGI, by a JSON one and by an upload."""
    huge = b"Content-Length: 2147483648"
    for path in (b"/axis-cgi/param.cgi", b"/axis-cgi/basicdeviceinfo.cgi", b"/api/session"):
        status, _answer = raw(unit, request(path, huge, method=b"POST"))
        assert status == 413
    target = f"{unit.https_url}/axis-cgi/mediaclip.cgi?action=upload"
    told = curl(
        *("-u", LOGIN, "-H", "Content-Length: 2147483648", "-m", "10"),
        *("-H", "Content-Type: multipart/form-data; boundary=x"),
        *("--data-binary", "x", "-o", "/dev/null", "-w", "%{http_code}", target),
    )
    assert told == "413"


# --- live audio -------------------------------------------------------------------------------


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


# --- parameters of the web server -------------------------------------------------------------


def test_the_web_server_has_a_say_in_its_parameters(unit: Unit) -> None:
    """What nginx would not take is not written, and the reason is told."""
    with signed_in(unit) as admin:
        before = admin.get("/api/parameters").json()
        changes = {"HTTPS.Ciphers": "NO-SUCH-CIPHER"}
        answer = admin.patch("/api/parameters", json={"changes": changes})
        assert answer.status_code == 400
        assert "cipher" in answer.json()["error"]["details"]["HTTPS.Ciphers"]
        changes = {"System.BoaPort": "443", "Brand.Brand": "x"}
        assert admin.patch("/api/parameters", json={"changes": changes}).status_code == 400
        assert admin.get("/api/parameters").json() == before


def test_a_new_cipher_list_is_in_force_at_once_and_loses_nobody(unit: Unit) -> None:
    """The web server reloads: connections that are open go on (T-WEB-3)."""
    port = port_of(unit.https_url)
    cipher = "ECDHE-ECDSA-AES256-GCM-SHA384"

    def spoken() -> bool:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        try:
            with (
                socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
                context.wrap_socket(plain),
            ):
                return True
        except OSError:
            return False

    assert spoken()
    with signed_in(unit) as admin:
        names = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", cipher]
        names += ["ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"]
        default = ":".join([*names, "ECDHE-RSA-CHACHA20-POLY1305"])
        set_parameter(admin, "HTTPS.Ciphers", cipher)
        try:
            until("the new list is in force", lambda: not spoken())
            assert admin.get("/api/device").status_code == 200
        finally:
            set_parameter(admin, "HTTPS.Ciphers", default)
        until("the old list is back", spoken)


def test_a_unit_can_be_told_another_name(unit: Unit) -> None:
    """Unknown names are turned away until the parameter has them."""
    target = f"{unit.https_url}/axis-cgi/usergroup.cgi"
    ask = ("-u", LOGIN, "-H", "Host: hall.example", "-w", "%{http_code}", target)
    assert curl(*ask).endswith("421")
    with parameter(unit, "Network.HTTP.AllowedHosts", "hall.example,stage", ""):
        assert curl(*ask).endswith("200")


def test_roles_can_be_kept_to_one_protocol(unit: Unit) -> None:
    """`System.BoaGroupPolicy`."""
    target = f"{unit.http_url}/axis-cgi/usergroup.cgi"
    ask = ("--digest", "-u", LOGIN, "-o", "/dev/null", "-w", "%{http_code}", target)
    with parameter(unit, "System.BoaGroupPolicy.admin", "https", "both"):
        assert curl(*ask) == "403"
    assert curl(*ask) == "200"


# --- when http is away ------------------------------------------------------------------------


def test_without_http_the_front_says_so_and_comes_back(unit: Unit) -> None:
    """503 in the form of the path, pages all the while, and nobody is logged out (DESIGN: killed at any moment)."""
    with signed_in(unit) as admin:
        process = unit.processes()["http"]
        os.kill(process, signal.SIGSTOP)
        os.kill(process, signal.SIGKILL)
        seen = set()

        def back() -> bool:
            api, cgi = admin.get("/api/device"), admin.get("/axis-cgi/usergroup.cgi")
            if api.status_code == 503:
                assert api.json()["error"]["code"] == "away"
                seen.add("api")
            if cgi.status_code == 503:
                assert cgi.text.startswith("503 Service Unavailable\n")
            assert admin.get("/").status_code == 200
            assert admin.get("/admin/restartMessage.shtml").status_code == 200
            return api.status_code == cgi.status_code == 200

        until("http is back", back)
        assert unit.processes()["http"] != process
        assert admin.get("/axis-cgi/usergroup.cgi").text.startswith("root\n")


def test_ports_that_are_taken_are_refused(unit: Unit) -> None:
    """A port of another service cannot become the web server's; where the supervisor fixes ports nothing moves."""
    with socket.socket() as other, signed_in(unit) as admin:
        other.bind(("", free_port()))
        other.listen()
        taken = str(other.getsockname()[1])
        answer = admin.patch("/api/parameters", json={"changes": {"System.BoaPort": taken}})
        assert answer.status_code == 200
        set_parameter(admin, "System.BoaPort", "80")
    assert urllib.parse.urlsplit(unit.http_url).port != 80
    assert unit.client.get("/").status_code == 200
