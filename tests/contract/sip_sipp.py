"""SIPp as a phone: scenarios of a few lines, and what it says of those that went another way."""

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

from tests.contract.private_bus import eventually
from tests.suite import free_port

HOST = "127.0.0.1"
WITHIN_S = 30.0

_UNIT = "sip:unit@[remote_ip]:[remote_port]"
SDP = """v=0
o=sipp 1 [n] IN IP4 [local_ip]
s=-
c=IN IP4 {connection}
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
a={direction}"""


def sdp(number: int = 1, direction: str = "sendrecv", connection: str = "[media_ip]") -> str:
    """Return a description of sound; `number` is its version."""
    return SDP.format(direction=direction, connection=connection).replace("[n]", str(number))


@dataclass
class Scenario:
    """What one side of a call sends and expects, in its order."""

    steps: list[str] = field(default_factory=list)
    _number: int = 0
    _invited: int = 0

    def ask(self, method: str, *headers: str, body: str = "", back: int = 0) -> "Scenario":
        """Send a request. `back`: so many steps before the CANCEL was the INVITE that it means."""
        first = not self._number
        if method not in ("ACK", "CANCEL"):
            self._number += 1
        if method == "INVITE":
            self._invited = self._number
        begins = first or method == "CANCEL"
        lines = [
            f"{method} {_UNIT if begins else '[next_url]'} SIP/2.0",
            f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch{f'-{back}' if back else ''}]",
            "From: sipp <sip:sipp@[local_ip]:[local_port]>;tag=[pid]sipp[call_number]",
            f"To: <{_UNIT}>{'' if begins else '[peer_tag_param]'}",
            "Call-ID: [call_id]",
            f"CSeq: {self._invited if method in ('ACK', 'CANCEL') else self._number} {method}",
            "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>",
            "Max-Forwards: 70",
            *headers,
        ]
        return self._send(lines, body, "" if method in ("ACK", "CANCEL") else ' retrans="500"')

    def answer(self, status: str, *headers: str, body: str = "", tag: bool = True) -> "Scenario":
        """Answer the last request; `tag`: it is the one that began the call."""
        lines = [
            f"SIP/2.0 {status}",
            "[last_Via:]",
            "[last_From:]",
            "[last_To:];tag=[pid]sipp" if tag else "[last_To:]",
            "[last_Call-ID:]",
            "[last_CSeq:]",
            "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>",
            *headers,
        ]
        return self._send(lines, body, "")

    def gets(self, status: int, *, rest: str = "", optional: bool = False) -> "Scenario":
        """Expect an answer; `rest` is a regular expression that it has, whose group is `[$2]` from then on."""
        how = f'response="{status}" rrs="true" optional="{str(optional).lower()}"'
        self.steps.append(f"<recv {how}>{_check(rest)}</recv>")
        return self

    def asked(self, method: str, *, rest: str = "") -> "Scenario":
        """Expect a request."""
        self.steps.append(f'<recv request="{method}" rrs="true">{_check(rest)}</recv>')
        return self

    def waits(self, milliseconds: int) -> "Scenario":
        """Let time pass."""
        self.steps.append(f'<pause milliseconds="{milliseconds}"/>')
        return self

    def _send(self, lines: list[str], body: str, how: str) -> "Scenario":
        kind = ["Content-Type: application/sdp"] if body else []
        text = "\n".join([*lines, *kind, "Content-Length: [len]", "", body])
        self.steps.append(f"<send{how}><![CDATA[\n{text}\n]]></send>")
        return self

    def __str__(self) -> str:
        steps = "\n".join(self.steps)
        used = '<Reference variables="1,2"/>' if "assign_to" in steps else ""
        return f'<?xml version="1.0"?>\n<scenario name="one">\n{steps}\n{used}</scenario>\n'


def _check(rest: str) -> str:
    if not rest:
        return ""
    return (
        f'<action><ereg regexp={quoteattr(rest)} search_in="msg" check_it="true" '
        'assign_to="1,2"/></action>'
    )


class Sipp:
    """A running SIPp with one scenario and one call."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, folder: Path) -> None:
        self._process = process
        self._folder = folder
        self.port = port
        self.uri = f"sip:sipp@{HOST}:{port}"

    async def listens(self) -> None:
        """Wait until it can be called."""
        wanted = f":{self.port:04X} "

        def bound() -> bool:
            return any(wanted in line for line in Path("/proc/net/udp").read_text().splitlines())

        await eventually(bound, "SIPp listens")

    async def ends(self) -> None:
        """Wait for the end of the scenario; what went another way is told."""
        try:
            async with asyncio.timeout(WITHIN_S):
                status = await self._process.wait()
        except TimeoutError:
            self._process.kill()
            status = await self._process.wait()
        assert status == 0, "\n".join(
            file.read_text(errors="replace")[-6000:]
            for pattern in ("*_errors.log", "*_messages.log", "out")
            for file in self._folder.glob(pattern)
        )


async def sipp(
    folder: Path, scenario: Scenario, unit: str, *options: str, transport: str = "u1"
) -> Sipp:
    """Start one; `unit` is `host:port`. It has ended when `ends` returns."""
    program = shutil.which("sipp")
    assert program, "sipp is not installed: etc/setup/packages.list"
    _keep(scenario, folder)
    port = free_port()
    with (folder / "out").open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(program, unit, "-sf", "scenario.xml", "-m", "1", "-nostdin", "-nd", "-t", transport),
            *("-i", HOST, "-mi", HOST, "-p", str(port), "-mp", str(free_port())),
            *("-trace_err", "-trace_msg", "-timeout", "25", "-timeout_error", *options),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={"TERM": "dumb", "PATH": "/usr/bin"},
        )
    return Sipp(process, port, folder)


def _keep(scenario: Scenario, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.xml").write_text(str(scenario))
