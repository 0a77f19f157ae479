"""What a rule, an action and a recipient must be to mean something. Pure.

The texts of refusals are those a real device gives (VAPIX events page 5.1), because clients read them.
"""

from collections.abc import Iterable, Mapping

from common.content_filters import ContentFilter
from common.errors import InvalidValue, NotFound, NotSupported
from common.rules import (
    Action,
    ActionTemplate,
    Condition,
    Recipient,
    RecipientTemplate,
    Rule,
    TemplateParameter,
)
from common.topic_filters import TopicFilter
from common.topics import Topic
from daemons.events.recipients.registry import checked_value

CONTROL_CHARACTERS = frozenset(map(chr, range(32))) - {"\t", "\n", "\r"}


def check_rule(
    rule: Rule, topics: Iterable[Topic], *, unlimited: bool, kept: Rule | None = None
) -> None:
    """Raise `InvalidValue` for a rule that can never work.

    What a kept rule has already may wait for topics that come with another daemon, or an application.
    """
    known = tuple(topics)
    for condition in rule.conditions:
        if kept is not None and condition in kept.conditions:
            continue
        if not any(topic.stateful for topic in _meant(condition, known)):
            raise InvalidValue("could not match any property events")
    trigger = rule.trigger
    if trigger is not None and (kept is None or trigger != kept.trigger):
        meant = _meant(trigger, known)
        if not meant:
            raise InvalidValue("could not match any events")
        if trigger.invert and not any(topic.stateful for topic in meant):
            raise InvalidValue("what has no state cannot be inverted")
    if rule.trigger is None and not rule.conditions:
        raise InvalidValue("a rule needs a start event or a condition")
    if unlimited and not rule.conditions:
        raise InvalidValue("an action without an end needs a condition that ends it")
    check_text("name", rule.name)


def check_action(
    action: Action,
    templates: Mapping[str, ActionTemplate],
    recipients: Mapping[str, RecipientTemplate],
) -> None:
    """Raise for an action that can never work; its secret parameters count as given when they are kept."""
    template = templates.get(action.template)
    if template is None:
        raise NotFound(f"action template with id '{action.template[:200]}' not found")
    if template.unavailable:
        raise NotSupported(template.unavailable)
    check_text("name", action.name)
    _check_parameters(action.parameters, declared_parameters(action, templates, recipients))


def declared_parameters(
    action: Action,
    templates: Mapping[str, ActionTemplate],
    recipients: Mapping[str, RecipientTemplate],
) -> tuple[TemplateParameter, ...]:
    """Return what an action may have: its template's parameters, and its recipient's when they stand inline."""
    template = templates[action.template]
    if template.recipient is None or action.recipient:
        return template.parameters
    return template.parameters + recipients[template.recipient].parameters


def check_recipient(recipient: Recipient, templates: Mapping[str, RecipientTemplate]) -> None:
    """Raise for a recipient that can never work."""
    template = templates.get(recipient.template)
    if template is None:
        raise NotFound(f"recipient template with id '{recipient.template[:200]}' not found")
    if template.unavailable:
        raise NotSupported(template.unavailable)
    if not recipient.name.strip():
        raise InvalidValue("a recipient needs a name")
    check_text("name", recipient.name)


_WHERE = ("host", "upload_url", "proxy_host", "pop_host", "share")


def keeps_secrets(before: Action | Recipient, after: Action | Recipient) -> bool:
    """Whether kept secrets go on: not to another server, so that a change brings nobody a password he does not know."""
    return before.template == after.template and all(
        before.parameters.get(name, "") == after.parameters.get(name, "") for name in _WHERE
    )


def check_text(what: str, text: str) -> None:
    """Raise `InvalidValue` for a text with control characters."""
    if not CONTROL_CHARACTERS.isdisjoint(text) or "\x7f" in text:
        raise InvalidValue(f"{what} holds a control character")


def _meant(condition: Condition, topics: Iterable[Topic]) -> list[Topic]:
    expression = TopicFilter.parse(condition.topic)
    ContentFilter.parse(condition.content)
    return [topic for topic in topics if expression.matches(topic.name)]


def _check_parameters(given: Mapping[str, str], declared: tuple[TemplateParameter, ...]) -> None:
    by_name = {parameter.name: parameter for parameter in declared}
    for name in given:
        if name not in by_name:
            raise InvalidValue(f"there is no parameter '{name}'")
    for parameter in declared:
        value = given.get(parameter.name, "")
        # A secret may be kept from before, without being sent again.
        if not value and parameter.default is None and parameter.kind != "secret":
            raise InvalidValue(f"Configuration parameter missing: {parameter.name}")
        # An empty value is an unused parameter: clients send every parameter of a template.
        if value:
            checked_value(parameter, value)
