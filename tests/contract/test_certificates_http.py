"""The certificates of a unit as clients manage them: below `/config/rest/cert/v1`, by SOAP, and for the web UI."""

import base64
import ssl
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

import httpx
import pytest
from cryptography import x509

from common.certificates import OWN
from tests.authority import Authority
from tests.contract.event_rig import soap
from tests.suite import Unit

BASE = "/config/rest/cert/v1"
HOUSE = Authority.made("House")
DOOR = HOUSE.sign("door", "door.local")
DEVICE = "http://www.onvif.org/ver10/device/wsdl"
STORE = "http://www.axis.com/vapix/ws/certificates"
CERT = "http://www.axis.com/vapix/ws/cert"
SCHEMA = "http://www.onvif.org/ver10/schema"


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """An administrator of a unit without certificates but its own."""
    with unit.admin() as client:
        yield client
        for where in ("certificates", "ca_certificates"):
            for item in client.get(f"{BASE}/{where}").json()["data"]:
                if item["alias"] in ("door", "house", "packed", "made"):
                    assert client.delete(f"{BASE}/{where}/{item['alias']}").status_code == 200


def ask(client: httpx.Client, method: str, path: str, data: Any = None, status: int = 200) -> Any:
    """Ask and return what the data of the answer is."""
    body = None if data is None else {"data": data}
    answer = client.request(method, BASE + path, json=body)
    assert answer.status_code == status, answer.text
    assert "PRIVATE KEY" not in answer.text
    return answer.json().get("data", answer.json().get("error"))


def install(client: httpx.Client) -> None:
    """Install one of each kind."""
    new = {"alias": "door", "certificate": DOOR.pem, "private_key": DOOR.key_pem()}
    shown = {"alias": "door", "certificate": DOOR.pem, "keystore": "SOFTWARE0"}
    assert ask(client, "POST", "/certificates", new, 201) == shown
    authority = {"alias": "house", "certificate": HOUSE.pem}
    assert ask(client, "POST", "/ca_certificates", authority, 201) == authority


@pytest.mark.covers("M-SEC-01", "M-SEC-02", "M-SEC-10", part="REST")
def test_certificates_are_added_read_changed_and_removed(admin: httpx.Client) -> None:
    """As the reference has it: data in, data out, and no private key in any answer."""
    install(admin)
    found = {each["alias"]: each for each in ask(admin, "GET", "/certificates")}
    assert found.keys() == {"door", OWN}
    assert ask(admin, "GET", "/certificates/door") == found["door"]
    assert ask(admin, "GET", "/certificates/door/certificate") == DOOR.pem
    assert ask(admin, "GET", "/certificates/door/private_key", status=404)["code"] == 1
    authorities = {each["alias"]: each for each in ask(admin, "GET", "/ca_certificates")}
    assert len(authorities) > 50
    assert authorities["house"]["certificate"] == HOUSE.pem
    renewed = HOUSE.sign("renewed", key=DOOR.key)
    assert ask(admin, "PATCH", "/certificates/door", {"certificate": renewed.pem}) is None
    assert ask(admin, "GET", "/certificates/door")["certificate"] == renewed.pem
    assert ask(admin, "PATCH", "/ca_certificates/house/certificate", HOUSE.pem) is None
    whole = ask(admin, "GET", "")
    assert {each["alias"] for each in whole["certificates"]} == {"door", OWN}
    for path in ("/certificates/door", "/ca_certificates/house"):
        ask(admin, "DELETE", path)
        assert ask(admin, "DELETE", path, status=404)["code"] == 2


