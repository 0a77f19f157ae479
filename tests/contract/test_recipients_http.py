"""HTTP and HTTPS recipients: the wire form, logins, proxies, certificates, and servers that misbehave."""

import asyncio
import os
from pathlib import Path

import pytest

from daemons.events.recipients.kinds import Http, Message
from tests.contract.recipients_rig import (
    Authority,
    cut_off,
    drip,
    file_message,
    hang,
    scripted,
    send,
)
from tests.contract.recipients_web import (
    Answer,
    Request,
    asks_basic,
    asks_digest,
    proxy,
    web_server,
)

MESSAGE = Message(text="Motion & sound, ½", http=Http(query="camera=1&level=20%25"))
TARGET = "/cgi-bin/notify.cgi?Message=Motion%20%26%20sound%2C%20%C2%BD&camera=1&level=20%25"


def parameters(
    port: int, scheme: str = "http", path: str = "cgi-bin/notify.cgi", **others: str
) -> dict[str, str]:
    """Return where the server is."""
    return {"upload_url": f"{scheme}://127.0.0.1:{port}/{path}"} | others


def is_open(path: str) -> bool:
    """Whether this process has the file open."""
    return path in {str(link.resolve()) for link in Path("/proc/self/fd").iterdir()}


@pytest.mark.covers("M-RCP-07", part="URL")
async def test_a_notification_is_the_url_with_text_and_parameters() -> None:
    """VAPIX events page 5.2."""
    async with web_server() as web:
        result = await send("http", parameters(web.port), MESSAGE)
    assert result.ok, result.reason
    assert [(request.method, request.target) for request in web.requests] == [("GET", TARGET)]


async def test_a_url_may_have_parameters_of_its_own() -> None:
    """They come first, and what is already encoded stays so."""
    async with web_server() as web:
        path = "axis-cgi/playclip.cgi?location=a%20b.mp3"
        assert (await send("http", parameters(web.port, path=path), Message(text="x"))).ok
        assert (await send("http", parameters(web.port, path=path), Message())).ok
    assert [request.target for request in web.requests] == [f"/{path}&Message=x", f"/{path}"]


async def test_method_headers_and_body() -> None:
    """The newer parameters of the action."""
    http = Http("PUT", "a=1", (("X-Site", "hall"), ("Content-Type", "text/plain")), "böse")
    async with web_server() as web:
        result = await send("http", parameters(web.port), Message(http=http))
    assert result.ok, result.reason
    (request,) = web.requests
    assert (request.method, request.body) == ("PUT", "böse".encode())
    assert (request.headers["x-site"], request.headers["content-type"]) == ("hall", "text/plain")


@pytest.mark.parametrize(
    "http",
    [
        Http(headers=(("X-A", "1\r\nX-Evil: 1"),)),
        Http(headers=(("X-A: 1\r\nX-Evil", "1"),)),
        Http(headers=(("Host", "elsewhere"),)),
        Http(headers=(("content-length", "3"),)),
        Http(query="a=1\r\nX-Evil: 1"),
        Http(query="a=1 HTTP/1.1\nX-Evil: 1"),
        Http(method="GET / HTTP/1.1\r\nX-Evil: 1\r\n"),
    ],
)
async def test_nothing_adds_a_line_to_a_request(http: Http) -> None:
    """0 additional headers, whichever field they are hidden in."""
    async with web_server() as web:
        result = await send("http", parameters(web.port), Message(text="x", http=http))
    assert (result.ok, result.permanent) == (False, True)
    assert web.requests == []


async def test_a_text_of_several_lines_stays_in_its_argument() -> None:
    """Percent-encoded, it cannot become a header."""
    async with web_server() as web:
        assert (await send("http", parameters(web.port), Message(text="a\r\nX-Evil: 1"))).ok
    assert web.requests[0].target.endswith("?Message=a%0D%0AX-Evil%3A%201")
    assert "x-evil" not in web.requests[0].headers


