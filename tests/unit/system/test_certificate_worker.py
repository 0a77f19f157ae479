"""Certificates, keys and containers in all the forms in which people have them."""

import base64
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat, load_pem_private_key

from common.certificates import KeyType, NewKey
from daemons.system.certificates import work
from daemons.system.certificates.worker import answer
from tests.authority import Authority, Signed

AUTHORITY = Authority.made()
UNIT = AUTHORITY.sign("unit", "unit.local", "192.0.2.7")
RSA = AUTHORITY.sign("rsa", key=rsa.generate_private_key(65_537, 2048))


def found(request: work.Request) -> work.Found:
    """Return what a request that is fulfilled finds."""
    said = answer(request)
    assert not said.refusal
    return said.found[0]


def encoded(text: str) -> str:
    """Return base64, in lines as mail has it."""
    return base64.encodebytes(text.encode()).decode()


@pytest.mark.covers("M-SEC-03", part=".PEM and .CER")
@pytest.mark.parametrize("form", [UNIT.pem, UNIT.der, encoded(UNIT.pem), f"junk\n{UNIT.pem}"])
def test_a_certificate_is_read_in_each_form(form: str) -> None:
    """And kept as PEM, with what it says of itself."""
    read = found(work.Read(form))
    assert read.certificate == UNIT.pem
    assert not read.private_key
    details = read.details
    assert (details.subject, details.issuer) == ("CN=unit", "CN=Test authority")
    assert details.names == ("DNS:unit.local", "IP:192.0.2.7")
    assert details.key == "EC-P256"
    assert not details.authority
    assert not details.self_signed
    assert datetime.datetime.fromtimestamp(details.valid_to, datetime.UTC).year == 2036
    assert found(work.Read(AUTHORITY.pem)).details.authority


@pytest.mark.covers("M-SEC-01", part="with the authorities that issued it")
def test_a_chain_stays_together() -> None:
    """The unit's own first, but only where a chain is wanted."""
    read = found(work.Read(UNIT.pem + AUTHORITY.pem))
    assert read.certificate == UNIT.pem + AUTHORITY.pem
    assert read.details.chain == 2
    assert "more than one" in answer(work.Read(UNIT.pem + AUTHORITY.pem, single=True)).refusal
    assert "at most 10" in answer(work.Read(UNIT.pem * 11)).refusal


@pytest.mark.covers("M-SEC-04", part="PKCS#1")
@pytest.mark.parametrize("signed", [UNIT, RSA], ids=["EC", "RSA"])
@pytest.mark.parametrize("form", [PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8])
@pytest.mark.parametrize("passphrase", ["", "secret"])
def test_a_key_is_read_in_each_form(signed: Signed, form: PrivateFormat, passphrase: str) -> None:
    """And kept as PKCS #8; with the wrong passphrase, or none, it is not."""
    key = signed.key_pem(form, passphrase)
    kept = found(work.Fit(signed.pem, key, passphrase))
    assert load_pem_private_key(kept.private_key.encode(), None)
    assert found(work.Fit(signed.pem, signed.key_pem(form), "for nothing")).private_key
    if passphrase:
        assert "passphrase is needed" in answer(work.Fit(signed.pem, key)).refusal
        assert "passphrase is wrong" in answer(work.Fit(signed.pem, key, "wrong")).refusal


