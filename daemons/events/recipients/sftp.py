"""SFTP (M-RCP-10 to -14)."""

from common.rules import RecipientTemplate, TemplateParameter
from daemons.events.recipients.ftp import MISSING
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

PRIVATE_KEY = "ssh_private_key"
_TYPES = (
    "Host keys of the types RSA, ECDSA, ED25519 and DSA work, and are asked for in this order. "
    "When both fingerprints are given, one of them must match."
)

SFTP = Kind(
    RecipientTemplate(
        "com.axis.recipient.sftp",
        "SFTP",
        (
            host(),
            folder(f"The folder in which files are stored. {MISSING}"),
            port(22),
            LOGIN,
            PASSWORD,
            TemplateParameter(
                "ssh_host_pub_key_md5",
                "SSH host public key type (MD5)",
                f"Fingerprint of the server's key, 32 hexadecimal digits. {_TYPES}",
                longest=47,
            ),
            TemplateParameter(
                "ssh_host_pub_key_sha256",
                "SSH host public key type (SHA256)",
                f"Fingerprint of the server's key, 43 Base64 digits; safer than MD5. {_TYPES}",
                longest=51,
            ),
            TemplateParameter(
                "ssh_auth_type",
                "Log in with",
                kind="choice",
                default="2",
                values={"1": "Key", "2": "Password", "3": "Key or password"},
            ),
            TemplateParameter("ssh_public_key", "Public key", longest=8192),
            TemplateParameter(PRIVATE_KEY, "Private key", kind="secret", longest=8192),
            TemplateParameter(
                "ssh_private_key_passphrase", "Passphrase of the private key", kind="secret"
            ),
            TEMPORARY,
            QOS,
        ),
        takes_files=True,
        notes=(
            DNS_NOTE,
            "File names carry a unique sequence number.",
            "Without a fingerprint any server is believed; a test says which fingerprint the server has.",
        ),
    ),
    "daemons.events.recipients.senders.sftp",
    multiline=frozenset({PRIVATE_KEY}),
)
