"""HTTP, and what it shares with HTTPS (M-RCP-07)."""

from common.rules import RecipientTemplate, TemplateParameter
from daemons.events.recipients.kinds import Kind
from daemons.events.recipients.parameters import DNS_NOTE, LOGIN, PASSWORD, QOS

SENDER = "daemons.events.recipients.senders.http"


def url(scheme: str) -> TemplateParameter:
    """The script that is called."""
    return TemplateParameter(
        "upload_url",
        "URL",
        f"The server and the script that handles the request, for example "
        f"{scheme}://192.168.254.10/cgi-bin/notify.cgi.",
        default=None,
        longest=2048,
    )


PROXY = (
    TemplateParameter(
        "proxy_host", "Proxy", "Host of a proxy server on the way; empty for none.", longest=253
    ),
    TemplateParameter(
        "proxy_port", "Proxy port", kind="integer", default="3128", low=1, high=65535
    ),
    TemplateParameter("proxy_login", "Proxy username", longest=256),
    TemplateParameter("proxy_password", "Proxy password", kind="secret"),
)
NOTES = (
    DNS_NOTE,
    "Digest and Basic logins work; a redirection is not followed.",
)

HTTP = Kind(
    RecipientTemplate(
        "com.axis.recipient.http",
        "HTTP",
        (url("http"), LOGIN, PASSWORD, *PROXY, QOS),
        takes_files=True,
        notes=NOTES,
    ),
    SENDER,
)
