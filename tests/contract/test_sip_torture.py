"""Messages that are odd or wrong (RFC 4475): each gets what it deserves, and the next call goes through."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from daemons.sip.endpoint import Installation
from daemons.sip.stack import wire
from tests.contract.mqtt_rig import make_certificates
from tests.contract.sip_dialog import call
from tests.contract.sip_message import Address, Way
from tests.contract.sip_peers import RawPeer
from tests.contract.sip_torture import Torture, tortures
from tests.contract.sip_wire_rig import HOST, StackProcess, answered, configured, needs_stack, stack

pytestmark = needs_stack

TORTURER = "127.0.0.66"
"""Has port 5060, to which servers answer who do not know better; nobody else uses this address."""
ANSWER_S = 5.0
SILENCE_S = 0.05
"""What is wrong may be answered, over a stream: silence has no end that could be waited for."""


async def tortured(
    unit: StackProcess, torturer: RawPeer, to: Address, way: Way, to_udp: int, torture: Torture
) -> set[int]:
    """Send a message and return the statuses that are answered to it; 180 is a call that the unit is told of."""
    before = len(torturer.messages)
    invited = len(unit.said(wire.Incoming))
    await torturer.send(torture.data, to, way)

    def has_answered() -> bool:
        statuses = [message.status for message in torturer.messages[before:]]
        return any(status >= 200 for status in statuses) or bool(unit.said(wire.Incoming)[invited:])

    if way != "udp":
        # What is framed wrongly may cost the connection; the next message has a new one.
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S if torture.kind == "right" else SILENCE_S):
                while not has_answered():
                    await asyncio.sleep(0.005)
        torturer.drop_connections()
        await asyncio.sleep(0)
    barrier = call(torturer, f"sip:{HOST}", to=(HOST, to_udp))
    assert (await barrier.ask("OPTIONS")).status == 200, torture.name
    calls = unit.said(wire.Incoming)[invited:]
    for came in calls:
        unit.order(wire.HangUp(came.call, 486))
        await unit.says(wire.Changed, call=came.call, state="ended")
    return {180 for _ in calls} | {
        message.status
        for message in torturer.messages[before:]
        if message.call_id != barrier.call_id and message.status >= 200
    }


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
async def test_torture_messages_get_what_they_deserve(tmp_path: Path, way: Way) -> None:
    """Right ones an answer, wrong ones a refusal or silence, none a server error of ours; all the time it answers."""
    make_certificates(tmp_path)
    own = Installation(HOST, str(tmp_path / "own.pem"), str(tmp_path / "own.key"))
    settings = configured()
    async with (
        RawPeer(TORTURER, port=5060).running() as torturer,
        RawPeer().running() as phone,
        stack(tmp_path, settings, installation=own, known=("127.0.0.0/8",)) as unit,
    ):
        port = settings.sip_tls_port if way == "tls" else settings.sip_port
        wrong = []
        messages = [each for each in tortures() if way == "udp" or each.over_streams]
        assert len(messages) >= 45
        for number, torture in enumerate(messages):
            statuses = await tortured(unit, torturer, (HOST, port), way, settings.sip_port, torture)
            bad = {status for status in statuses if status == 500}
            if torture.kind == "right" and not statuses:
                bad = {0}
            elif torture.kind == "wrong":
                bad |= {status for status in statuses if status < 300}
            if bad:
                wrong.append((torture.name, torture.kind, sorted(statuses)))
            if number % 8 == 7:
                dialog = call(phone, f"sip:{HOST}:{settings.sip_port}")
                _, answer = await answered(unit, dialog, phone.offer())
                assert answer.status == 200, torture.name
                assert (await dialog.ask("BYE")).status == 200
        assert not wrong
        assert unit.alive
