"""Slow, many and large: what one client can take from the others."""

import concurrent.futures
import contextlib
import json
import os
import re
import socket
import time
from pathlib import Path

import httpx
import pytest

from tests.contract.bare_http import connected, raw, request
from tests.contract.test_http_clients import LOGIN, curl
from tests.suite import ROOT_PASSWORD, Unit, until

pytestmark = pytest.mark.alone


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
