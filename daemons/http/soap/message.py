"""What a SOAP 1.2 message asks for (SOAP 1.2 part 1, section 5)."""

from daemons.http.soap.fault import SoapFault, malformed
from daemons.http.soap.names import ADDRESSING, ENVELOPE, SECURITY
from daemons.http.soap.reader import Element

_OLDER = "http://schemas.xmlsoap.org/soap/envelope/"
_TRUE = ("1", "true")
_KNOWN_HEADERS = frozenset({ADDRESSING, SECURITY})
"""Headers that may insist on being understood: a client's framework adds them. The answer goes back the way the
question came, and who asks is known from HTTP.
"""


def asked(envelope: Element) -> Element:
    """Return the one thing in the body; a `SoapFault` when that is not what the message holds."""
    namespace, local = envelope.name
    if local == "Envelope" and namespace == _OLDER:
        raise SoapFault("Only SOAP 1.2 is spoken here.", code="SOAP-ENV:VersionMismatch")
    if envelope.name != (ENVELOPE, "Envelope"):
        raise malformed("A SOAP envelope is expected.")
    parts = [child.name for child in envelope.children]
    if parts not in ([(ENVELOPE, "Body")], [(ENVELOPE, "Header"), (ENVELOPE, "Body")]):
        raise malformed("A SOAP envelope holds a header, if any, and one body.")
    for header in envelope.children[0].children if len(parts) == 2 else ():
        _check_understood(header)
    body = envelope.children[-1]
    if len(body.children) != 1:
        raise malformed("The body must hold one element.")
    return body.children[0]


def _check_understood(header: Element) -> None:
    must = header.attributes.get((ENVELOPE, "mustUnderstand"), "").strip()
    if must in _TRUE and header.name[0] not in _KNOWN_HEADERS:
        raise SoapFault("A header that must be understood is not.", code="SOAP-ENV:MustUnderstand")
