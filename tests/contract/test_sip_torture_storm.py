"""Storms of bad messages: calls of those the unit knows go through while they last, and afterwards.

`C8210_TORTURE=10000` sends as many mutated messages as the promise names; a build has time for fewer.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count, islice
from pathlib import Path

import pytest

from daemons.sip.stack import wire
from tests.contract.private_bus import eventually
from tests.contract.sip_dialog import call
from tests.contract.sip_peers import RawPeer, silence
from tests.contract.sip_rig import SipRig, needs_stack
from tests.contract.sip_sanitized import SANITIZED
from tests.contract.sip_torture import mutated, tortures
from tests.contract.sip_wire_rig import HOST, StackProcess, answered, configured, stack

pytestmark = [needs_stack, pytest.mark.alone]

MESSAGES = int(os.environ.get("C8210_TORTURE", "3000"))
BETWEEN = 200
"""Messages from one good call to the next."""
STRANGER, SERVER = "127.0.0.66", "127.0.0.67"
ANSWERED_WITHIN_S = 2.0
_ADDRESSES = count(100)


@pytest.fixture
async def phone(rig: SipRig) -> AsyncIterator[RawPeer]:
    """A caller whom the unit knows: the server at which it registers."""
    async with RawPeer(SERVER).running() as server:
        await rig.account(
            Id="known", UserId="unit", Registrar=f"{SERVER}:{server.port}", Password="secret"
        )
        await server.request("REGISTER")
        yield server


@pytest.fixture
async def stranger() -> AsyncIterator[RawPeer]:
    """Somebody else, from an address of his own each time."""
    async with RawPeer(f"127.0.0.{next(_ADDRESSES)}").running() as other:
        yield other


def seeds(port: int, source: RawPeer) -> list[bytes]:
    """Return messages as good ones look, and odd ones."""
    found = [torture.data for torture in tortures()]
    for method in ("INVITE", "OPTIONS", "REGISTER", "BYE", "ACK", "CANCEL", "INFO", "REFER"):
        dialog = call(source, f"sip:unit@{HOST}:{port}")
        dialog.number, dialog.branch = 1, f"z9hG4bK{method}"
        head = "".join(f"{name}: {value}\r\n" for name, value in dialog.head(method))
        body = source.offer("a=ptime:20", "a=sendrecv") if method == "INVITE" else b""
        kind = "Content-Type: application/sdp\r\n" if body else ""
        start = f"{method} sip:unit@{HOST}:{port} SIP/2.0\r\n"
        text = f"{start}{head}{kind}Content-Length: {len(body)}\r\n\r\n"
        found += [text.encode() + body] * 4
    return found


def memory_kib(process: int) -> int:
    """Return what a process holds of the machine's memory, shared parts by their share."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


async def good_call(phone: RawPeer, uri: str) -> bool:
    """Call the unit and end the call; returns whether it answered in time."""
    dialog = call(phone, uri)
    with suppress(TimeoutError):
        answer = await dialog.ask("INVITE", body=phone.offer(), timeout_s=ANSWERED_WITHIN_S)
        if answer.status == 200:
            return (await dialog.ask("BYE", timeout_s=ANSWERED_WITHIN_S)).status == 200
    return False


@asynccontextmanager
async def busy(unit: StackProcess, source: str) -> AsyncIterator[None]:
    """Refuse the calls of one address, as a daemon would that has enough of them."""

    async def refuse() -> None:
        done = 0
        while True:
            calls = unit.said(wire.Incoming)
            for came in calls[done:]:
                if came.source == source:
                    unit.order(wire.HangUp(came.call, 486))
            done = len(calls)
            await asyncio.sleep(0.005)

    task = asyncio.get_running_loop().create_task(refuse(), name="refuse")
    try:
        yield
    finally:
        task.cancel()


