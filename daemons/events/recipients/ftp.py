"""FTP (M-RCP-04 to -06)."""

from common.rules import RecipientTemplate, TemplateParameter
from daemons.events.recipients.kinds import Kind
from daemons.events.recipients.parameters import (
    DNS_NOTE,
    LOGIN,
    PASSWORD,
    QOS,
    TEMPORARY,
    folder,
    host,
    port,
)

MISSING = "If it does not exist on the server, uploads fail with an error."

FTP = Kind(
    RecipientTemplate(
        "com.axis.recipient.ftp",
        "FTP",
        (
            host(),
            folder(f"The folder in which files are stored. {MISSING}"),
            port(21),
            LOGIN,
            PASSWORD,
            TemplateParameter(
                "passive",
                "Use passive FTP",
                "This unit opens both the control and the data connection, which is what most firewalls want; "
                "otherwise the server opens the data connection.",
                kind="flag",
                default="1",
            ),
            TEMPORARY,
            QOS,
        ),
        takes_files=True,
        notes=(DNS_NOTE, "File names carry a unique sequence number."),
    ),
    "daemons.events.recipients.senders.ftp",
)
