"""The phone of sip_guard_program in a process of its own, and callers from any address of loopback."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.contract.sip_message import Headers, Message, built, description, parsed, token
from tests.contract.sip_sanitized import assert_silent, sanitizers
from tests.suite import ROOT, free_port

ANSWER_S = 5.0
needs_stack = pytest.mark.skipif(
    importlib.util.find_spec("pjsua2") is None, reason="the SIP stack is not built (make pjsip)"
)


class Phone:
    """The process, and orders to it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    def ask(self, method: str, *arguments: Any) -> Any:
        """Give an order and return what it answers."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps([method, *arguments]), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        assert answer, f"the phone is gone: {self.process.poll()}"
        return json.loads(answer)

    def count(self) -> dict[str, int]:
        counters: dict[str, int] = self.ask("counters")
        return counters

    def handled(self) -> int:
        """Return how many requests it has seen the end of."""
        counters = self.count()
        return counters["passed"] + counters["answered"] + counters["dropped"]

    @contextmanager
    def flooded(self, number: int) -> Iterator[None]:
        """Wait until it has handled so many requests more; its socket holds about a hundred."""
        before = self.handled()
        yield
        self.wait_for("handled", before + number)

    def wait_for(self, what: str, number: int) -> None:
        """Wait until an order answers this number."""
        end = time.monotonic() + ANSWER_S
        look = self.handled if what == "handled" else lambda: self.ask(what)
        while (found := look()) != number:
            assert time.monotonic() < end, f"{what}: {found}, not {number}"


@contextmanager
def running_phone(log: Path) -> Iterator[Phone]:
    """Start the phone; at the end it must go by itself, and no sanitizer may have spoken."""
    port = free_port()
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.contract.sip_guard_program", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": ""} | sanitizers(),
        )
    assert process.stdin
    assert process.stdout
    with process.stdin, process.stdout:
        try:
            phone = Phone(process, port)
            phone.ask("counters")  # it is there
            yield phone
            process.stdin.close()
            assert process.wait(20) == 0
        finally:
            process.kill()
            process.wait()
    assert_silent(log.read_text(errors="replace"))


class Caller:
    """Somebody at an address of loopback who speaks SIP over UDP, well or badly."""

    def __init__(self, phone: Phone, host: str) -> None:
        self.phone = phone
        self.host = host
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.settimeout(ANSWER_S)
        self.port: int = self.socket.getsockname()[1]

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def offer(self, *more: str) -> bytes:
        """Return a description that the phone takes, with more lines of its stream; nobody hears port 9000."""
        return description(self.host, 9000, ("0 PCMU/8000",), *more)

    def request(
        self,
        method: str,
        body: bytes = b"",
        *,
        call: str = "",
        more: Headers = (),
        to_tag: str = "",
        number: int = 1,
        branch: str = "",
        contact: str = "",
        via: str = "",
        kind: str = "application/sdp",
    ) -> bytes:
        """Write a request to the phone."""
        call = call or token()
        uri = f"sip:phone@127.0.0.1:{self.phone.port}"
        branch = branch or token("z9hG4bK")
        tag = f";tag={to_tag}" if to_tag else ""
        headers: Headers = (
            ("Via", f"SIP/2.0/UDP {self.host}:{self.port};rport;branch={branch}{via}"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:caller@{self.host}>;tag={call}"),
            ("To", f"<{uri}>{tag}"),
            ("Call-ID", call),
            ("CSeq", f"{number} {method}"),
            ("Contact", f"<sip:caller@{contact or self.host}:{self.port}>"),
            *more,
        )
        return built(f"{method} {uri} SIP/2.0", headers, body, kind)

    def send(self, data: bytes) -> None:
        self.socket.sendto(data, ("127.0.0.1", self.phone.port))

    def receive(self, within_s: float = ANSWER_S) -> Message | None:
        """Return the next message; None when none comes in time."""
        self.socket.settimeout(within_s)
        try:
            data, source = self.socket.recvfrom(65536)
        except TimeoutError:
            return None
        return parsed(data, "udp", source, to=(self.host, self.port))

    def ask(self, data: bytes) -> int:
        """Send a request and return the status of its final answer."""
        self.send(data)
        while answer := self.receive():
            if answer.status >= 200 and answer.branch.encode() in data:
                self.last = answer
                return answer.status
        raise AssertionError(f"no answer to {data[:100]!r}")

    def answer(self, request: Message, status: int, body: bytes = b"") -> None:
        """Answer a request of the phone."""
        copied = tuple(
            (name, value + ";tag=answer" if name == "to" and "tag=" not in value else value)
            for name, value in request.headers
            if name in ("via", "from", "to", "call-id", "cseq")
        )
        contact = ("Contact", f"<sip:caller@{self.host}:{self.port}>")
        self.send(built(f"SIP/2.0 {status} Told", (*copied, contact), body))

    def try_to_call(self, body: bytes) -> "Call | None":
        """Call the phone with any description; it may refuse, but it must answer."""
        call = token()
        if self.ask(self.request("INVITE", body, call=call)) != 200:
            return None
        answered = Call(self, call, self.last.tag("to"))
        answered.acknowledge(1)
        return answered

    def call(self) -> "Call":
        """Call the phone; it must take it."""
        call = self.try_to_call(self.offer())
        assert call, self.last
        return call


class Call:
    """A call that was answered."""

    def __init__(self, caller: Caller, name: str, to_tag: str) -> None:
        self.caller = caller
        self.name = name
        self.to_tag = to_tag
        self.number = 1

    def acknowledge(self, number: int) -> None:
        self.caller.send(
            self.caller.request("ACK", call=self.name, to_tag=self.to_tag, number=number)
        )

    def ask(self, method: str, body: bytes = b"") -> int:
        """Send a request within the call."""
        self.number += 1
        data = self.caller.request(
            method, body, call=self.name, to_tag=self.to_tag, number=self.number
        )
        status = self.caller.ask(data)
        if method == "INVITE":
            self.acknowledge(self.number)
        return status

    def end(self) -> None:
        assert self.ask("BYE") == 200
