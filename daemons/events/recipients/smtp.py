"""E-mail (M-RCP-16 to -20, -26)."""

from common.rules import RecipientTemplate, TemplateParameter
from daemons.events.recipients.kinds import Kind
from daemons.events.recipients.parameters import LOGIN, PASSWORD, QOS, VALIDATE, host, port

_NO_LOGIN = "Empty if the mail server asks for no login."

SMTP = Kind(
    RecipientTemplate(
        "com.axis.recipient.smtp",
        "Email",
        (
            TemplateParameter(
                "email_to",
                "Send email to",
                "The address to send to; several are separated by commas.",
                default=None,
            ),
            TemplateParameter(
                "email_from", "Send email from", "The sender's address.", default=None, longest=254
            ),
            host("Name of the mail server (SMTP), for example smtp.example.com."),
            port(587),
            TemplateParameter("login", LOGIN.label, _NO_LOGIN, longest=256),
            TemplateParameter("password", PASSWORD.label, _NO_LOGIN, kind="secret"),
            TemplateParameter(
                "pop_host",
                "POP server",
                "Where to log in by POP before anything is sent; empty for no POP authentication.",
                longest=253,
            ),
            port(110, "pop_port", "POP port"),
            TemplateParameter("pop_login", "POP username", "Empty for the one above.", longest=256),
            TemplateParameter(
                "pop_password", "POP password", "Empty for the one above.", kind="secret"
            ),
            QOS,
            TemplateParameter(
                "encryption",
                "Encryption",
                "TLS begins in the clear and goes over to TLS (STARTTLS); SSL is TLS from the start.",
                kind="choice",
                default="tls",
                values={"none": "None", "ssl": "SSL", "tls": "TLS"},
            ),
            VALIDATE,
        ),
        takes_files=True,
        notes=(
            "Some email providers have security filters that keep users from receiving many or large attachments or "
            "scheduled emails. Check the provider's security policy, so that the account is not locked and no "
            "email is missed.",
        ),
    ),
    "daemons.events.recipients.senders.smtp",
)
