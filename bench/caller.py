"""A phone of hardly any code: one call by UDP, with RTP of PCMU both ways and the times of both."""

import re
import secrets
import select
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.figures import CannotMeasure
from bench.talker import PACKET_BYTES

HOST = "127.0.0.1"
PATIENCE_S = 5.0
LONGEST = 65_535
_OFFER = """\
v=0
o=- 1 1 IN IP4 {host}
s=-
c=IN IP4 {host}
t=0 0
m=audio {port} RTP/AVP 0
a=rtpmap:0 PCMU/8000
a=ptime:20
a=sendrecv
"""


@dataclass
class Call:
    """A call that was answered."""

    answered_s: float
    """From the INVITE to its 200."""
    sound: socket.socket
    """Sends to the other party's RTP port."""

    def first_packet_s(self, since_ns: int) -> float:
        """Return how long after a time the first RTP packet came."""
        if not select.select([self.sound], [], [], PATIENCE_S)[0]:
            raise CannotMeasure("no RTP comes")
        return (time.monotonic_ns() - since_ns) / 1e9

    @contextmanager
    def heard(self) -> Iterator[list[tuple[int, bytes]]]:
        """Note what comes, and when, as long as the block runs: (time, payload)."""
        over = threading.Event()
        arrived: list[tuple[int, bytes]] = []

        def read() -> None:
            while not over.is_set():
                if select.select([self.sound], [], [], 0.1)[0]:
                    packet = self.sound.recv(LONGEST)
                    arrived.append((time.monotonic_ns(), packet[12:]))

        thread = threading.Thread(target=read, name="ear")
        thread.start()
        try:
            yield arrived
        finally:
            over.set()
            thread.join()

    def say(self, payloads: Iterable[bytes]) -> None:
        """Send each payload as an RTP packet, when it is there."""
        source = secrets.randbits(32)
        for number, payload in enumerate(payloads):
            at = number * PACKET_BYTES
            head = struct.pack("!BBHII", 0x80, 0x80 * (not number), number & 0xFFFF, at, source)
            self.sound.send(head + payload)


@contextmanager
def calling(port: int) -> Iterator[Call]:
    """Call whoever listens at a port of this machine and answers by itself; hang up at the end."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sound,
    ):
        for each in (line, sound):
            each.bind((HOST, 0))
        line.connect((HOST, port))
        own = line.getsockname()[1]
        call_id, tag = secrets.token_hex(8), secrets.token_hex(4)
        target = f"sip:unit@{HOST}:{port}"

        def message(method: str, number: int, to: str, uri: str, body: str = "") -> bytes:
            lines = (
                f"{method} {uri} SIP/2.0",
                f"Via: SIP/2.0/UDP {HOST}:{own};branch=z9hG4bK{secrets.token_hex(8)};rport",
                f"From: <sip:bench@{HOST}:{own}>;tag={tag}",
                f"To: {to}",
                f"Call-ID: {call_id}",
                f"CSeq: {number} {method}",
                f"Contact: <sip:bench@{HOST}:{own}>",
                "Max-Forwards: 70",
                *(("Content-Type: application/sdp",) if body else ()),
                f"Content-Length: {len(body)}",
            )
            return "\r\n".join((*lines, "", body)).encode()

        offer = _OFFER.format(host=HOST, port=sound.getsockname()[1]).replace("\n", "\r\n")
        begun = time.monotonic_ns()
        line.send(message("INVITE", 1, f"<{target}>", target, offer))
        answer = _final(line, begun)
        answered_s = (time.monotonic_ns() - begun) / 1e9
        to = _header(answer, "To")
        contact = re.search(r"<([^>]+)>", _header(answer, "Contact"))
        there = re.search(r"^m=audio (\d+)", answer, re.MULTILINE)
        if contact is None or there is None:
            raise CannotMeasure("the answer has no contact, or no sound")
        sound.connect((HOST, int(there[1])))
        line.send(message("ACK", 1, to, contact[1]))
        try:
            yield Call(answered_s, sound)
        finally:
            line.send(message("BYE", 2, to, contact[1]))
            _final(line, time.monotonic_ns())


def _final(line: socket.socket, since_ns: int) -> str:
    """Return the final answer to a request."""
    while (left := PATIENCE_S - (time.monotonic_ns() - since_ns) / 1e9) > 0:
        if not select.select([line], [], [], left)[0]:
            break
        answer = line.recv(LONGEST).decode()
        code = answer[8:11]
        if answer.startswith("SIP/2.0 2"):
            return answer
        if answer.startswith("SIP/2.0 ") and code >= "300":
            raise CannotMeasure(f"a call was refused: {answer.splitlines()[0]}")
    raise CannotMeasure("a call was not answered")


def _header(answer: str, name: str) -> str:
    found = re.search(rf"^{name}: *(.+?)\r?$", answer, re.MULTILINE | re.IGNORECASE)
    if found is None:
        raise CannotMeasure(f"the answer has no {name}")
    return found[1]
