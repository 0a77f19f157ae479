"""Sends notifications and files by HTTP and HTTPS (VAPIX events page 5.2).

A notification is the URL with the text in the CGI parameter `Message` and the raw parameters behind it. A file is the
body of a POST. Nothing is followed anywhere: a redirection is an error that names where it leads.
"""

import re
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from urllib.parse import quote

import anyio
import httpcore
import httpx

from daemons.events.delivery.line import STEP_S, Line
from daemons.events.recipients.kinds import Failed, File, Message
from daemons.events.recipients.senders.files import CHUNK_BYTES, existing, size_of
from daemons.events.recipients.senders.http_login import Login
from daemons.events.recipients.senders.http_transport import Transport

_MOST_ANSWER_BYTES = 64 * 1024
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_FRAMING = {"host", "content-length", "transfer-encoding", "connection", "authorization"}
_MOST_HEADERS = 50


async def deliver(line: Line, parameters: Mapping[str, str], message: Message) -> str:
    """Send one request; done when the answer is a 2xx."""
    url = httpx.URL(target(parameters["upload_url"], message))
    try:
        async with (
            _opened(message.file) as body,
            httpx.AsyncClient(
                transport=Transport(line, parameters),
                auth=Login(parameters["login"], parameters["password"]),
                timeout=STEP_S,
                trust_env=False,
                follow_redirects=False,
                headers={"User-Agent": "C8210"},
            ) as client,
        ):
            request = _request(client, url, message, body)
            response = await client.send(request, stream=True)
            async with aclosing(response):
                return await _judge(response)
    except (httpcore.TimeoutException, httpx.TimeoutException):
        raise Failed("the server does not answer in time") from None
    except (httpcore.ProxyError, httpx.ProxyError) as error:
        raise Failed(f"the proxy refuses: {error}") from error
    except ssl.SSLError as error:
        raise Failed(f"TLS failed: {error}") from error
    except (httpcore.ConnectError, httpx.ConnectError) as error:
        raise Failed(f"no connection: {error}") from error
    except _ERRORS as error:
        raise Failed(f"the exchange broke: {error or type(error).__name__}") from error


_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpx.HTTPError,
    httpx.InvalidURL,
    OSError,
)


async def test(line: Line, parameters: Mapping[str, str]) -> str:
    """Send a notification."""
    return await deliver(line, parameters, Message(text="Test"))


def target(url: str, message: Message) -> str:
    """Return the URL with the text and the raw parameters of a message."""
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in _raw(message)):
        raise Failed("the parameters hold a line break", permanent=True)
    url = url.partition("#")[0]
    text = f"Message={quote(message.text, safe='')}" if message.text else ""
    query = "&".join(
        part for part in (text, quote(_raw(message), safe="%/:?@!$&'()*+,;=-._~[]")) if part
    )
    if not query:
        return url
    return url + ("&" if "?" in url else "?") + query


def _raw(message: Message) -> str:
    return message.http.query if message.http is not None else ""


def _request(
    client: httpx.AsyncClient,
    url: httpx.URL,
    message: Message,
    file_body: AsyncIterable[bytes] | None,
) -> httpx.Request:
    http = message.http
    headers = dict(_checked_headers(http.headers)) if http is not None else {}
    if message.file is not None:
        file = message.file
        headers |= {
            "Content-Type": file.media_type,
            "Content-Length": str(size_of(file)),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        }
        return client.build_request("POST", url, headers=headers, content=file_body)
    method = http.method if http is not None else "GET"
    if method not in _METHODS:
        raise Failed(f"there is no method '{method}'", permanent=True)
    body = http.body.encode() if http is not None and http.body else None
    return client.build_request(method, url, headers=headers, content=body)


def _checked_headers(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    headers = tuple(headers)
    if len(headers) > _MOST_HEADERS:
        raise Failed(f"there are more than {_MOST_HEADERS} headers", permanent=True)
    for name, value in headers:
        if not _TOKEN.fullmatch(name) or name.lower() in _FRAMING:
            raise Failed(f"'{name[:64]}' cannot be a header of a notification", permanent=True)
        if not value.isascii() or not value.isprintable():
            raise Failed(f"the header {name} holds what no header can", permanent=True)
    return headers


@asynccontextmanager
async def _opened(file: File | None) -> AsyncIterator[AsyncIterable[bytes] | None]:
    """Have a file open for as long as its request takes: a body is left in the middle when the connection breaks."""
    if file is None:
        yield None
        return
    async with await anyio.open_file(existing(file).path, "rb") as source:
        yield _Body(source)


class _Body:
    """A file as a body that can be sent anew after the server has asked for a login."""

    def __init__(self, source: anyio.AsyncFile[bytes]) -> None:
        self._source = source

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await self._source.seek(0)
        while data := await self._source.read(CHUNK_BYTES):
            yield data


async def _judge(response: httpx.Response) -> str:
    read = 0
    async for data in response.aiter_raw(4096):
        read += len(data)
        if read > _MOST_ANSWER_BYTES:
            break
    code = response.status_code
    said = f"{code} {response.reason_phrase}"
    if 200 <= code < 300:
        return f"the server answered {said}"
    if 300 <= code < 400:
        where = response.headers.get("location", "nowhere")
        raise Failed(f"the server redirects to {where}, which is not followed ({said})")
    if code in (401, 403):
        raise Failed(f"the server refuses the login ({said})")
    if code == 407:
        raise Failed(f"the proxy refuses the login ({said})")
    raise Failed(f"the server answered {said}")
