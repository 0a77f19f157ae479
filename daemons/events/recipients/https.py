"""HTTPS (M-RCP-08)."""

from common.rules import RecipientTemplate
from daemons.events.recipients.http import NOTES, PROXY, SENDER, url
from daemons.events.recipients.kinds import Kind
from daemons.events.recipients.parameters import LOGIN, PASSWORD, QOS, VALIDATE

HTTPS = Kind(
    RecipientTemplate(
        "com.axis.recipient.https",
        "HTTPS",
        (url("https"), LOGIN, PASSWORD, *PROXY, VALIDATE, QOS),
        takes_files=True,
        notes=NOTES,
    ),
    SENDER,
)