async def test_the_parser_takes_whatever_comes(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Mutated messages from an address that nothing is kept from: no restart, no memory lost, calls all the time."""
    settings = configured()
    async with (
        RawPeer(STRANGER).running() as source,
        RawPeer().running() as phone,
        stack(tmp_path, settings, known=("127.0.0.0/8",)) as unit,
        busy(unit, STRANGER),
    ):
        to = (HOST, settings.sip_port)
        messages = mutated(seeds(settings.sip_port, source), seed=4475)
        first_kib = good = 0
        for part in range(MESSAGES // BETWEEN):
            for number, data in enumerate(islice(messages, BETWEEN)):
                await source.send(data, to)
                if number % 20 == 19:
                    await asyncio.sleep(0.01)
            dialog = call(phone, f"sip:{HOST}:{settings.sip_port}")
            _, answer = await answered(unit, dialog, phone.offer(), phone.host)
            good += answer.status == 200 and (await dialog.ask("BYE")).status == 200
            if part == 2:
                first_kib = memory_kib(unit.process.pid)
        last_kib = memory_kib(unit.process.pid)
        figure(f"{MESSAGES} messages, {good} good calls, {first_kib} -> {last_kib} KiB")
        assert good == MESSAGES // BETWEEN
        # A sanitizer keeps what is freed.
        assert SANITIZED or last_kib <= 1.06 * first_kib
        assert unit.alive


async def test_a_storm_of_strangers_keeps_no_known_caller_out(
    rig: SipRig, phone: RawPeer, stranger: RawPeer, figure: Callable[[str], None]
) -> None:
    """Mutated messages, among them calls that are never acknowledged."""
    port = rig.running.port
    process = rig.running.stack_pid()
    messages = mutated(seeds(port, stranger), seed=2)
    good = 0
    for _ in range(MESSAGES // BETWEEN):
        for number, data in enumerate(islice(messages, BETWEEN)):
            await stranger.send(data, (HOST, port))
            if number % 20 == 19:
                await asyncio.sleep(0.01)
        good += await good_call(phone, rig.uri)
    figure(f"{MESSAGES} messages, {good} good calls")
    assert good == MESSAGES // BETWEEN
    assert rig.running.stack_pid() == process


async def test_calls_that_are_never_acknowledged_take_no_place_for_long(
    rig: SipRig, phone: RawPeer, stranger: RawPeer
) -> None:
    """A known caller is answered at once, and strangers again when the places are free."""
    stranger.when("BYE", silence)
    for number in range(500):
        await call(stranger, rig.uri).send("INVITE", body=stranger.offer())
        if number % 25 == 24:
            await asyncio.sleep(0.02)
        if number % 100 == 99:
            assert await good_call(phone, rig.uri), f"after {number}"
    assert any(answer.status == 200 for answer in stranger.messages), "none was taken"
    async with RawPeer("127.0.0.68").running() as honest:
        async with asyncio.timeout(35.0):
            while not await good_call(honest, rig.uri):
                await asyncio.sleep(0.5)


async def test_half_open_connections_and_floods_keep_no_known_caller_out(
    rig: SipRig, phone: RawPeer, stranger: RawPeer
) -> None:
    """500 connections that say half a word; REGISTER, OPTIONS and BYE by the hundred."""
    process = rig.running.stack_pid()

    async def half_open() -> asyncio.StreamWriter:
        _, writer = await asyncio.open_connection(
            HOST, rig.running.port, local_addr=(stranger.host, 0)
        )
        writer.write(b"INVITE sip:unit@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP ")
        return writer

    opened = await asyncio.gather(*(half_open() for _ in range(500)), return_exceptions=True)
    writers = [each for each in opened if isinstance(each, asyncio.StreamWriter)]
    assert len(writers) > 50
    assert await good_call(phone, rig.uri)
    assert (await call(phone, rig.uri, way="tcp").ask("OPTIONS")).status == 200
    for method in ("REGISTER", "OPTIONS", "BYE"):
        for number in range(300):
            await call(stranger, rig.uri).send(method)
            if number % 30 == 29:
                await asyncio.sleep(0.01)
        assert await good_call(phone, rig.uri), method
    for writer in writers:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()
    assert rig.running.stack_pid() == process
    await eventually(lambda: rig.running.sip.process.poll() is None, "the daemon")


@pytest.mark.parametrize("allowed", [True, False])
async def test_no_one_learns_which_extensions_there_are(
    rig: SipRig, stranger: RawPeer, allowed: bool
) -> None:
    """Known and unknown users get the same answers, and so do logins."""
    await rig.account(Id="secret", UserId="4711", Password="secret")
    await rig.configure(AllowIncomingCalls=allowed)

    async def answers(user: str, method: str) -> tuple[str, tuple[str, ...]]:
        dialog = call(stranger, f"sip:{user}@{HOST}:{rig.running.port}")
        body = stranger.offer() if method == "INVITE" else b""
        try:
            answer = await dialog.ask(method, ("Expires", "60"), body=body, timeout_s=1.5)
        except TimeoutError:
            return "silence", ()
        if answer.status == 200 and method == "INVITE":
            await dialog.ask("BYE")
        return answer.start, tuple(name for name, _ in answer.headers)

    for method in ("OPTIONS", "REGISTER", "INVITE"):
        assert await answers("4711", method) == await answers("no-such-user", method), method