@pytest.mark.covers("M-SEC-03", part=".PFX by REST")
@pytest.mark.covers("M-SEC-11", part="REST")
def test_certificates_are_made_unpacked_and_applied_for(admin: httpx.Client) -> None:
    """The actions answer with what there is then."""
    packed = {"alias": "packed", "pkcs12": DOOR.container("secret"), "passphrase": "secret"}
    assert ask(admin, "POST", "/install_from_pkcs12", packed)["certificate"] == DOOR.pem
    wanted = {"alias": "made", "subject": "CN=made", "key_type": "NIST-P384"}
    made = ask(admin, "POST", "/create_certificate", wanted | {"subject_alt_names": ["DNS:made"]})
    certificate = x509.load_pem_x509_certificate(made["certificate"].encode())
    assert certificate.public_key().curve.name == "secp384r1"  # type: ignore[union-attr]
    pem = ask(admin, "POST", "/certificates/made/get_csr", {"subject": "CN=porch"})
    request = x509.load_pem_x509_csr(pem.encode())
    assert request.subject.rfc4514_string() == "CN=porch"
    assert request.public_key() == certificate.public_key()


def test_keystores_are_told(admin: httpx.Client) -> None:
    """There is one."""
    (keystore,) = ask(admin, "GET", "/keystores")
    assert keystore == {"id": "SOFTWARE0", "security_level": "SOFTWARE", "certifications": []}
    assert ask(admin, "GET", "/settings/keystore") == "SOFTWARE0"
    assert ask(admin, "PATCH", "/settings/keystore", "SOFTWARE0") is None
    assert ask(admin, "PATCH", "/settings/keystore", "TPM0", 400)["code"] == 5


@pytest.mark.parametrize(
    ("path", "data", "says"),
    [
        ("/certificates", {}, "alias"),
        ("/certificates", {"alias": "a", "certificate": DOOR.pem}, "private_key"),
        (
            "/certificates",
            {"alias": "a", "certificate": HOUSE.pem, "private_key": DOOR.key_pem()},
            "does not belong",
        ),
        ("/ca_certificates", {"alias": "a", "certificate": "junk"}, "no certificate"),
        ("/ca_certificates", {"alias": "a b", "certificate": HOUSE.pem}, "alias"),
        ("/ca_certificates", {"alias": "a", "certificate": HOUSE.pem, "x": 1}, "x"),
        ("/create_certificate", {"alias": "a", "subject": "CN=a", "key_type": "DSA"}, "key_type"),
        ("/create_certificate", {"alias": "a", "subject": "CN=a", "keystore": "TPM0"}, "keystore"),
        ("/create_certificate", {"alias": "a", "subject": "unit"}, "subject"),
        ("/install_from_pkcs12", {"alias": "a", "pkcs12": "AAAA"}, "PKCS #12"),
    ],
)
def test_what_cannot_be_is_refused(
    admin: httpx.Client, path: str, data: dict[str, Any], says: str
) -> None:
    """By its reason, and nothing is there then."""
    error = ask(admin, "POST", path, data, 400)
    assert error["code"] == 5
    assert says in error["message"]
    assert "PRIVATE" not in error["message"]
    assert ask(admin, "GET", "/certificates/a", status=404)["code"] == 2


def test_an_alias_is_taken_once(admin: httpx.Client) -> None:
    """Over both collections."""
    install(admin)
    again = {"alias": "door", "certificate": HOUSE.pem}
    assert ask(admin, "POST", "/ca_certificates", again, 409)["code"] == 6


@pytest.mark.covers("M-SEC-09", part="what the web UI shows")
def test_the_web_ui_is_told_what_a_certificate_says(admin: httpx.Client) -> None:
    """And by what it is used."""
    install(admin)
    found = {each["alias"]: each for each in admin.get("/api/certificates").json()}
    assert found["door"]["details"]["issuer"] == "CN=House"
    assert found["door"]["details"]["names"] == ["DNS:door.local"]
    assert found[OWN]["used_by"] == ["the web server"]
    assert "PRIVATE KEY" not in admin.get("/api/certificates").text
    assert len(admin.get("/api/certificates/preinstalled").json()) > 50


