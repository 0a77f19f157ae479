"""Make, answer and end calls (M-EVT-11, M-RCP-15); the recipient of a call is tried by calling it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from common.bus.sip import SipInterface
from common.errors import ApplianceError
from common.rules import ActionTemplate
from common.sip import VMS_CALL, CallStatus
from daemons.events.actions.kind import ActionKind, Job
from daemons.events.actions.notifications import target_of
from daemons.events.delivery.deliveries import Target
from daemons.events.recipients.sip import SIP

LOOK_INTERVAL_S: Final = 0.25
TEST_S: Final = 30.0
"""How long a test lets it ring: somebody sits before the page and waits."""
SPOKEN_S: Final = 1.0
"""How long a test lets the other side see that it was reached."""
_OVER: Final = ("Terminating", "Terminated")

Resolve = Callable[[Target], Awaitable[tuple[str, Mapping[str, str]] | None]]
"""Token and parameters of a target; None when it was removed."""


class Caller:
    """Places calls and sees what becomes of them."""

    def __init__(self, sip: SipInterface) -> None:
        self._sip = sip

    async def place(self, parameters: Mapping[str, str]) -> str:
        """Call whom a recipient's parameters name; returns the id of the call."""
        vms = parameters.get("call_type") == "vms"
        to = VMS_CALL if vms else parameters.get("to", "")
        return await self._sip.call(to, parameters.get("from", ""))

    async def answered(self, call: str) -> tuple[bool, str]:
        """Wait until a call is answered or over; returns whether it was, and what failed if something has."""
        while True:
            calls = msgspec.json.decode(await self._sip.calls(), type=list[CallStatus])
            status = next((each for each in calls if each.call_id == call), None)
            if status is None:
                return False, "the call was lost"
            if status.call_state == "Active" or status.call_state_reason == "AcceptedByRemote":
                return True, ""
            if status.call_state in _OVER:
                if status.call_state_reason == "Terminated":
                    # Somebody here has ended it. It may have been answered between two looks; nobody has seen it.
                    return False, ""
                words = _WORDS.get(status.call_state_reason, "it failed")
                return False, status.status_text or words
            await asyncio.sleep(LOOK_INTERVAL_S)

    async def test(self, parameters: Mapping[str, str]) -> tuple[bool, str]:
        """Call a recipient, and end the call soon after it was answered; returns whether it was, and what to say."""
        try:
            call = await self.place(parameters)
            try:
                async with asyncio.timeout(TEST_S):
                    answered, reason = await self.answered(call)
                if answered:
                    await asyncio.sleep(SPOKEN_S)
            finally:
                await self._sip.terminate(call)
        except TimeoutError:
            return False, f"nobody answered within {TEST_S:.0f} s"
        except ApplianceError as error:
            return False, error.message
        if answered:
            return True, "answered"
        return False, f"the call was not answered: {reason or 'it was ended before'}"


def kinds(
    sip: SipInterface,
    resolve: Resolve,
    tasks: asyncio.TaskGroup,
    failed: Callable[[int, str], None],
) -> list[ActionKind]:
    """Return what can be done with calls. `failed` is told of a call that nobody answered."""
    caller = Caller(sip)

    async def follow(rule: int, call: str) -> None:
        try:
            _answered, reason = await caller.answered(call)
        except ApplianceError:
            return  # the sip daemon has gone, and its calls with it: it tells of them itself
        if reason:
            failed(rule, f"the call was not answered: {reason}")

    async def make(job: Job) -> str:
        target = await resolve(target_of(job))
        if target is not None:
            _token, parameters = target
            call = await caller.place(parameters)
            tasks.create_task(follow(job.rule, call), name=f"call of rule {job.rule}")
        return ""

    async def answer(_job: Job) -> str:
        await sip.answer_calls()
        return ""

    async def hang_up(_job: Job) -> str:
        await sip.end_calls()
        return ""

    return [ActionKind(_ANSWER, answer), ActionKind(_HANG_UP, hang_up), ActionKind(_MAKE, make)]


_WORDS: Final = {
    "Busy": "the other side is busy",
    "Denied": "the other side declined it",
    "NoAnswer": "nobody answered",
}

# The tokens of answering and hanging up are not known from any recording: they are named like their neighbours.
_ANSWER: Final = ActionTemplate("com.axis.action.fixed.sip.answer", "Answer call", "Calls")
_HANG_UP: Final = ActionTemplate("com.axis.action.fixed.sip.hangup", "Hang up call", "Calls")
_MAKE: Final = ActionTemplate(
    "com.axis.action.fixed.sip", "Make call", "Calls", recipient=SIP.template.token
)
