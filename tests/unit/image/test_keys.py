"""The keys of makers: whatever they are called, two of them are two."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.suite import ROOT


def made(folder: Path, *name: str) -> tuple[x509.Certificate, x509.Certificate]:
    """Return the certificates of a new authority and of its signer."""
    script = ROOT / "image/rauc/keys.sh"
    subprocess.run([script, folder, *name], check=True, capture_output=True)
    authority, signer = (
        x509.load_pem_x509_certificate((folder / f"{who}.pem").read_bytes())
        for who in ("ca", "signer")
    )
    return authority, signer


@pytest.mark.covers("M-SEC-44", part="keys of owners")
def test_two_makers_of_one_name_can_be_told_apart(tmp_path: Path) -> None:
    """Who verifies takes the first authority of a name: the second one's updates would not be believed."""
    one, _ = made(tmp_path / "one")
    other, signer = made(tmp_path / "other")
    assert one.subject != other.subject
    assert signer.issuer == other.subject != signer.subject
    signer.verify_directly_issued_by(other)


@pytest.mark.parametrize("name", ["AC/DC", "Jörg Müller", "A + B = C, D", r"back\slash", "x" * 60])
def test_a_maker_may_have_any_name(tmp_path: Path, name: str) -> None:
    """It stands in the certificate as it was given."""
    for certificate in made(tmp_path / "keys", name):
        (organization,) = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        assert organization.value == name
