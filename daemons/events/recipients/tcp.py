"""TCP (M-RCP-21)."""

from common.rules import RecipientTemplate
from daemons.events.recipients.kinds import Kind
from daemons.events.recipients.parameters import DNS_NOTE, QOS, host, port

TCP = Kind(
    RecipientTemplate(
        "com.axis.recipient.tcp", "TCP", (host(), port(None), QOS), notes=(DNS_NOTE,)
    ),
    "daemons.events.recipients.senders.tcp",
)
