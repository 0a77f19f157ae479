"""What rules and the test of a recipient do with calls, against a sip daemon that only plays calls."""

import asyncio
from typing import cast

import msgspec
import pytest

from common.bus.sip import SipInterface
from common.errors import Conflict, Unavailable
from common.rules import Action
from common.sip import SOURCE, CallStatus
from daemons.events.actions import sip
from daemons.events.actions.kind import ActionKind, Job
from daemons.events.actions.sip import Caller
from daemons.events.delivery.deliveries import Target


class FakeSip:
    """A sip daemon whose calls go through these states, one with each look."""

    def __init__(self, *states: tuple[str, str, str]) -> None:
        self.states = list(states)
        self.called: list[tuple[str, str]] = []
        self.ended: list[str] = []
        self.off = False

    async def call(self, to: str, account: str) -> str:
        if self.off:
            raise Unavailable("SIP is off")
        self.called.append((to, account))
        return "Out-1"

    async def calls(self) -> str:
        state, reason, words = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        status = CallStatus(
            call_id="Out-1",
            source=SOURCE,
            call_state=state,
            call_state_reason=reason,
            start_time="2026-11-29T08:00:00Z",
            direction="Outgoing",
            device_uri="sip:unit",
            remote_uri="sip:bob",
            call_type="SIP",
            status_text=words,
        )
        return msgspec.json.encode([status]).decode()

    async def terminate(self, call: str) -> None:
        self.ended.append(call)

    async def answer_calls(self) -> int:
        raise Conflict("no call rings")

    async def end_calls(self) -> int:
        return 1


CALLING = ("Calling", "Initiated", "")
RINGING = ("Ringing", "Initiated", "")
ACTIVE = ("Active", "AcceptedByRemote", "")
BUSY = ("Terminated", "Busy", "486 Busy Here")
DECLINED = ("Terminated", "Denied", "")
ENDED = ("Terminated", "Terminated", "")


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two looks."""
    monkeypatch.setattr(sip, "LOOK_INTERVAL_S", 0)
    monkeypatch.setattr(sip, "SPOKEN_S", 0)


def caller(fake: FakeSip) -> Caller:
    """Return who calls by it."""
    return Caller(cast(SipInterface, fake))


async def made(fake: FakeSip, parameters: dict[str, str] | None) -> list[tuple[int, str]]:
    """Have a rule make a call; return what failed."""
    failed: list[tuple[int, str]] = []

    async def resolve(target: Target) -> tuple[str, dict[str, str]] | None:
        assert target == Target("recipient", 7)
        return None if parameters is None else ("com.axis.recipient.sip", parameters)

    async with asyncio.TaskGroup() as tasks:
        kinds = sip.kinds(
            cast(SipInterface, fake), resolve, tasks, lambda rule, why: failed.append((rule, why))
        )
        make = of(kinds, "com.axis.action.fixed.sip")
        job = Job(3, "Door", Action(make.template.token, 1, recipient=7), None, 0.0)
        await make.begin(job)
    return failed


def of(kinds: list[ActionKind], token: str) -> ActionKind:
    """Return the kind with a token."""
    return next(kind for kind in kinds if kind.template.token == token)


@pytest.mark.parametrize(
    ("parameters", "called"),
    [
        ({"to": "sip:bob@pbx", "from": "sip_account_1"}, ("sip:bob@pbx", "sip_account_1")),
        ({"call_type": "sip", "to": "sip:bob@pbx"}, ("sip:bob@pbx", "")),
        ({"call_type": "vms", "from": "a"}, ("VMS_CALL", "a")),
        ({"to": "VMS_CALL"}, ("VMS_CALL", "")),
    ],
)
async def test_who_is_called_by_whom(parameters: dict[str, str], called: tuple[str, str]) -> None:
    """As the recipient says; one that is answered is no failure."""
    fake = FakeSip(CALLING, RINGING, ACTIVE)
    assert await made(fake, parameters) == []
    assert fake.called == [called]
    assert fake.ended == []


async def test_a_call_that_nobody_answers_is_a_failed_action() -> None:
    """With the reason, in the sip daemon's words or ours; ended by somebody here it is none."""
    to = {"to": "sip:bob@pbx"}
    assert await made(FakeSip(CALLING, BUSY), to) == [
        (3, "the call was not answered: 486 Busy Here")
    ]
    assert await made(FakeSip(RINGING, DECLINED), to) == [
        (3, "the call was not answered: the other side declined it")
    ]
    assert await made(FakeSip(RINGING, ENDED), to) == []


async def test_a_recipient_that_is_gone_is_not_called() -> None:
    """Nothing is done then."""
    fake = FakeSip(ACTIVE)
    assert await made(fake, None) == []
    assert fake.called == []


async def test_a_test_calls_and_ends_the_call() -> None:
    """It says whether the other side answered, and why not."""
    to = {"to": "sip:bob@pbx"}
    fake = FakeSip(CALLING, RINGING, ACTIVE)
    assert await caller(fake).test(to) == (True, "answered")
    assert fake.ended == ["Out-1"]
    fake = FakeSip(CALLING, BUSY)
    assert await caller(fake).test(to) == (False, "the call was not answered: 486 Busy Here")
    # Somebody here has hung up meanwhile.
    words = "the call was not answered: it was ended before"
    assert await caller(FakeSip(CALLING, ENDED)).test(to) == (False, words)
    fake = FakeSip(CALLING)
    fake.off = True
    assert await caller(fake).test(to) == (False, "SIP is off")


async def test_a_test_does_not_ring_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call is ended when nobody answers."""
    monkeypatch.setattr(sip, "TEST_S", 0.01)
    fake = FakeSip(RINGING)
    assert (await caller(fake).test({"to": "sip:bob@pbx"}))[0] is False
    assert fake.ended == ["Out-1"]


async def test_what_cannot_be_answered_is_refused() -> None:
    """The sip daemon says why."""
    async with asyncio.TaskGroup() as tasks:

        async def resolve(_target: Target) -> None:
            return None

        kinds = sip.kinds(cast(SipInterface, FakeSip()), resolve, tasks, lambda *_: None)
        job = Job(3, "Door", Action("x"), None, 0.0)
        with pytest.raises(Conflict, match="no call rings"):
            await of(kinds, "com.axis.action.fixed.sip.answer").begin(job)
        await of(kinds, "com.axis.action.fixed.sip.hangup").begin(job)
