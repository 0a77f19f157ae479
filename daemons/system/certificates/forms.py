"""Certificates and keys in all the forms they come in (M-SEC-03): PEM, DER, PKCS #1, #8 and #12."""

import base64
import binascii
import ipaddress
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from common.certificates import Details

LEAST_RSA_BITS = 2048
LONGEST_CHAIN = 10
CURVES = {"secp256r1": "EC-P256", "secp384r1": "EC-P384", "secp521r1": "EC-P521"}

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Refused(Exception):
    """It cannot be, in words for a person."""


def certificates(text: str) -> list[x509.Certificate]:
    """Return one or several certificates from PEM, or from the base64 of DER or PEM."""
    data = _bytes(text)
    try:
        if b"-----BEGIN" in data:
            found = x509.load_pem_x509_certificates(data)
        else:
            found = [x509.load_der_x509_certificate(data)]
    except ValueError:
        raise Refused("this is no certificate in PEM or DER") from None
    if len(found) > LONGEST_CHAIN:
        raise Refused(f"a chain has at most {LONGEST_CHAIN} certificates")
    return found


def private_key(text: str, passphrase: str) -> Key:
    """Return a key from PEM (PKCS #1, PKCS #8, SEC 1), or from the base64 of DER or PEM."""
    data = _bytes(text)
    password = passphrase.encode() or None
    load = (
        serialization.load_pem_private_key
        if b"-----BEGIN" in data
        else serialization.load_der_private_key
    )
    try:
        try:
            found = load(data, password)
        except TypeError:
            if password is None:
                raise Refused("the private key is encrypted: its passphrase is needed") from None
            found = load(data, None)
    except (ValueError, UnsupportedAlgorithm):
        reason = "or the passphrase is wrong" if passphrase else "in PKCS #1 or PKCS #8"
        raise Refused(f"this is no private key {reason}") from None
    return checked_key(found)


def container(text: str, passphrase: str) -> tuple[Key, list[x509.Certificate]]:
    """Return the key and the certificate with its chain in a PKCS #12 container."""
    try:
        key, own, more = pkcs12.load_key_and_certificates(_bytes(text), passphrase.encode() or None)
    except (ValueError, UnsupportedAlgorithm):
        raise Refused("this is no PKCS #12 container, or the passphrase is wrong") from None
    if key is None or own is None:
        raise Refused("the container lacks a certificate with its private key")
    return checked_key(key), [own, *more[: LONGEST_CHAIN - 1]]


def checked_key(key: object) -> Key:
    """Return a key of a kind that TLS can use today; `Refused` for others."""
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in CURVES:
        return key
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_RSA_BITS:
        return key
    raise Refused(
        f"the private key must be EC on P-256, P-384 or P-521, or RSA of at least {LEAST_RSA_BITS} bits"
    )


def fits(key: Key, certificate: x509.Certificate) -> bool:
    """Whether a certificate is for that key."""
    try:
        return public_bytes(certificate.public_key()) == public_bytes(key.public_key())
    except (ValueError, UnsupportedAlgorithm):
        return False


def public_bytes(key: object) -> bytes:
    """Return a public key in the one form in which two can be compared."""
    written: bytes = key.public_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return written


def pem(chain: Sequence[x509.Certificate]) -> str:
    """Return certificates as PEM."""
    return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in chain)


def key_pem(key: Key) -> str:
    """Return a key as PKCS #8 in PEM, not encrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def details(chain: Sequence[x509.Certificate]) -> Details:
    """Return what the first of a chain says of itself."""
    own = chain[0]
    try:
        return Details(
            subject=own.subject.rfc4514_string(),
            issuer=own.issuer.rfc4514_string(),
            serial_number=f"{own.serial_number:x}",
            valid_from=int(own.not_valid_before_utc.timestamp()),
            valid_to=int(own.not_valid_after_utc.timestamp()),
            key=_key_words(own),
            names=_names(own),
            fingerprint=own.fingerprint(hashes.SHA256()).hex(),
            self_signed=own.subject == own.issuer,
            authority=_is_authority(own),
            chain=len(chain),
        )
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension):
        raise Refused("the certificate is damaged") from None


def general_names(names: Sequence[str]) -> list[x509.GeneralName]:
    """Return `DNS:…`, `IP:…`, `URI:…` and `email:…` as a certificate has them."""
    found: list[x509.GeneralName] = []
    for name in names:
        kind, colon, value = name.partition(":")
        make = _MAKE.get(kind.strip().lower())
        if not colon or make is None:
            raise Refused(
                f"subject_alt_names: '{name[:64]}' begins with none of DNS:, IP:, URI:, email:"
            )
        try:
            found.append(make(value.strip()))
        except ValueError:
            raise Refused(f"subject_alt_names: '{name[:64]}' cannot be") from None
    return found


def subject(text: str) -> x509.Name:
    """Return a subject from RFC 4514."""
    try:
        found = x509.Name.from_rfc4514_string(text)
    except ValueError:
        found = x509.Name([])
    if not found.rdns:
        raise Refused(f"subject: '{text[:64]}' is none, it must be as in CN=unit,O=Example")
    return found


_WORDS: tuple[tuple[type[x509.GeneralName], str], ...] = (
    (x509.DNSName, "DNS"),
    (x509.IPAddress, "IP"),
    (x509.UniformResourceIdentifier, "URI"),
    (x509.RFC822Name, "email"),
)
_MAKE = {
    "dns": x509.DNSName,
    "ip": lambda value: x509.IPAddress(ipaddress.ip_address(value)),
    "uri": x509.UniformResourceIdentifier,
    "email": x509.RFC822Name,
}


def _bytes(text: str) -> bytes:
    if "-----BEGIN" in text:
        return text.encode()
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("this is neither PEM nor base64") from None


def _key_words(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return CURVES.get(key.curve.name, f"EC {key.curve.name}")
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA-{key.key_size}"
    return type(key).__name__.removeprefix("_").removesuffix("PublicKey")


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(
        f"{word}:{name.value}" for name in names for kind, word in _WORDS if isinstance(name, kind)
    )


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return found.value.ca
