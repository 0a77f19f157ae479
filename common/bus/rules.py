"""What the events daemon offers of rules, actions, recipients and schedules, and of what they did.

What is a `str` without a name of its own is JSON of the types in `common.rules`. A change is on disk when its
method returns; what cannot be stored is `InvalidValue`, a stale or unknown id `NotFound`, one in use `Conflict`.
"""

from collections.abc import Mapping
from typing import ClassVar

from sdbus import DbusInterfaceCommonAsync

from common.bus.contract import dbus_method


class RulesInterface(DbusInterfaceCommonAsync, interface_name="org.c8210.Rules1"):
    """Rules and their parts."""

    call_timeouts_s: ClassVar[Mapping[str, float]] = {"TestRecipient": 60.0, "Replay": 60.0}

    @dbus_method("", "s")
    async def rules(self) -> str:
        """Return [{rule: Rule, active: bool, since: float | null, available: str}] in order of id.

        `available` says why a rule cannot work on this unit now; it is empty when it can.
        """
        raise NotImplementedError

    @dbus_method("s", "u")
    async def put_rule(self, rule: str) -> int:
        """Store a rule, a new one when its id is 0; return its id. Conflict at 256 rules."""
        raise NotImplementedError

    @dbus_method("ss", "u")
    async def put_rule_with_action(self, rule: str, action: str) -> int:
        """Store a rule and its only action in one go; `rule.action` is ignored for a new rule."""
        raise NotImplementedError

    @dbus_method("u", "")
    async def remove_rule(self, id_: int) -> None:
        """Remove a rule; its action stays."""
        raise NotImplementedError

    @dbus_method("u", "")
    async def remove_rule_with_action(self, id_: int) -> None:
        """Remove a rule, and its action when no other rule uses it."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def actions(self) -> str:
        """Return [Action] without secret parameters."""
        raise NotImplementedError

    @dbus_method("s", "u")
    async def put_action(self, action: str) -> int:
        """Store an action; return its id."""
        raise NotImplementedError

    @dbus_method("u", "")
    async def remove_action(self, id_: int) -> None:
        """Remove an action; Conflict while a rule uses it, with the rules' ids in the message."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def action_templates(self) -> str:
        """Return [ActionTemplate]."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def recipients(self) -> str:
        """Return [Recipient] without secret parameters."""
        raise NotImplementedError

    @dbus_method("s", "u")
    async def put_recipient(self, recipient: str) -> int:
        """Store a recipient; return its id. Conflict at 20."""
        raise NotImplementedError

    @dbus_method("us", "u")
    async def copy_recipient(self, id_: int, name: str) -> int:
        """Store a copy of a recipient, secrets included; return its id."""
        raise NotImplementedError

    @dbus_method("u", "")
    async def remove_recipient(self, id_: int) -> None:
        """Remove a recipient; Conflict while an action uses it."""
        raise NotImplementedError

    @dbus_method("s", "s")
    async def test_recipient(self, recipient: str) -> str:
        """Try to reach a recipient as it is given, stored or not; return {ok: bool, message: str}."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def recipient_templates(self) -> str:
        """Return [RecipientTemplate]."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def schedules(self) -> str:
        """Return [{schedule: Schedule, pulse: bool, factory: bool, active: bool, next: float | null}]."""
        raise NotImplementedError

    @dbus_method("s", "s")
    async def put_schedule(self, schedule: str) -> str:
        """Store a schedule; return its id. One that is not known may be chosen, but none as the unit gives them."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def remove_schedule(self, id_: str) -> None:
        """Remove a schedule; Conflict while a rule names it."""
        raise NotImplementedError

    @dbus_method("u", "s")
    async def explain(self, rule: int) -> str:
        """Return the Evaluation of a rule as it is now."""
        raise NotImplementedError

    @dbus_method("s", "s")
    async def dry_run(self, question: str) -> str:
        """Return what a DryRun would do: {evaluations: [Evaluation], until: the time up to which all is told}."""
        raise NotImplementedError

    @dbus_method("s", "s")
    async def replay(self, question: str) -> str:
        """Return Replayed for a Replay."""
        raise NotImplementedError

    @dbus_method("s", "s")
    async def record(self, search: str) -> str:
        """Return [Recorded] for a Search."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def deliveries(self) -> str:
        """Return [DeliveryState] of what waits, is being sent, or ended last."""
        raise NotImplementedError
