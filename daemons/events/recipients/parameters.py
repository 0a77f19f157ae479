"""Parameters that several kinds of recipient have."""

from common.rules import TemplateParameter

DNS_NOTE = "A host name, in place of an IP address, needs a DNS server under System > Network > IPv4 and IPv6."
"""M-RCP-27."""


def host(help_: str = "The server's IP address or host name.") -> TemplateParameter:
    """Where the recipient is."""
    return TemplateParameter("host", "Host", help_, default=None, longest=253)


def port(default: int | None, name: str = "port", label: str = "Port") -> TemplateParameter:
    """Its TCP port; must be given when there is no default."""
    return TemplateParameter(
        name,
        label,
        kind="integer",
        default=None if default is None else str(default),
        low=0,
        high=65535,
    )


def folder(help_: str) -> TemplateParameter:
    """Where files go."""
    return TemplateParameter("upload_path", "Folder", help_)


LOGIN = TemplateParameter("login", "Username", "The user name for the login.", longest=256)
PASSWORD = TemplateParameter("password", "Password", "The password for the login.", kind="secret")
QOS = TemplateParameter(
    "qos",
    "QoS DSCP",
    "Differentiated services code point of what is sent; 0 for none.",
    kind="integer",
    default="0",
    low=0,
    high=63,
)
TEMPORARY = TemplateParameter(
    "temporary",
    "Use temporary file name",
    "Upload under a temporary name that becomes the desired one when the upload is complete. An interrupted upload "
    "may leave a temporary file, but every file that has the desired name is whole.",
    kind="flag",
    default="0",
)
VALIDATE = TemplateParameter(
    "validate_server_cert",
    "Validate server certificate",
    "Refuse a server whose certificate is not issued, for its name, by an authority that this unit trusts.",
    kind="flag",
    default="1",
)
