"""Rules that tell somebody: from an event to the recipient's server, over the unit's own API."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests import rules
from tests.contract.recording_rig import decoded
from tests.heard import position, sweep
from tests.playing import clips, is_silent, parameters, quiet_unit, wait_until_played
from tests.suite import ROOT_PASSWORD, Unit, until

HTTP = "com.axis.recipient.http"
NOTIFY = "com.axis.action.fixed.notification.http"
MATROSKA = bytes.fromhex("1A45DFA3")
"""How every such file begins (RFC 8794)."""
SEND_SOUND = "com.axis.action.fixed.send_audioclip.http"


class Server:
    """Somebody's HTTP server, which writes down what it is asked."""

    def __init__(self, port: int) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        """Method, target, headers in lower case, body."""
        noted = self.requests

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                noted.append((self.command, self.path, headers, body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = do_PUT = handle_any  # noqa: N815

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]

    @contextmanager
    def serving(self) -> Iterator["Server"]:
        """Serve until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that runs."""
    with Server(0).serving() as running:
        yield running


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """A client of a quiet unit whose virtual inputs are at rest."""
    with quiet_unit(unit) as client:
        yield client
        rules.virtual(client, 1, on=False)


@contextmanager
def recipient(admin: httpx.Client, **given: str) -> Iterator[int]:
    """Have an HTTP recipient for as long as the block runs."""
    asked = {"name": "Somebody", "template": HTTP, "parameters": given}
    answer = admin.post("/api/recipients", json=asked)
    assert answer.status_code == 201, answer.text
    number = int(answer.json()["id"])
    try:
        yield number
    finally:
        answer = admin.delete(f"/api/recipients/{number}")
        assert answer.status_code == 200, answer.text


def test_a_notification_reaches_its_recipient(admin: httpx.Client, server: Server) -> None:
    """In the form of VAPIX events page 5.2, its modifiers replaced; what became of it is on record."""
    url = f"http://127.0.0.1:{server.port}/notify.cgi"
    asked = {"message": "Door #n at %H:%M", "parameters": "camera=1&x=%25"}
    with (
        recipient(admin, upload_url=url) as somebody,
        rules.stored(admin, "Tell", NOTIFY, asked, trigger=rules.active(1), recipient=somebody),
    ):
        rules.virtual(admin, 1, on=True, duration=0)
        until("the server is asked", lambda: server.requests)
        method, target, _headers, body = server.requests[0]
        query = parse_qs(urlsplit(target).query)
        assert (method, body) == ("GET", b"")
        assert urlsplit(target).path == "/notify.cgi"
        assert query["camera"] == ["1"]
        assert query["Message"][0].startswith("Door ")
        assert "#n" not in query["Message"][0]

        def told() -> list[dict[str, Any]]:
            found = rules.records(admin, kinds=["delivery"], text="Somebody", limit=1)
            return [one for one in found if one["delivery"]["state"] == "delivered"]

        until("its outcome is on record", told)
        outcome = rules.records(admin, kinds=["event"], text="SystemMessage/Delivery", limit=1)
        assert outcome[0]["event"]["source"] == {"recipient": "Somebody"}
        assert outcome[0]["event"]["data"]["delivered"] == "1"
    assert len(server.requests) == 1


@pytest.mark.parametrize("part", ["events", "params"])
def test_a_message_waits_for_its_server_over_a_kill(
    unit: Unit, admin: httpx.Client, part: str
) -> None:
    """Acknowledged by the queue it is sent once the server is there, by whichever process lives then."""
    server = Server(0)
    port = server.port
    url = f"http://127.0.0.1:{port}/"
    server._server.server_close()  # nobody listens there now
    with (
        recipient(admin, upload_url=url) as somebody,
        rules.stored(
            admin, "Tell", NOTIFY, {"message": "m"}, trigger=rules.active(1), recipient=somebody
        ),
    ):
        rules.virtual(admin, 1, on=True, duration=0)

        def failed_once() -> bool:
            states = admin.get("/api/events/deliveries").json()
            return any(one["state"] == "queued" and one["attempts"] for one in states)

        until("it was tried in vain", failed_once)
        before = unit.processes()[part]
        unit.kill(part)
        until("another process", lambda: unit.processes().get(part, before) != before)
        with Server(port).serving() as again:
            until("it is sent", lambda: again.requests, 60)
            assert [request[0] for request in again.requests] == ["GET"]

        def ended() -> bool:
            answer = admin.get("/api/events/deliveries")
            return answer.status_code == 200 and not any(
                one["state"] in ("queued", "sending") for one in answer.json()
            )

        until("nothing waits", ended)


@pytest.mark.covers("M-HOW-04")
def test_a_camera_s_motion_plays_a_clip(unit: Unit, admin: httpx.Client) -> None:
    """The manual's recipe, with this unit's own rule in the place of the camera's: the clip's link as a recipient."""
    with clips(admin, bell=sweep(0.5)) as numbers:
        link = (
            f"{unit.http_url.replace('localhost', '127.0.0.1')}/axis-cgi/playclip.cgi"
            f"?location=MediaClip.M{numbers['bell']}.wav&repeat=1&volume=50"
        )
        with (
            recipient(admin, upload_url=link, login="root", password=ROOT_PASSWORD) as speaker,
            rules.stored(
                admin, "Play clip", NOTIFY, {}, trigger=rules.active(1), recipient=speaker
            ),
        ):
            since = position(unit)
            rules.virtual(admin, 1, on=True, duration=0)
            until("the clip plays", lambda: not is_silent(admin))
            wait_until_played(unit, admin)
            assert position(unit) - since > 48_000, "it was not repeated"
            listed = admin.get("/api/recipients").text + admin.get("/api/rules").text
            assert ROOT_PASSWORD not in listed


@pytest.mark.covers("M-BTW-05")
def test_an_event_sends_the_sound_around_it(
    admin: httpx.Client, server: Server, tmp_path: Path
) -> None:
    """A Matroska file with the seconds before and after, under a name with a number of its own."""
    url = f"http://127.0.0.1:{server.port}/upload"
    asked = {"pre_duration": "500", "post_duration": "500", "file_name": "door"}
    with (
        parameters(admin, {"AudioSource.A0.AudioSupport": "yes"}),
        recipient(admin, upload_url=url) as somebody,
        rules.stored(
            admin, "Record", SEND_SOUND, asked, trigger=rules.active(1), recipient=somebody
        ),
    ):

        def heard() -> bool:
            rules.virtual(admin, 1, on=True, duration=0)
            return bool(server.requests)

        until("the input is heard", heard, 40)  # what is triggered before that is told as failed
        until("those that overlap have come", partial(_nothing_under_way, admin, server))
        before = len(server.requests)
        for count in (1, 2):
            rules.virtual(admin, 1, on=True, duration=0)
            until("the file is there", partial(_has, server, before + count), 40)
    first, second = server.requests[before:]
    assert _name(*first) != _name(*second)
    _method, _target, headers, body = second
    file = tmp_path / "sound.mkv"
    file.write_bytes(_file(headers, body))
    found = decoded(file)
    assert file.read_bytes()[:4] == MATROSKA
    assert found.seconds == pytest.approx(1.0, abs=0.1)


def _nothing_under_way(admin: httpx.Client, server: Server) -> bool:
    """Whether no recording is being made: none takes longer than its second."""
    count = len(server.requests)
    time.sleep(2)
    states = admin.get("/api/events/deliveries").json()
    waits = any(one["state"] in ("queued", "sending") for one in states)
    return not waits and len(server.requests) == count


def _has(server: Server, count: int) -> bool:
    return len(server.requests) == count


def _name(_method: str, target: str, headers: dict[str, str], _body: bytes) -> str:
    return target + headers.get("content-disposition", "")


def _file(headers: dict[str, str], body: bytes) -> bytes:
    """Return the file of a request, which may be a form's only part."""
    kind = headers.get("content-type", "")
    if not kind.startswith("multipart/"):
        return body
    boundary = kind.partition("boundary=")[2].strip('"').encode()
    part = body.split(b"--" + boundary)[1]
    return part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")


@pytest.mark.covers("M-RCP-22")
def test_a_recipient_is_tried_before_it_is_stored(admin: httpx.Client, server: Server) -> None:
    """The answer is the server's, or says what went wrong."""
    asked = {"name": "x", "template": HTTP}
    good = {"upload_url": f"http://127.0.0.1:{server.port}/"}
    answer = admin.post("/api/recipients/test", json={**asked, "parameters": good})
    assert answer.json()["ok"] is True, answer.text
    bad = {"upload_url": "http://127.0.0.1:1/"}
    answer = admin.post("/api/recipients/test", json={**asked, "parameters": bad})
    assert answer.json()["ok"] is False
    assert "connection" in answer.json()["message"]
    listed = admin.get("/api/recipients").json()
    assert [one for one in listed if one["name"] == "x"] == []
