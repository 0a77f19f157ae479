"""The action service: templates, actions and recipients (VAPIX events page 5).

An action carries what its recipient needs among its own parameters, as the pages of a real unit send it. One that was
made on our pages may name a stored recipient instead; here it reads as if it carried that.
"""

from common.errors import Conflict, InvalidValue, NotFound
from common.params.kinds import Access
from common.rules import Action, Parameters, Recipient
from daemons.http.call import Call
from daemons.http.soap import values, writer
from daemons.http.soap.fault import SoapFault
from daemons.http.soap.names import ACTION
from daemons.http.soap.reader import Element
from daemons.http.vapix.services import parameter_sets
from daemons.http.vapix.services.action_rules import rules
from daemons.http.vapix.services.checked import as_json
from daemons.http.vapix.services.endpoint import services


@services.operation(ACTION, "GetActionTemplates", access=Access.OPERATOR, changes=False)
async def get_action_templates(call: Call, _request: Element) -> str:
    """Return the kinds of actions that this unit can do now."""
    templates = await parameter_sets.action_templates(call)
    usable = (one for one in templates if not one.unavailable)
    return writer.element("aa:ActionTemplates", *map(parameter_sets.action_template, usable))


@services.operation(ACTION, "GetRecipientTemplates", access=Access.OPERATOR, changes=False)
async def get_recipient_templates(call: Call, _request: Element) -> str:
    """Return the kinds of recipients that this unit can reach now."""
    templates = await parameter_sets.recipient_templates(call)
    usable = (one for one in templates if not one.unavailable)
    return writer.element("aa:RecipientTemplates", *map(parameter_sets.recipient_template, usable))


@services.operation(ACTION, "AddActionConfiguration", access=Access.ADMIN, changes=True)
async def add_action_configuration(call: Call, request: Element) -> str:
    """Add an action, which does nothing until a rule names it."""
    new = values.required(request, "NewActionConfiguration")
    action = Action(
        template=values.text_in(new, "TemplateToken"),
        name=values.text_in(new, "Name", ""),
        parameters=parameter_sets.parameters_of(new),
    )
    try:
        id_ = await call.unit.rules.put_action(as_json(action))
    except NotFound:
        reason = f"action template with id '{action.template}' not found"
        raise _fault(reason, "ActionTemplateNotFoundFault") from None
    except InvalidValue as error:
        raise _fault(error.message, "ParametersMissmatchFault") from None
    return writer.text("aa:ConfigurationID", id_)


@services.operation(ACTION, "GetActionConfigurations", access=Access.OPERATOR, changes=False)
async def get_action_configurations(call: Call, _request: Element) -> str:
    """Return every action; secrets are empty."""
    actions = await parameter_sets.actions(call)
    known = {one.token: one for one in await parameter_sets.action_templates(call)}
    kinds = {one.token: one for one in await parameter_sets.recipient_templates(call)}
    recipients = {one.id: one for one in await parameter_sets.recipients(call)}

    def parameters(action: Action) -> Parameters:
        told: Parameters = {}
        template = known.get(action.template)
        if template is not None:
            told |= parameter_sets.secrets_of(template.parameters)
            if template.recipient in kinds:
                told |= parameter_sets.secrets_of(kinds[template.recipient].parameters)
        if action.recipient in recipients:
            told |= recipients[action.recipient].parameters
        return {**action.parameters, **told, **action.parameters}

    return writer.element(
        "aa:ActionConfigurations",
        *(
            parameter_sets.configuration(
                "aa:ActionConfiguration",
                one.id,
                one.name,
                one.template,
                parameter_sets.parameter_set(parameters(one)),
            )
            for one in actions
        ),
    )


@services.operation(ACTION, "RemoveActionConfiguration", access=Access.ADMIN, changes=True)
async def remove_action_configuration(call: Call, request: Element) -> str:
    """Remove an action that no rule uses."""
    id_ = values.integer_in(request, "ConfigurationID")
    try:
        await call.unit.rules.remove_action(id_)
    except NotFound:
        raise _fault("", "ActionConfigurationNotFoundFault") from None
    except Conflict:
        users = "".join(
            writer.element(
                "aa:ActionRule",
                writer.text("aa:ActionRuleID", rule.id),
                writer.text("aa:ActionRuleName", rule.name),
            )
            for rule in await rules(call)
            if rule.action == id_
        )
        detail = writer.element(
            "aa:ActionConfigurationIsInUseFault", writer.element("aa:UsedByActionRules", users)
        )
        raise SoapFault("action configuration is in use", detail=detail) from None
    return ""


@services.operation(ACTION, "AddRecipientConfiguration", access=Access.ADMIN, changes=True)
async def add_recipient_configuration(call: Call, request: Element) -> str:
    """Store a recipient, for people to choose from."""
    new = values.required(request, "NewRecipientConfiguration")
    recipient = Recipient(
        name=values.text_in(new, "Name", ""),
        template=values.text_in(new, "TemplateToken"),
        parameters=parameter_sets.parameters_of(new),
    )
    try:
        id_ = await call.unit.rules.put_recipient(as_json(recipient))
    except NotFound:
        reason = f"recipient template with id '{recipient.template}' not found"
        raise _fault(reason, "RecipientTemplateNotFoundFault") from None
    except InvalidValue as error:
        raise _fault(error.message, "ParametersMissmatchFault") from None
    return writer.text("aa:ConfigurationID", id_)


@services.operation(ACTION, "GetRecipientConfigurations", access=Access.OPERATOR, changes=False)
async def get_recipient_configurations(call: Call, _request: Element) -> str:
    """Return every stored recipient; secrets are empty."""
    recipients = await parameter_sets.recipients(call)
    secrets = {
        one.token: parameter_sets.secrets_of(one.parameters)
        for one in await parameter_sets.recipient_templates(call)
    }
    return writer.element(
        "aa:RecipientConfigurations",
        *(
            parameter_sets.configuration(
                "aa:RecipientConfiguration",
                one.id,
                one.name,
                one.template,
                parameter_sets.parameter_set({**one.parameters, **secrets.get(one.template, {})}),
            )
            for one in recipients
        ),
    )


@services.operation(ACTION, "RemoveRecipientConfiguration", access=Access.ADMIN, changes=True)
async def remove_recipient_configuration(call: Call, request: Element) -> str:
    """Remove a stored recipient."""
    id_ = values.integer_in(request, "ConfigurationID")
    try:
        await call.unit.rules.remove_recipient(id_)
    except NotFound:
        raise _fault("", "RecipientConfigurationNotFoundFault") from None
    return ""


def _fault(reason: str, name: str) -> SoapFault:
    return SoapFault(reason, detail=writer.element(f"aa:{name}"))
