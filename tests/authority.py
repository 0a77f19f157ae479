"""A private authority for tests, and what it signs, in the forms in which people have such things."""

import base64
import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

BEGIN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
END = datetime.datetime(2036, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Signed:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> str:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def der(self) -> str:
        """The certificate as the base64 of DER, as a .cer file has it."""
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()

    def key_pem(self, form: PrivateFormat = PrivateFormat.PKCS8, passphrase: str = "") -> str:
        """Return the key; PKCS #1 and SEC 1 are `TraditionalOpenSSL`."""
        sealing = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, form, sealing).decode()

    def container(self, passphrase: str, *more: x509.Certificate) -> str:
        """Return both as the base64 of PKCS #12, as a .pfx file has it."""
        sealing = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        data = pkcs12.serialize_key_and_certificates(
            b"unit", self.key, self.certificate, more or None, sealing
        )
        return base64.b64encode(data).decode()

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write certificate and key for a server of a test."""
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_text(self.pem)
        key.write_text(self.key_pem())
        return certificate, key


class Authority(Signed):
    """Signs others."""

    @classmethod
    def made(cls, name: str = "Test authority") -> "Authority":
        """Return a new one."""
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(_certificate(name, key, name, key, (), authority=True), key)

    def sign(self, name: str, *names: str, key: Key | None = None) -> Signed:
        """Return a certificate for host names and addresses."""
        own = key or ec.generate_private_key(ec.SECP256R1())
        issuer = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        return Signed(_certificate(name, own, str(issuer), self.key, names, authority=False), own)


def _certificate(
    name: str, key: Key, issuer: str, by: Key, names: tuple[str, ...], *, authority: bool
) -> x509.Certificate:
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
    )
    if names:
        alternatives = x509.SubjectAlternativeName([_alternative(each) for each in names])
        builder = builder.add_extension(alternatives, critical=False)
    return builder.sign(by, hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
