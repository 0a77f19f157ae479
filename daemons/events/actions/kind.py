"""What every kind of action is: a template for people and clients, a beginning, and perhaps an end."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from common.bus.suite import Member
from common.rules import Action, ActionTemplate, Told


@dataclass(frozen=True)
class Job:
    """One activation of a rule, as its action sees it."""

    rule: int
    rule_name: str
    action: Action
    event: Told | None
    """What started it; None when time alone did, or a change of the rule."""
    time: float
    """When, in seconds since 1970."""

    def parameter(self, name: str, default: str = "") -> str:
        """Return a parameter; one that is left out and one that is empty are the same (VAPIX events page 5)."""
        return self.action.parameters.get(name) or default

    def integer(self, name: str, default: int) -> int:
        """Return a whole number, which was checked when the action was stored."""
        return int(self.parameter(name) or default)


Begin = Callable[[Job], Awaitable[str]]
"""Does it; returns what `End` needs to know, kept over a restart of the daemon. Raises `ApplianceError`."""
End = Callable[[Job, str], Awaitable[None]]


async def _nothing(_job: Job, _handle: str) -> None:
    """End nothing: it was over when it was done."""


@dataclass(frozen=True)
class ActionKind:
    """A kind of action."""

    template: ActionTemplate
    begin: Begin
    end: End = _nothing
    peer: Member | None = None
    """The daemon that forgets an unlimited action when it dies: it is resumed when that one is back."""
    still: Callable[[str], Awaitable[bool]] | None = None
    """Whether an unlimited action is still under way by itself; without this, resuming is beginning again."""
