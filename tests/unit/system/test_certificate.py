"""The unit's own certificate."""

import datetime
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from daemons.system.certificate_names import CertificateNames, names_of_unit
from daemons.system.certify import NOT_BEFORE, key_pem, load_key, make_certificate, make_key
from daemons.system.ports import Addresses

NOW = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
ADDRESSES = Addresses(("192.0.2.90", "fe80::1"))


def certificate(names: CertificateNames, now: datetime.datetime = NOW) -> x509.Certificate:
    """Return a certificate as a client would read it."""
    return x509.load_pem_x509_certificate(make_certificate(make_key(), names, now))


@pytest.mark.covers("M-GET-07", part="certificate names")
def test_the_certificate_speaks_for_every_name_and_address() -> None:
    """By address, by host name, by mDNS name, and from the machine itself."""
    names = names_of_unit(
        "axis-02c821000001", ADDRESSES, domain="example.org", machine_name="Laptop"
    )
    extension = certificate(names).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert extension.value.get_values_for_type(x509.DNSName) == [
        "axis-02c821000001",
        "axis-02c821000001.local",
        "localhost",
        "axis-02c821000001.example.org",
        "laptop",
        "laptop.local",
    ]
    assert extension.value.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address(address) for address in ("192.0.2.90", "fe80::1", "127.0.0.1", "::1")
    ]


@pytest.mark.covers("M-GET-11", part="certificate")
def test_the_certificate_is_what_clients_demand_of_a_server() -> None:
    """P-256, for servers only, no authority, signed by itself."""
    made = certificate(names_of_unit("axis", ADDRESSES))
    public = made.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp256r1"
    made.verify_directly_issued_by(made)
    constraints = made.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert not constraints.value.ca
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


@pytest.mark.parametrize("year", [1970, 2026, 2040])
def test_the_certificate_is_valid_whatever_the_clock_says(year: int) -> None:
    """A unit without a clock makes one that holds once the time is known."""
    made = certificate(
        names_of_unit("axis", ADDRESSES), datetime.datetime(year, 5, 1, tzinfo=datetime.UTC)
    )
    assert made.not_valid_before_utc == NOT_BEFORE
    assert made.not_valid_after_utc.year >= max(year, 2026) + 19


def test_a_key_is_kept_and_a_damaged_one_is_known() -> None:
    """A new certificate for the same key leaves pins in place."""
    key = make_key()
    again = load_key(key_pem(key))
    assert again is not None
    assert again.private_numbers() == key.private_numbers()
    assert load_key(key_pem(key)[:100]) is None
    assert load_key(b"") is None


def test_names_that_went_do_not_matter_but_new_ones_do() -> None:
    """A certificate is made anew only when somebody would be refused."""
    wide = names_of_unit("axis", ADDRESSES)
    assert wide.cover(names_of_unit("axis", Addresses(("192.0.2.90",))))
    assert not wide.cover(names_of_unit("axis", Addresses(("192.0.2.91",))))
    assert not wide.cover(names_of_unit("porch", ADDRESSES))


def test_a_computer_with_a_strange_name_still_gets_a_certificate() -> None:
    """What no certificate can hold is left out."""
    assert names_of_unit("axis", ADDRESSES, machine_name="büro") == names_of_unit("axis", ADDRESSES)


def test_a_long_host_name_still_makes_a_certificate() -> None:
    """The common name has at most 64 characters; the alternative names have them all."""
    name = ".".join(["a" * 60, "b" * 60])
    made = certificate(names_of_unit(name, ADDRESSES))
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert name in names.get_values_for_type(x509.DNSName)
