"""How long calls may last, in each of their states."""

from dataclasses import dataclass

from common.sip import Configuration, Reason
from daemons.sip.calls.registry import Call

UNCONFIRMED_S = 10.0
"""An answer that is not acknowledged for so long never will be: the place is needed."""
ENDING_S = 5.0
"""How long the other side has to agree that a call is over."""


@dataclass(frozen=True)
class Limit:
    """When a call has to end, and as what."""

    at: float
    """By the monotonic clock."""
    reason: Reason
    text: str
    code: int = 0
    """How one that we have not answered is refused."""
    over: bool = False
    """Whether it counts as ended then, whatever the stack says."""


def limit(call: Call, configuration: Configuration) -> Limit | None:
    """Return when a call has to end; None for one without an end, and one whose end others know."""
    if call.kind == "VMS":
        return None
    attributes = configuration.attributes
    if call.state == "Terminating":
        return Limit(call.since + ENDING_S, "Terminated", "", over=True)
    if call.unconfirmed:
        return Limit(
            call.since + UNCONFIRMED_S, "Failed", "the caller did not acknowledge the answer"
        )
    if call.state != "Active":
        # M-SIP-04 speaks of attempted calls; one that rings here for nobody is one, too.
        return Limit(
            call.since + configuration.calling_timeout, "NoAnswer", "nobody answered", code=480
        )
    longest = []
    if attributes.max_call_duration:
        longest.append((call.since, attributes.max_call_duration))
    if call.let_in_at is not None:
        longest.append((call.let_in_at, attributes.max_incoming_call_duration))
    if not longest:
        return None
    since, lasts = min(longest, key=sum)
    return Limit(since + lasts, "Terminated", f"the longest duration, {lasts} s, was reached")