@pytest.mark.covers("M-RCP-07", part="login")
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_digest(algorithm: str) -> None:
    """The password itself is never sent to who can do without it."""
    async with web_server(asks_digest("cam", "s3cret", algorithm)) as web:
        good = await send("http", parameters(web.port, login="cam", password="s3cret"), MESSAGE)
        bad = await send("http", parameters(web.port, login="cam", password="wr0ng-one"), MESSAGE)
    assert good.ok, good.reason
    assert not bad.ok
    assert "refuses the login (401" in bad.reason
    assert not any("Basic" in request.headers.get("authorization", "") for request in web.requests)


@pytest.mark.covers("M-RCP-07", part="login")
async def test_basic() -> None:
    """Only when the server asks for it."""
    async with web_server(asks_basic("cam:s3cret")) as web:
        good = await send("http", parameters(web.port, login="cam", password="s3cret"), MESSAGE)
        bad = await send("http", parameters(web.port), MESSAGE)
    assert good.ok, good.reason
    assert not bad.ok
    assert "authorization" not in web.requests[0].headers


@pytest.mark.covers("M-RCP-07", part="proxy")
async def test_http_through_a_proxy_with_a_login() -> None:
    """The proxy sees the whole address and its own login."""
    async with web_server() as web, proxy("pro:xy-s3cret") as way:
        through = parameters(
            web.port, proxy_host="127.0.0.1", proxy_port=str(way.port), proxy_login="pro"
        )
        good = await send("http", through | {"proxy_password": "xy-s3cret"}, MESSAGE)
        bad = await send("http", through | {"proxy_password": "wr0ng-one"}, MESSAGE)
    assert good.ok, good.reason
    assert not bad.ok
    assert "the proxy refuses" in bad.reason
    assert [request.target for request in web.requests] == [TARGET]
    assert "proxy-authorization" not in web.requests[0].headers


@pytest.mark.covers("M-RCP-08", part="proxy")
async def test_https_through_a_proxy_with_a_login(tmp_path: Path) -> None:
    """By CONNECT: the proxy sees host and port only, and the certificate is the server's."""
    authority = Authority(tmp_path)
    async with web_server(certificate=authority.issue("127.0.0.1")) as web, proxy("pro:xy") as way:
        through = parameters(web.port, "https", proxy_host="127.0.0.1", proxy_port=str(way.port))
        login = {"proxy_login": "pro", "proxy_password": "xy"}
        good = await send("https", through | login, MESSAGE, trusted=str(authority.path))
        bad = await send("https", through, MESSAGE, trusted=str(authority.path))
    assert good.ok, good.reason
    assert not bad.ok
    assert [request.target for request in web.requests] == [TARGET]
    assert {request.target for request in way.requests} == {f"127.0.0.1:{web.port}"}


@pytest.mark.covers("M-RCP-08")
async def test_https_with_a_login(tmp_path: Path) -> None:
    """The same as HTTP, encrypted, to a server whose certificate is good."""
    authority = Authority(tmp_path)
    reply = asks_digest("cam", "s3cret")
    async with web_server(reply, certificate=authority.issue("127.0.0.1")) as web:
        given = parameters(web.port, "https", login="cam", password="s3cret")
        result = await send("https", given, MESSAGE, trusted=str(authority.path))
    assert result.ok, result.reason
    assert web.requests[-1].target == TARGET


@pytest.mark.covers("M-RCP-08", part="validate server certificate")
@pytest.mark.parametrize("wrong", ["unknown authority", "other name", "expired"])
async def test_a_bad_certificate_is_refused_unless_nobody_asks(wrong: str, tmp_path: Path) -> None:
    """With validation nothing is sent; without it all is."""
    authority = Authority(tmp_path)
    certificate = authority.issue(
        "192.0.2.1" if wrong == "other name" else "127.0.0.1", expired=wrong == "expired"
    )
    trusted = "" if wrong == "unknown authority" else str(authority.path)
    async with web_server(certificate=certificate) as web:
        refused = await send("https", parameters(web.port, "https"), MESSAGE, trusted=trusted)
        assert web.requests == []
        lax = parameters(web.port, "https", validate_server_cert="0")
        taken = await send("https", lax, MESSAGE, trusted=trusted)
    assert not refused.ok
    assert "certificate" in refused.reason
    assert taken.ok, taken.reason


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
async def test_redirections_are_not_followed(status: str) -> None:
    """Neither inward nor anywhere else; the reason says where it would have gone."""
    async with web_server() as inward:
        where = f"http://127.0.0.1:{inward.port}/secret"

        def redirect(request: Request) -> Answer:
            return Answer(status, (f"Location: {where}",))

        async with web_server(redirect) as web:
            result = await send("http", parameters(web.port), MESSAGE)
    assert not result.ok
    assert where in result.reason
    assert inward.requests == []


