"""Everything that a person configures of events: checked, numbered, kept in the params daemon."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from common.errors import Conflict, InvalidValue, NotFound, NotSupported
from common.params.client import ParamsClient
from common.rules import (
    MOST_RECIPIENTS,
    MOST_RULES,
    Action,
    ActionTemplate,
    Recipient,
    RecipientTemplate,
    Rule,
    TemplateParameter,
)
from common.topics import Topic
from daemons.events.configuration.checks import (
    check_action,
    check_recipient,
    check_rule,
    declared_parameters,
    keeps_secrets,
)
from daemons.events.configuration.collection import Collection
from daemons.events.configuration.factory import FactoryRule, factory_rules
from daemons.events.configuration.numbers import Numbers
from daemons.events.records import (
    ACTION,
    RECIPIENT,
    RULE,
    ActionRecord,
    RecipientRecord,
    RuleRecord,
)
from daemons.events.rules.weight import check_weight

ActionTemplates = Mapping[str, ActionTemplate]
RecipientTemplates = Mapping[str, RecipientTemplate]


@dataclass(frozen=True)
class Catalogue:
    """What there is to choose from: it follows the daemons that are there."""

    actions: Callable[[], ActionTemplates]
    recipients: Callable[[], RecipientTemplates]
    topics: Callable[[], Iterable[Topic]]
    check_recipient: Callable[[str, Mapping[str, str]], object]
    """Raises `InvalidValue` for parameters that no recipient of that template can have."""


@dataclass
class Store:
    """Rules, actions and recipients. One change at a time; each is on disk when its method returns."""

    params: ParamsClient
    catalogue: Catalogue
    numbers: Numbers
    changed: Callable[[], None]
    """Called after each change of what is kept."""
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._rules = Collection(self.params, RULE, RuleRecord)
        self._actions = Collection(self.params, ACTION, ActionRecord)
        self._recipients = Collection(self.params, RECIPIENT, RecipientRecord)

    async def load(self) -> None:
        """Read everything anew; where nothing was ever numbered, there is what the factory gave."""
        async with self._writing:
            for collection in (self._rules, self._actions, self._recipients):
                await collection.load()
            if not self.numbers.begun:
                await self._begin(factory_rules())
        self.changed()

    async def _begin(self, factory: Sequence[FactoryRule]) -> None:
        """Store the factory's rules; the numbers come last, so that a beginning that was cut short is made again."""
        for each in factory:
            action, rule = each.action, each.rule
            if str(action.id) not in self._actions.records:
                record = ActionRecord(action.name, action.template, action.parameters)
                await self._actions.put(str(action.id), record)
            if str(rule.id) not in self._rules.records:
                await self._rules.put(str(rule.id), _rule_record(rule))
        last = max(each.rule.id for each in factory)
        await self.numbers.begin({"rule": last, "action": last})

    # -- rules --

    def rules(self) -> list[Rule]:
        """Return every rule, in order of id."""
        return [self._rule(id_, record) for id_, record in _in_order(self._rules.records)]

    def rule(self, id_: int) -> Rule:
        """Return a rule; `NotFound` when there is none."""
        record = self._rules.records.get(str(id_))
        if record is None:
            raise NotFound(f"No action rule with id '{id_}' exists")
        return self._rule(str(id_), record)

    async def put_rule(self, rule: Rule) -> int:
        """Store a rule and return its id."""
        async with self._writing:
            action = self._actions.records.get(str(rule.action))
            if action is None:
                raise NotFound(
                    f"Unknown action configuration '{rule.action}' specified for primary action"
                )
            self._check_rule(rule, self.catalogue.actions().get(action.template))
            id_ = rule.id or await self.numbers.next("rule")
            await self._rules.put(str(id_), _rule_record(rule))
        self.changed()
        return id_

    async def put_rule_with_action(self, rule: Rule, action: Action) -> int:
        """Store a rule and what it does; where one of them cannot be stored, neither is changed."""
        template = self.catalogue.actions().get(action.template)
        if template is not None:
            self._check_rule(rule, template)
        before = self.rule(rule.id).action if rule.id else 0
        known = str(before) in self._actions.records and self._users(before) == [rule.id]
        new = not known
        action_id = await self.put_action(
            msgspec.structs.replace(action, id=before if known else 0)
        )
        try:
            return await self.put_rule(msgspec.structs.replace(rule, action=action_id))
        except BaseException:
            if new:
                await self.remove_action(action_id)
            raise

    async def remove_rule(self, id_: int) -> None:
        """Remove a rule; its action stays."""
        async with self._writing:
            self.rule(id_)
            await self._rules.delete(str(id_))
        self.changed()

    async def remove_rule_with_action(self, id_: int) -> None:
        """Remove a rule, and its action when no other rule uses it."""
        action = self.rule(id_).action
        await self.remove_rule(id_)
        if str(action) in self._actions.records and not self._users(action):
            await self.remove_action(action)

    # -- actions --

    def actions(self) -> list[Action]:
        """Return every action without its secrets, in order of id."""
        return [self._action(id_, record) for id_, record in _in_order(self._actions.records)]

    def action(self, id_: int) -> Action:
        """Return an action without its secrets; `NotFound` when there is none."""
        record = self._actions.records.get(str(id_))
        if record is None:
            raise NotFound(f"Unknown action configuration '{id_}'")
        return self._action(str(id_), record)

    async def put_action(self, action: Action) -> int:
        """Store an action and return its id."""
        async with self._writing:
            kept = self.action(action.id) if action.id else None
            check_action(action, self.catalogue.actions(), self.catalogue.recipients())
            declared = declared_parameters(
                action, self.catalogue.actions(), self.catalogue.recipients()
            )
            self._check_recipient_of(action)
            self._check_users_of(action)
            public, secret = _parted(action.parameters, declared)
            if kept is not None and keeps_secrets(kept, action):
                secret = await self._actions.secrets(str(action.id)) | secret
            id_ = action.id or await self.numbers.next("action")
            await self._actions.put(
                str(id_),
                ActionRecord(action.name, action.template, public, action.recipient, secret),
            )
        self.changed()
        return id_

    async def remove_action(self, id_: int) -> None:
        """Remove an action that no rule uses."""
        async with self._writing:
            self.action(id_)
            if users := self._users(id_):
                numbers = ", ".join(map(str, users))
                raise Conflict(f"action configuration is in use: rules {numbers}")
            await self._actions.delete(str(id_))
        self.changed()

    # -- recipients --

    def recipients(self) -> list[Recipient]:
        """Return every recipient without its secrets, in order of id."""
        return [self._recipient(id_, record) for id_, record in _in_order(self._recipients.records)]

    def recipient(self, id_: int) -> Recipient:
        """Return a recipient without its secrets; `NotFound` when there is none."""
        record = self._recipients.records.get(str(id_))
        if record is None:
            raise NotFound(f"Unknown recipient configuration '{id_}'")
        return self._recipient(str(id_), record)

    async def put_recipient(self, recipient: Recipient) -> int:
        """Store a recipient and return its id."""
        async with self._writing:
            kept = self.recipient(recipient.id) if recipient.id else None
            self._check_recipient(recipient)
            if any(
                each.name == recipient.name and each.id != recipient.id
                for each in self.recipients()
            ):
                raise Conflict(f"there is a recipient called '{recipient.name}' already")
            if kept is None and len(self._recipients.records) >= MOST_RECIPIENTS:
                raise Conflict(f"there can be at most {MOST_RECIPIENTS} recipients")
            template = self.catalogue.recipients()[recipient.template]
            public, secret = _parted(recipient.parameters, template.parameters)
            if kept is not None and keeps_secrets(kept, recipient):
                secret = await self._recipients.secrets(str(recipient.id)) | secret
            id_ = recipient.id or await self.numbers.next("recipient")
            await self._recipients.put(
                str(id_), RecipientRecord(recipient.name, recipient.template, public, secret)
            )
        self.changed()
        return id_

    async def copy_recipient(self, id_: int, name: str) -> int:
        """Store a copy of a recipient under another name, secrets included."""
        original = self.recipient(id_)
        secret = await self._recipients.secrets(str(id_))
        return await self.put_recipient(
            Recipient(name, original.template, parameters=original.parameters | secret)
        )

    async def remove_recipient(self, id_: int) -> None:
        """Remove a recipient that no action names."""
        async with self._writing:
            self.recipient(id_)
            users = [action.id for action in self.actions() if action.recipient == id_]
            if users:
                names = ", ".join(
                    rule.name or f"rule {rule.id}" for rule in self.rules() if rule.action in users
                )
                raise Conflict(f"the recipient is used by {names or 'an action'}")
            await self._recipients.delete(str(id_))
        self.changed()

    # -- with secrets, for delivery alone --

    async def whole_parameters(self, kind: str, id_: int) -> tuple[str, dict[str, str]] | None:
        """Return the recipient's template and parameters, secrets included; None when it was removed.

        `kind` is `recipient`, or `action` for one whose recipient stands among its own parameters.
        """
        if kind == "recipient":
            recipient = self._recipients.records.get(str(id_))
            if recipient is None:
                return None
            secret = await self._recipients.secrets(str(id_))
            return recipient.template, recipient.parameters | secret
        action = self._actions.records.get(str(id_))
        if action is None:
            return None
        template = self.catalogue.actions().get(action.template)
        if template is None or template.recipient is None:
            return None
        secret = await self._actions.secrets(str(id_))
        own = {parameter.name for parameter in template.parameters}
        whole = action.parameters | secret
        return template.recipient, {name: whole[name] for name in whole if name not in own}

    async def with_kept_secrets(self, recipient: Recipient) -> Recipient:
        """Return a recipient as it would be after `put_recipient`, to be tried before it is stored."""
        self._check_recipient(recipient)
        if not recipient.id or not keeps_secrets(self.recipient(recipient.id), recipient):
            return recipient
        secret = await self._recipients.secrets(str(recipient.id))
        return msgspec.structs.replace(recipient, parameters=secret | recipient.parameters)

    def revisions(self) -> dict[tuple[str, int], int]:
        """Return the revision of whatever `whole_parameters` may be asked for, by its kind and id."""
        kinds = {"recipient": self._recipients.revisions, "action": self._actions.revisions}
        return {
            (kind, int(id_)): revision
            for kind, kept in kinds.items()
            for id_, revision in kept.items()
        }

    # -- the rest --

    def unlimited(self, action: int) -> bool:
        """Whether an action lasts while its rule is active."""
        record = self._actions.records.get(str(action))
        template = self.catalogue.actions().get(record.template) if record else None
        return template is not None and template.unlimited

    def unavailable(self, action: int) -> str:
        """Return why an action cannot be carried out on this unit; empty when it can."""
        record = self._actions.records.get(str(action))
        return _unavailable(self.catalogue.actions().get(record.template) if record else None)

    def _check_rule(self, rule: Rule, does: ActionTemplate | None) -> None:
        kept = self.rule(rule.id) if rule.id else None
        if kept is None and len(self._rules.records) >= MOST_RULES:
            raise Conflict(f"there can be at most {MOST_RULES} rules")
        if rule.enabled and (reason := _unavailable(does)):
            raise NotSupported(reason)
        unlimited = does is not None and does.unlimited
        check_rule(rule, self.catalogue.topics(), unlimited=unlimited, kept=kept)
        check_weight([*(other for other in self.rules() if other.id != rule.id), rule])

    def _check_recipient(self, recipient: Recipient) -> None:
        check_recipient(recipient, self.catalogue.recipients())
        self.catalogue.check_recipient(recipient.template, recipient.parameters)

    def _check_recipient_of(self, action: Action) -> None:
        template = self.catalogue.actions()[action.template]
        if not action.recipient:
            if template.recipient is not None:
                own = {parameter.name for parameter in template.parameters}
                inline = {
                    name: value for name, value in action.parameters.items() if name not in own
                }
                self.catalogue.check_recipient(template.recipient, inline)
            return
        recipient = self._recipients.records.get(str(action.recipient))
        if template.recipient is None:
            raise InvalidValue(f"{template.label} has no recipient")
        if recipient is None:
            raise NotFound(f"Unknown recipient configuration '{action.recipient}'")
        if recipient.template != template.recipient:
            raise InvalidValue(f"{template.label} cannot use the recipient '{recipient.name}'")

    def _check_users_of(self, action: Action) -> None:
        """Refuse an action without an end for a rule that has no condition to end it."""
        if not action.id or not self.catalogue.actions()[action.template].unlimited:
            return
        for id_ in self._users(action.id):
            rule = self.rule(id_)
            check_rule(rule, self.catalogue.topics(), unlimited=True, kept=rule)

    def _users(self, action: int) -> list[int]:
        return sorted(
            int(id_) for id_, record in self._rules.records.items() if record.action == action
        )

    @staticmethod
    def _rule(id_: str, record: RuleRecord) -> Rule:
        return Rule(
            record.name,
            record.action,
            int(id_),
            record.enabled,
            record.trigger,
            record.conditions,
            record.wait_s,
        )

    @staticmethod
    def _action(id_: str, record: ActionRecord) -> Action:
        return Action(record.template, int(id_), record.name, record.parameters, record.recipient)

    @staticmethod
    def _recipient(id_: str, record: RecipientRecord) -> Recipient:
        return Recipient(record.name, record.template, int(id_), record.parameters)


def _unavailable(template: ActionTemplate | None) -> str:
    return template.unavailable if template is not None else "this unit knows no such action"


def _rule_record(rule: Rule) -> RuleRecord:
    return RuleRecord(
        rule.name, rule.action, rule.enabled, rule.trigger, rule.conditions, rule.wait_s
    )


def _parted(
    parameters: Mapping[str, str], declared: Iterable[TemplateParameter]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the public and the secret parameters."""
    secret = {parameter.name for parameter in declared if parameter.kind == "secret"}
    return (
        {name: value for name, value in parameters.items() if name not in secret},
        {name: value for name, value in parameters.items() if name in secret},
    )


_Record = TypeVar("_Record")


def _in_order(records: Mapping[str, _Record]) -> list[tuple[str, _Record]]:
    return sorted(records.items(), key=lambda pair: int(pair[0]))
