"""Network storage (M-RCP-09).

The reference's template names a share that is set up elsewhere (`share_id`); the manual's form asks for the share
itself, so it has `host` and `share` instead, and login and password like the other kinds. `port` is for servers behind
a port forwarding.
"""

from common.rules import RecipientTemplate, TemplateParameter
from daemons.events.recipients.ftp import MISSING
from daemons.events.recipients.kinds import Kind
from daemons.events.recipients.parameters import LOGIN, PASSWORD, QOS, folder, host, port

NETWORKSHARE = Kind(
    RecipientTemplate(
        "com.axis.recipient.networkshare",
        "Network storage",
        (
            host("IP address or host name of the network storage."),
            TemplateParameter(
                "share", "Share", "Name of the share on the host.", default=None, longest=80
            ),
            folder(f"The folder on the share in which files are stored. {MISSING}"),
            LOGIN,
            PASSWORD,
            port(445),
            QOS,
        ),
        takes_files=True,
        notes=(
            "Files are stored in the Matroska (MKV) format.",
            "The storage speaks SMB 2 or newer.",
        ),
    ),
    "daemons.events.recipients.senders.smb",
)
