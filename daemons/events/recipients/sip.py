"""SIP or VMS call (M-RCP-15).

How the product names this template and its parameters is not known; the names here are this unit's own.
"""

from common.rules import RecipientTemplate, TemplateParameter
from daemons.events.recipients.kinds import Kind

SIP = Kind(
    RecipientTemplate(
        "com.axis.recipient.sip",
        "SIP or VMS",
        (
            TemplateParameter(
                "call_type",
                "Call",
                kind="choice",
                default="sip",
                values={"sip": "SIP", "vms": "VMS"},
            ),
            TemplateParameter("from_account", "From SIP account", "The account that calls."),
            TemplateParameter("to_address", "To SIP address", "Who is called, as a SIP address."),
        ),
        unavailable="the unit has no SIP yet",
    )
)
