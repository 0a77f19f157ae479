"""SIP or VMS call (M-RCP-15).

`from` and `to` are those of the action that calls (VAPIX events page 5.2); how the product names this template is not
known. Nothing is sent to such a recipient by the delivery worker: it is called, by the sip daemon.
"""

from collections.abc import Mapping

from common.errors import InvalidValue
from common.rules import RecipientTemplate, TemplateParameter
from common.sip import MOST_FIELD, VMS_CALL
from daemons.events.recipients.kinds import Kind

_NO_ADDRESS = frozenset(' "<>')


def _check(parameters: Mapping[str, str]) -> None:
    to = parameters["to"]
    if parameters["call_type"] == "vms":
        if to not in ("", VMS_CALL):
            raise InvalidValue("a VMS call has no SIP address")
    elif not to:
        raise InvalidValue("To SIP address is missing")
    elif not _NO_ADDRESS.isdisjoint(to) or to.lower() in ("sip:", "sips:"):
        raise InvalidValue(f"'{to}' is no SIP address")


SIP = Kind(
    RecipientTemplate(
        "com.axis.recipient.sip",
        "SIP or VMS",
        (
            TemplateParameter(
                "call_type",
                "Call",
                "A VMS call waits for the video management system to answer.",
                kind="choice",
                default="sip",
                values={"sip": "SIP", "vms": "VMS"},
            ),
            TemplateParameter(
                "from",
                "From SIP account",
                "The account that calls.",
                kind="sip_account",
                longest=MOST_FIELD,
            ),
            TemplateParameter(
                "to",
                "To SIP address",
                f"Whom a SIP call is for: sip:user@host. {VMS_CALL} makes it a VMS call.",
                longest=MOST_FIELD,
            ),
        ),
    ),
    check=_check,
)