@pytest.mark.covers("M-SEC-03", "M-SEC-04", part=".PFX, PKCS#12")
def test_a_container_has_it_all() -> None:
    """The certificate with its chain, and the key."""
    packed = UNIT.container("secret", AUTHORITY.certificate)
    kept = found(work.Unpack(packed, "secret"))
    assert kept.certificate == UNIT.pem + AUTHORITY.pem
    assert found(work.Fit(kept.certificate, kept.private_key)).details == kept.details
    assert "passphrase is wrong" in answer(work.Unpack(packed, "Secret")).refusal
    assert found(work.Unpack(UNIT.container(""), "")).certificate == UNIT.pem


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (work.Read(""), "no certificate"),
        (work.Read("not base64!"), "neither PEM nor base64"),
        (
            work.Read("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
            "no certificate",
        ),
        (work.Read(UNIT.key_pem()), "no certificate"),
        (work.Fit(UNIT.pem, UNIT.pem), "no private key"),
        (work.Fit(UNIT.pem, ""), "no private key"),
        (work.Fit(UNIT.pem, RSA.key_pem()), "does not belong"),
        (work.Fit(AUTHORITY.pem + UNIT.pem, UNIT.key_pem()), "does not belong"),
        (work.Unpack(base64.b64encode(b"0" * 100).decode()), "no PKCS #12"),
        (work.Make(NewKey("a", "unit")), "subject"),
        (work.Make(NewKey("a", "")), "subject"),
        (work.Make(NewKey("a", "CN=a", subject_alt_names=("unit",))), "subject_alt_names"),
        (work.Make(NewKey("a", "CN=a", subject_alt_names=("IP:unit",))), "subject_alt_names"),
        (work.Make(NewKey("a", "CN=a", valid_from=1_000, valid_to=1_000)), "valid_to"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(request_: work.Request, reason: str) -> None:
    """In words for a person, and without the key in them."""
    refusal = answer(request_).refusal
    assert reason in refusal
    assert "PRIVATE" not in refusal


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65_537, 1024),
        ec.generate_private_key(ec.SECP192R1()),
        dsa.generate_private_key(2048),
    ],
    ids=["short RSA", "a small curve", "DSA"],
)
def test_a_weak_key_is_refused(key: rsa.RSAPrivateKey) -> None:
    """Nobody would speak TLS with it."""
    weak = Signed(UNIT.certificate, key)
    assert "must be EC" in answer(work.Fit(UNIT.pem, weak.key_pem())).refusal


@pytest.mark.covers("M-SEC-01", part="self-signed")
@pytest.mark.covers("M-SEC-08")
@pytest.mark.parametrize("key_type", ["EC-P256", "EC-P384", "EC-P521", "RSA-2048"])
def test_a_key_is_made_of_the_type_that_is_wanted(key_type: KeyType) -> None:
    """With a certificate that it signs itself, for a year from today if nothing else is said."""
    names = ("DNS:unit.local", "IP:192.0.2.7", "IP:2001:db8::7", "email:a@example.org")
    made = found(work.Make(NewKey("a", "CN=unit,O=Example", key_type, names)))
    details = made.details
    assert (details.subject, details.key) == ("CN=unit,O=Example", key_type)
    assert (details.names, details.self_signed, details.authority) == (names, True, False)
    assert details.valid_to - details.valid_from == 365 * 86_400
    own = x509.load_pem_x509_certificate(made.certificate.encode())
    own.verify_directly_issued_by(own)
    assert found(work.Fit(made.certificate, made.private_key)).details == details
    bounded = found(
        work.Make(NewKey("a", "CN=a", valid_from=1_800_000_000, valid_to=1_900_000_000))
    )
    assert (bounded.details.valid_from, bounded.details.valid_to) == (1_800_000_000, 1_900_000_000)


@pytest.mark.covers("M-SEC-11", part="what it says")
def test_a_request_is_signed_by_the_key_of_the_certificate() -> None:
    """With its subject and names, or others."""
    text = answer(work.Apply(UNIT.pem, UNIT.key_pem())).text
    same = x509.load_pem_x509_csr(text.encode())
    assert same.is_signature_valid
    assert same.public_key() == UNIT.key.public_key()
    assert same.subject.rfc4514_string() == "CN=unit"
    names = same.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["unit.local"]
    text = answer(work.Apply(UNIT.pem, UNIT.key_pem(), "CN=porch", ("DNS:porch",))).text
    other = x509.load_pem_x509_csr(text.encode())
    assert other.subject.rfc4514_string() == "CN=porch"
    names = other.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["porch"]