async def test_other_answers_are_failures_to_be_tried_again() -> None:
    """With the server's own words."""
    async with web_server(lambda request: Answer("503 Over Loaded")) as web:
        result = await send("http", parameters(web.port), MESSAGE)
    assert (result.ok, result.permanent) == (False, False)
    assert "503 Over Loaded" in result.reason


async def test_a_file_is_posted(tmp_path: Path) -> None:
    """With its name and type, after a login that cost a second request."""
    content = os.urandom(200_000)
    async with web_server(asks_digest("cam", "s3cret")) as web:
        given = parameters(web.port, login="cam", password="s3cret")
        result = await send("http", given, file_message(tmp_path, content))
    assert result.ok, result.reason
    request = web.requests[-1]
    assert (request.method, request.body) == ("POST", content)
    assert request.headers["content-type"] == "video/x-matroska"
    assert request.headers["content-disposition"].endswith("filename*=UTF-8''door_0000007.mkv")


async def test_a_connection_that_breaks_in_mid_file_is_tried_again(tmp_path: Path) -> None:
    """Nothing says that the file arrived."""
    message = file_message(tmp_path, os.urandom(3_000_000))
    async with web_server() as web, cut_off(web.port, 100_000) as port:
        result = await send("http", parameters(port), message)
        assert message.file is not None
        assert not is_open(message.file.path)
    assert (result.ok, result.permanent, web.requests) == (False, False, [])


@pytest.mark.parametrize("handler", [hang, drip], ids=["hang", "drip"])
async def test_a_server_without_an_answer_costs_its_time_and_no_more(handler: object) -> None:
    """The deadline ends what no single step's time-out does."""
    async with scripted(handler) as port:  # type: ignore[arg-type]
        result = await send("http", parameters(port), MESSAGE, seconds=0.6)
    assert (result.ok, result.permanent) == (False, False)


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    """2xx is 2xx; the rest is of no interest."""

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(65536))
            await writer.drain()

    async with scripted(endless) as port:
        result = await send("http", parameters(port), MESSAGE)
    assert result.ok, result.reason


async def test_a_head_without_end_is_cut_off() -> None:
    """No memory is filled with it."""

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: 1\r\n" * 1000)
            await writer.drain()

    async with scripted(endless) as port:
        assert not (await send("http", parameters(port), MESSAGE)).ok


async def test_a_server_that_tells_our_password_is_not_quoted() -> None:
    """What a server says goes into logs; its knowledge of us does not."""
    async with web_server(lambda request: Answer("500 s3cret-w0rd is wrong")) as web:
        given = parameters(web.port, login="cam", password="s3cret-w0rd")
        result = await send("http", given, MESSAGE)
    assert "*** is wrong" in result.reason


@pytest.mark.covers("M-RCP-22", part="HTTP and HTTPS")
async def test_the_test_sends_a_notification(tmp_path: Path) -> None:
    """And says what the server answered."""
    authority = Authority(tmp_path)
    async with web_server() as web:
        result = await send("http", parameters(web.port), None)
    assert (result.ok, result.reason) == (True, "the server answered 200 OK")
    assert web.requests[0].target == "/cgi-bin/notify.cgi?Message=Test"
    async with web_server(certificate=authority.issue("127.0.0.1")) as web:
        assert not (await send("https", parameters(web.port, "https"), None)).ok
