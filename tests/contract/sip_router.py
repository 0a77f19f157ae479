"""A router that maps ports for those behind it: an Internet Gateway Device of UPnP, and the mappings work."""

import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, NamedTuple

from tests.contract.sip_nat import ROUTER, ROUTER_INSIDE, UNIT, Nat, entered

_SSDP: Final = ("239.255.255.250", 1900)
_DEVICE: Final = "urn:schemas-upnp-org:device:InternetGatewayDevice:1"
_SERVICE: Final = "urn:schemas-upnp-org:service:WANIPConnection:1"
_NAME: Final = "uuid:5e4b1f0e-0000-4000-8000-00408c123abc"
_DESCRIPTION: Final = f"""<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion>
<device><deviceType>{_DEVICE}</deviceType><friendlyName>Router</friendlyName><UDN>{_NAME}</UDN>
<serviceList><service><serviceType>{_SERVICE}</serviceType><serviceId>urn:upnp-org:serviceId:WANIPConn1</serviceId>
<SCPDURL>/scpd.xml</SCPDURL><controlURL>/control</controlURL><eventSubURL>/events</eventSubURL></service></serviceList>
</device></root>"""
_ENVELOPE: Final = (
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
    's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>{}</s:Body></s:Envelope>'
)
_FAULT: Final = (
    "<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>"
    '<UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>{}</errorCode>'
    "<errorDescription>{}</errorDescription></UPnPError></detail></s:Fault>"
)
_TABLE: Final = """
table ip mapped {
    chain in { type nat hook prerouting priority -100; }
}
insert rule ip filter through ct status dnat accept
"""


class Mapping(NamedTuple):
    """Whoever sends to a port of the router's public address is heard at one inside."""

    port: int
    client: str
    client_port: int
    protocol: str


@dataclass
class Router:
    """What it has been asked to do."""

    namespace: str
    refuses: bool = False
    """Whether it maps nothing, as one where that is forbidden; others map ports of those who ask."""
    delay_s: float = 0.0
    """How long after the first search it answers: who is asked may choose within what the question says."""
    refused: list[dict[str, str]] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    mappings: dict[int, Mapping] = field(default_factory=dict)
    """By port."""

    def obey(self, action: str, arguments: dict[str, str]) -> tuple[int, str]:
        """Carry out an action; returns the HTTP status and the content of the SOAP body."""
        answer: dict[str, str] = {}
        match action:
            case "GetExternalIPAddress":
                answer = {"NewExternalIPAddress": ROUTER}
            case "AddPortMapping" if self.refuses or arguments["NewInternalClient"] != UNIT:
                self.refused.append(arguments)
                return 500, _FAULT.format(718, "ConflictInMappingEntry")
            case "AddPortMapping":
                port = int(arguments["NewExternalPort"])
                self.mappings[port] = Mapping(
                    port,
                    arguments["NewInternalClient"],
                    int(arguments["NewInternalPort"]),
                    arguments["NewProtocol"],
                )
                self._enforce()
            case "DeletePortMapping" if int(arguments["NewExternalPort"]) in self.mappings:
                del self.mappings[int(arguments["NewExternalPort"])]
                self._enforce()
            case "DeletePortMapping":
                return 500, _FAULT.format(714, "NoSuchEntryInArray")
            case _:
                return 500, _FAULT.format(401, "Invalid Action")
        content = "".join(f"<{name}>{value}</{name}>" for name, value in answer.items())
        return 200, f'<u:{action}Response xmlns:u="{_SERVICE}">{content}</u:{action}Response>'

    def _enforce(self) -> None:
        lines = ["flush chain ip mapped in"]
        for port, client, client_port, protocol in self.mappings.values():
            where = f'iifname "world0" {protocol.lower()} dport {port}'
            lines.append(f"add rule ip mapped in {where} dnat to {client}:{client_port}")
        self.rule("\n".join([*lines, ""]))

    def rule(self, text: str) -> None:
        """Have the packet filter do something."""
        subprocess.run(
            ["ip", "netns", "exec", self.namespace, "nft", "-f", "-"],
            input=text,
            text=True,
            check=True,
            capture_output=True,
        )


@contextmanager
def router(networks: Nat, *, refuses: bool = False, delay_s: float = 0.0) -> Iterator[Router]:
    """Let the router of two networks know UPnP until the block ends."""
    running = Router(networks.router, refuses, delay_s)
    running.rule(_TABLE)

    class Control(BaseHTTPRequestHandler):
        """The description, and the actions."""

        def do_GET(self) -> None:
            self._answer(200, _DESCRIPTION)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            action = self.headers["SOAPAction"].strip('"').partition("#")[2]
            arguments = dict(re.findall(r"<(New\w+)[^>]*>([^<]*)</", body))
            status, content = running.obey(action, arguments)
            self._answer(status, _ENVELOPE.format(content))

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", 'text/xml; charset="utf-8"')
            self.send_header("Content-Length", str(len(text.encode())))
            self.send_header("EXT", "")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with entered(networks.router):
        control = ThreadingHTTPServer((ROUTER_INSIDE, 0), Control)
        searches = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        searches.bind(_SSDP)
        group = socket.inet_aton(_SSDP[0]) + socket.inet_aton(ROUTER_INSIDE)
        searches.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
    location = f"http://{ROUTER_INSIDE}:{control.server_port}/igd.xml"
    threads = (
        threading.Thread(target=control.serve_forever, args=(0.05,), daemon=True),
        threading.Thread(target=_be_found, args=(searches, location, running), daemon=True),
    )
    for thread in threads:
        thread.start()
    try:
        yield running
    finally:
        control.shutdown()
        control.server_close()
        with suppress(OSError):  # it is of no connection, and wakes the thread all the same
            searches.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)
        searches.close()
        running.rule("delete table ip mapped")


def _be_found(searches: socket.socket, location: str, router: Router) -> None:
    answers_at = 0.0
    while True:
        try:
            data, source = searches.recvfrom(2_048)
        except OSError:
            return
        if not data:
            return
        wanted = re.search(rb"(?im)^ST:\s*(\S+)", data)
        if not data.startswith(b"M-SEARCH") or wanted is None:
            continue
        target = wanted[1].decode()
        router.searched.append(target)
        if target not in (
            "upnp:rootdevice",
            "ssdp:all",
            _DEVICE,
            _DEVICE.rpartition(":")[0],
            _SERVICE,
        ):
            continue
        lines = ["HTTP/1.1 200 OK", "CACHE-CONTROL: max-age=120", "EXT:", f"LOCATION: {location}"]
        lines += ["SERVER: test UPnP/1.0 router/1", f"ST: {target}", f"USN: {_NAME}::{target}"]
        answers_at = answers_at or time.monotonic() + router.delay_s
        time.sleep(max(0.0, answers_at - time.monotonic()))
        searches.sendto("\r\n".join([*lines, "", ""]).encode(), source)
