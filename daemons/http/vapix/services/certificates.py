"""Certificates by SOAP: the operations of ONVIF, and VAPIX's own (VAPIX sys-users-security page 4a).

What the store holds is the same as below `/config/rest/cert`. Which certificates the web server, 802.1X or a remote log
use is not chosen here: those operations are not there.
"""

import base64
import datetime
import ssl
from typing import Final

import msgspec

from common.certificates import Certificate, NewKey
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.soap import values, writer
from daemons.http.soap.fault import invalid
from daemons.http.soap.names import CERTIFICATES, DEVICE
from daemons.http.soap.reader import Element
from daemons.http.vapix.services.endpoint import services

_SUBJECT: Final = ("CN", "OU", "O", "L", "ST", "C")
_CERTIFICATES: Final = msgspec.json.Decoder(list[Certificate])


@services.operation(DEVICE, "GetCertificates", access=Access.ADMIN, changes=False)
async def get_certificates(call: Call, _request: Element) -> str:
    """Return the client/server certificates."""
    found = _CERTIFICATES.decode(await call.unit.certificates.certificates())
    return "".join(_printed("tds:NvtCertificate", one) for one in found if one.kind == "client")


@services.operation(DEVICE, "GetCACertificates", access=Access.ADMIN, changes=False)
async def get_ca_certificates(call: Call, _request: Element) -> str:
    """Return the certificates of authorities, the pre-installed ones among them."""
    store = call.unit.certificates
    found = _CERTIFICATES.decode(await store.certificates())
    found += _CERTIFICATES.decode(await store.preinstalled())
    return "".join(_printed("tds:CACertificate", one) for one in found if one.kind == "authority")


@services.operation(DEVICE, "DeleteCertificates", access=Access.ADMIN, changes=True)
async def delete_certificates(call: Call, request: Element) -> str:
    """Delete certificates of either kind, in their order until one cannot be deleted."""
    for element in request.all("CertificateID"):
        await call.unit.certificates.remove(element.text.strip())
    return ""


@services.operation(DEVICE, "LoadCertificateWithPrivateKey", access=Access.ADMIN, changes=True)
async def load_certificate_with_private_key(call: Call, request: Element) -> str:
    """Install client/server certificates with their private keys."""
    for given in _several(request, "CertificateWithPrivateKey"):
        await call.unit.certificates.add(
            values.text_in(given, "CertificateID"),
            _data(given, "Certificate"),
            _data(given, "PrivateKey"),
            "",
        )
    return ""


@services.operation(DEVICE, "LoadCACertificates", access=Access.ADMIN, changes=True)
async def load_ca_certificates(call: Call, request: Element) -> str:
    """Install certificates of authorities."""
    for given in _several(request, "CACertificate"):
        await call.unit.certificates.add_authority(
            values.text_in(given, "CertificateID"), _data(given, "Certificate")
        )
    return ""


@services.operation(CERTIFICATES, "CreateCertificate2", access=Access.ADMIN, changes=True)
async def create_certificate(call: Call, request: Element) -> str:
    """Make a private key and a self-signed certificate."""
    subject = values.required(request, "Subject")
    named = ((name, values.text_in(subject, name, "")) for name in _SUBJECT)
    new = NewKey(
        alias=values.text_in(request, "Id"),
        subject=",".join(f"{name}={_escaped(value)}" for name, value in named if value),
        valid_from=_moment(request, "ValidNotBefore"),
        valid_to=_moment(request, "ValidNotAfter"),
    )
    await call.unit.certificates.create(msgspec.json.encode(new).decode())
    return ""


@services.operation(CERTIFICATES, "LoadPkcs12", access=Access.ADMIN, changes=True)
async def load_pkcs12(call: Call, request: Element) -> str:
    """Install a client/server certificate from PKCS #12."""
    given = values.required(request, "Pkcs12")
    await call.unit.certificates.add_container(
        values.text_in(given, "Id"),
        values.text_in(given, "Certificate"),
        values.text_in(given, "Password", ""),
    )
    return ""


def _several(request: Element, name: str) -> list[Element]:
    found = list(request.all(name))
    if not found:
        raise invalid(f"occurrence violation in element {request.local}")
    return found


def _data(parent: Element, name: str) -> str:
    return values.text_in(values.required(parent, name), "Data")


def _printed(name: str, certificate: Certificate) -> str:
    first = certificate.certificate.partition(_END)[0] + _END + "\n"
    data = base64.b64encode(ssl.PEM_cert_to_DER_cert(first)).decode()
    return writer.element(
        name,
        writer.text("tt:CertificateID", certificate.alias),
        writer.element("tt:Certificate", writer.text("tt:Data", data)),
    )


_END: Final = "-----END CERTIFICATE-----"


def _moment(request: Element, name: str) -> int | None:
    """Return an xsd:dateTime in seconds since 1970; one without a time zone is in UTC."""
    text = values.text_in(request, name, "")
    if not text:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"value violation in element {name}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return int(moment.timestamp())


def _escaped(value: str) -> str:
    """Return a value of a subject as RFC 4514 (2.4) has it."""
    text = "".join(f"\\{letter}" if letter in ',+"\\<>;=' else letter for letter in value)
    return f"\\{text}" if text.startswith(("#", " ")) else text