@pytest.mark.covers("M-SEC-01", "M-SEC-02", "M-SEC-10", part="SOAP")
def test_certificates_by_soap(admin: httpx.Client) -> None:
    """By the operations of ONVIF, with DER as base64; a fault says what cannot be."""
    key = base64.b64encode(DOOR.key_pem().encode()).decode()
    ids = f'xmlns="{DEVICE}" xmlns:tt="{SCHEMA}"'
    data = f"<tt:Certificate><tt:Data>{DOOR.der}</tt:Data></tt:Certificate>"
    loaded = soap(
        admin,
        f"<LoadCertificateWithPrivateKey {ids}><CertificateWithPrivateKey>"
        f"<tt:CertificateID>door</tt:CertificateID>{data}"
        f"<tt:PrivateKey><tt:Data>{key}</tt:Data></tt:PrivateKey>"
        "</CertificateWithPrivateKey></LoadCertificateWithPrivateKey>",
    )
    assert loaded.tag == f"{{{DEVICE}}}LoadCertificateWithPrivateKeyResponse"
    authority = f"<tt:Certificate><tt:Data>{HOUSE.der}</tt:Data></tt:Certificate>"
    soap(
        admin,
        f"<LoadCACertificates {ids}><CACertificate><tt:CertificateID>house</tt:CertificateID>"
        f"{authority}</CACertificate></LoadCACertificates>",
    )
    for name, alias, signed in (
        ("GetCertificates", "door", DOOR),
        ("GetCACertificates", "house", HOUSE),
    ):
        answer = soap(admin, f'<{name} xmlns="{DEVICE}"/>')
        found = {
            one.findtext(f"{{{SCHEMA}}}CertificateID"): one.findtext(
                f"{{{SCHEMA}}}Certificate/{{{SCHEMA}}}Data"
            )
            for one in answer
        }
        assert found[alias] == signed.der
    for alias in ("door", "house"):
        soap(
            admin,
            f"<DeleteCertificates {ids}><CertificateID>{alias}</CertificateID></DeleteCertificates>",
        )
    gone = soap(
        admin, f"<DeleteCertificates {ids}><CertificateID>door</CertificateID></DeleteCertificates>"
    )
    assert gone.tag.endswith("Fault")


@pytest.mark.covers("M-SEC-03", part=".PFX by SOAP")
def test_certificates_are_made_and_unpacked_by_soap(admin: httpx.Client) -> None:
    """By VAPIX's own operations."""
    subject = "<acert:C>SE</acert:C><acert:O>A, B &amp; C</acert:O><acert:CN>made</acert:CN>"
    soap(
        admin,
        f'<CreateCertificate2 xmlns="{STORE}" xmlns:acert="{CERT}"><Id>made</Id>'
        f"<Subject>{subject}</Subject><ValidNotBefore>2026-11-01T00:00:00Z</ValidNotBefore>"
        "<ValidNotAfter>2027-11-01T00:00:00Z</ValidNotAfter></CreateCertificate2>",
    )
    pem = ask(admin, "GET", "/certificates/made")["certificate"]
    made = x509.load_pem_x509_certificate(pem.encode())
    assert made.subject.rfc4514_string() == r"CN=made,O=A\, B & C,C=SE"
    assert made.not_valid_after_utc.isoformat() == "2027-11-01T00:00:00+00:00"
    soap(
        admin,
        f'<LoadPkcs12 xmlns="{STORE}" xmlns:acert="{CERT}"><Pkcs12><acert:Id>packed</acert:Id>'
        f"<acert:Certificate>{DOOR.container('a<b')}</acert:Certificate>"
        f"<acert:Password>{escape('a<b')}</acert:Password></Pkcs12></LoadPkcs12>",
    )
    pem = ask(admin, "GET", "/certificates/packed")["certificate"]
    assert ssl.PEM_cert_to_DER_cert(pem) == base64.b64decode(DOOR.der)
