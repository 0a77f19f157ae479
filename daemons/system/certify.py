"""Makes the unit's key and its self-signed certificate; a process of its own, so that crypto leaves no trace in memory.

It reads `CertificateNames` as JSON from standard input and writes into the folder that its first argument names. With
`client` as the second, the certificate is also shown to servers.
"""

import datetime
import ipaddress
import sys
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from common.files import replace_file
from daemons.system.certificate_names import CertificateNames

KEY_FILE = "key.pem"
CERTIFICATE_FILE = "certificate.pem"
FILE_MODE = 0o640
"""The group of who needs them reads them; the folder lets nobody else in."""

NOT_BEFORE = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
"""Fixed, because at its first boot a unit without a battery-backed clock does not know the time."""

LIFE = datetime.timedelta(days=20 * 365)
"""Longer than the unit lives. The 397 days that browsers impose hold for public authorities only; a self-signed
certificate is trusted by hand, one by one, and each new one asks every person and every VMS for that again."""


def make_key() -> ec.EllipticCurvePrivateKey:
    """Return a new private key."""
    return ec.generate_private_key(ec.SECP256R1())


def load_key(pem: bytes) -> ec.EllipticCurvePrivateKey | None:
    """Return the key in `pem`, or None when it is not one of ours or damaged."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except ValueError:
        return None
    return key if isinstance(key, ec.EllipticCurvePrivateKey) else None


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the form in which the web server reads it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def make_certificate(
    key: ec.EllipticCurvePrivateKey,
    names: CertificateNames,
    now: datetime.datetime,
    *,
    client: bool = False,
) -> bytes:
    """Return a certificate for `names`, signed with its own key, for a server that may be a `client`, too."""
    usages = [ExtendedKeyUsageOID.SERVER_AUTH]
    if client:
        usages.append(ExtendedKeyUsageOID.CLIENT_AUTH)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names.common_name)])
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names.host_names]
    alternatives += [x509.IPAddress(ipaddress.ip_address(each)) for each in names.addresses]
    public = key.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(max(now, NOT_BEFORE) + LIFE)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_digital_signature_only(), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _digital_signature_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def certify(folder: Path, names: CertificateNames, now: datetime.datetime, *, client: bool) -> None:
    """Write a certificate for `names` into `folder`, for the key that is there or else a new one."""
    key_file = folder / KEY_FILE
    key = load_key(key_file.read_bytes()) if key_file.exists() else None
    if key is None:
        key = make_key()
        replace_file(key_file, key_pem(key), FILE_MODE)
    # The certificate comes last: where there is one, its key is there too.
    certificate = make_certificate(key, names, now, client=client)
    replace_file(folder / CERTIFICATE_FILE, certificate, FILE_MODE)


if __name__ == "__main__":
    certify(
        Path(sys.argv[1]),
        msgspec.json.decode(sys.stdin.buffer.read(), type=CertificateNames),
        datetime.datetime.now(datetime.UTC),
        client="client" in sys.argv[2:],
    )
