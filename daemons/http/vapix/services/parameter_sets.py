"""Templates, and what is configured after them, as the action service has them (VAPIX events page 5).

A secret is never read back: its parameter is there, and empty.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from common.rules import (
    Action,
    ActionTemplate,
    Parameters,
    Recipient,
    RecipientTemplate,
    TemplateParameter,
)
from daemons.http.call import Call
from daemons.http.soap import values, writer
from daemons.http.soap.fault import invalid, occurrence
from daemons.http.soap.reader import Element

_ACTIONS: Final = msgspec.json.Decoder(list[Action])
_ACTION_TEMPLATES: Final = msgspec.json.Decoder(list[ActionTemplate])
_RECIPIENTS: Final = msgspec.json.Decoder(list[Recipient])
_RECIPIENT_TEMPLATES: Final = msgspec.json.Decoder(list[RecipientTemplate])


async def actions(call: Call) -> list[Action]:
    """Return the stored actions."""
    return _ACTIONS.decode(await call.unit.rules.actions())


async def recipients(call: Call) -> list[Recipient]:
    """Return the stored recipients."""
    return _RECIPIENTS.decode(await call.unit.rules.recipients())


async def action_templates(call: Call) -> list[ActionTemplate]:
    """Return every template of actions, those that cannot be used now as well."""
    return _ACTION_TEMPLATES.decode(await call.unit.rules.action_templates())


async def recipient_templates(call: Call) -> list[RecipientTemplate]:
    """Return every template of recipients."""
    return _RECIPIENT_TEMPLATES.decode(await call.unit.rules.recipient_templates())


def parameters_of(configuration: Element) -> Parameters:
    """Read the parameters of a new configuration; there may be none at all."""
    listed = values.optional(configuration, "Parameters")
    parameters: Parameters = {}
    for parameter in () if listed is None else listed.all("Parameter"):
        name, value = parameter.attribute("Name"), parameter.attribute("Value")
        if name is None or value is None:
            raise invalid("occurrence violation in attributes of element Parameter")
        if name in parameters:
            raise occurrence("Parameters")
        parameters[name] = value
    return parameters


def secrets_of(parameters: Iterable[TemplateParameter]) -> Parameters:
    """Return the secret ones of a template's parameters, as they are read back."""
    return {one.name: "" for one in parameters if one.kind == "secret"}


def parameter_set(parameters: Mapping[str, str]) -> str:
    """Print the parameters of a configuration."""
    return writer.element(
        "aa:Parameters",
        *(
            writer.element("aa:Parameter", attributes={"Value": value, "Name": name})
            for name, value in parameters.items()
        ),
    )


def configuration(element: str, id_: int, name: str, template: str, parameters: str) -> str:
    """Print an action or a recipient."""
    return writer.element(
        element,
        writer.text("aa:ConfigurationID", id_),
        writer.text("aa:Name", name),
        writer.text("aa:TemplateToken", template),
        parameters,
    )


def action_template(template: ActionTemplate) -> str:
    """Print a kind of action."""
    recipient = (
        ""
        if template.recipient is None
        else writer.text("aa:RecipientTemplate", template.recipient)
    )
    return _template("aa:ActionTemplate", template.token, recipient, template.parameters)


def recipient_template(template: RecipientTemplate) -> str:
    """Print a kind of recipient."""
    return _template("aa:RecipientTemplate", template.token, "", template.parameters)


def _template(
    element: str, token: str, between: str, parameters: Iterable[TemplateParameter]
) -> str:
    """Print a template; the type of every parameter is recorded as a string."""
    return writer.element(
        element,
        writer.text("aa:TemplateToken", token),
        between,
        writer.element(
            "aa:Parameters",
            *(
                writer.element("aa:Parameter", attributes={"Name": one.name, "Type": "string"})
                for one in parameters
            ),
        ),
    )
