"""Clients of the unit's events: SOAP as a stranger writes it, and the stream as Home Assistant's library opens it."""

import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.suite import Unit

ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
EVENT = "http://www.axis.com/vapix/ws/event1"
SERVICES = "/vapix/services"
STREAM = "/vapix/ws-data-stream?sources=events"
ALL = {"topicFilter": "//."}
VIRTUAL_INPUT = "tns1:Device/tnsaxis:IO/VirtualInput"


def soap(client: httpx.Client, body: str) -> ElementTree.Element:
    """Ask a service something; returns what the body of the answer holds, a fault or not."""
    message = f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body>{body}</s:Body></s:Envelope>'
    headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
    answer = client.post(SERVICES, content=message, headers=headers)
    root = ElementTree.fromstring(answer.text)
    found = root.find(f"{{{ENVELOPE}}}Body")
    assert found is not None
    assert answer.status_code == (400 if found[0].tag == f"{{{ENVELOPE}}}Fault" else 200)
    return found[0]


def set_virtual_input(client: httpx.Client, number: int, active: bool) -> bool:
    """Change a virtual input by the event service; returns whether that changed it."""
    order = f"<port>{number}</port><active>{int(active)}</active>"
    answer = soap(
        client, f'<ChangeVirtualInputState xmlns="{EVENT}">{order}</ChangeVirtualInputState>'
    )
    return answer.findtext(f"{{{EVENT}}}stateChanged") == "true"


class Stream:
    """An open event stream."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def configure(self, *filters: Mapping[str, str]) -> Any:
        """Ask for events; returns the answer, which is the next thing that is said."""
        self._connection.send(
            json.dumps(
                {
                    "apiVersion": "1.0",
                    "context": "axis-py",
                    "method": "events:configure",
                    "params": {"eventFilterList": filters},
                }
            )
        )
        return json.loads(self._connection.recv(timeout=20))

    def next(self) -> tuple[str, dict[str, str], dict[str, str]]:
        """Return topic, source and data of the next event."""
        told = json.loads(self._connection.recv(timeout=20))
        assert told["method"] == "events:notify"
        notification = told["params"]["notification"]
        message = notification["message"]
        return notification["topic"], message["source"], message["data"]

    def until(
        self, what: str, found: Callable[[str, dict[str, str], dict[str, str]], bool]
    ) -> dict[str, str]:
        """Take events until there is one such; returns its data."""
        for _ in range(5000):
            event = self.next()
            if found(*event):
                return event[2]
        raise AssertionError(f"not among 5000 events: {what}")

    def until_virtual_input(self, number: int, active: bool) -> None:
        """Take events until a virtual input is so."""
        data = {"active": str(int(active))}
        self.until(
            f"virtual input {number}",
            lambda topic, source, told: (
                topic == VIRTUAL_INPUT and source == {"port": str(number)} and told == data
            ),
        )

    def ended(self) -> int:
        """Take everything until the unit ends the stream; returns the code."""
        try:
            while True:
                self._connection.recv(timeout=40)
        except ConnectionClosed as closed:
            return 0 if closed.rcvd is None else closed.rcvd.code


def insecure() -> ssl.SSLContext:
    """Return how to take a certificate that the unit has made itself."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def streaming(
    unit: Unit, more: str = "", *, encrypted: bool, headers: Mapping[str, str] | None = None
) -> Iterator[Stream]:
    """Open a stream with `more` in its address, and a login in a header if there is one."""
    url = (unit.https_url if encrypted else unit.http_url).replace("http", "ws", 1)
    context = insecure() if encrypted else None
    with connect(
        f"{url}{STREAM}{more}", ssl=context, additional_headers=headers, close_timeout=1
    ) as connection:
        yield Stream(connection)


@contextmanager
def slow_stream(unit: Unit, name: str, password: str) -> Iterator[Stream]:
    """Open a stream whose client has hardly any room for what it does not read."""
    address = urlsplit(unit.http_url)
    with socket.socket() as narrow:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.connect(("127.0.0.1", address.port))
        login = digest_of(unit, name, password)
        url = f"{unit.http_url.replace('http', 'ws', 1)}{STREAM}"
        with connect(url, sock=narrow, additional_headers=login, close_timeout=1) as connection:
            yield Stream(connection)


@contextmanager
def streaming_as(unit: Unit, client: httpx.Client) -> Iterator[Stream]:
    """Open a stream as the client's account, with a ticket."""
    ticket = client.get("/axis-cgi/wssession.cgi")
    assert ticket.status_code == 200
    with streaming(unit, f"&wssession={ticket.text}", encrypted=True) as stream:
        yield stream


def digest_of(unit: Unit, name: str, password: str) -> dict[str, str]:
    """Return the header that answers the challenge to somebody who opens a stream without a login."""
    request = httpx.Request(
        "GET",
        f"{unit.http_url}{STREAM}",
        headers={
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        },
    )
    flow = httpx.DigestAuth(name, password).sync_auth_flow(request)
    with httpx.Client(timeout=20) as client:
        challenged = client.send(next(flow))
    assert challenged.status_code == 401
    assert "Digest" in challenged.headers["WWW-Authenticate"]
    return {"Authorization": flow.send(challenged).headers["Authorization"]}
