"""The page System > Security: the certificates of the unit."""

import re
from collections.abc import Iterator

import pytest
from cryptography import x509
from playwright.sync_api import FilePayload, Page, expect

from common.certificates import OWN
from tests.authority import Authority
from tests.suite import Unit
from tests.web.conftest import WAIT_MS, open_page

BASE = "/config/rest/cert/v1"
HOUSE = Authority.made("House")
DOOR = HOUSE.sign("door", "door.local")


def file(name: str, text: str) -> FilePayload:
    """Return a file to choose."""
    return {"name": name, "mimeType": "application/x-pem-file", "buffer": text.encode()}


@pytest.fixture
def security(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page; afterwards nothing is installed."""
    expect.set_options(timeout=WAIT_MS)  # each change starts a process that loads a library
    open_page(signed_in, unit, "/system/security", "Security")
    signed_in.locator("#certificates").wait_for()
    yield signed_in
    expect.set_options(timeout=None)
    with unit.admin() as admin:
        for where in ("certificates", "ca_certificates"):
            for item in admin.get(f"{BASE}/{where}").json()["data"]:
                if item["alias"] in ("door", "house", "porch"):
                    admin.delete(f"{BASE}/{where}/{item['alias']}")


def add(page: Page, way: str) -> None:
    """Open the dialog and choose what to add."""
    page.get_by_role("button", name="Add certificate").first.click()
    page.get_by_text(way, exact=True).click()


def confirm(page: Page, word: str) -> None:
    """Do what the dialog asks for."""
    page.get_by_role("dialog").get_by_role("button", name=word, exact=True).click()


def choose(page: Page, alias: str, item: str) -> None:
    """Choose something of a certificate's menu."""
    page.get_by_label(f"More for {alias}").click()
    page.get_by_role("menuitem", name=item).click()


@pytest.mark.covers("M-SEC-01", "M-SEC-06", "M-SEC-09", "M-SEC-10", part="the page")
def test_a_certificate_is_added_shown_and_deleted(security: Page) -> None:
    """From one file with certificate and key; the unit's own is there and stays."""
    own = security.get_by_role("region", name="Client/server certificates")
    expect(own.get_by_text(OWN)).to_be_visible()
    add(security, "A client/server certificate from files")
    security.get_by_label("Certificate file").set_input_files(
        file("door.pem", DOOR.pem + DOOR.key_pem())
    )
    expect(security.get_by_label("Name", exact=True)).to_have_value("door")
    confirm(security, "Add certificate")
    expect(own.get_by_text("door, issued by House")).to_be_visible()
    choose(security, "door", "Certificate information")
    shown = security.get_by_role("dialog")
    for text in ("CN=door", "CN=House", "DNS:door.local", "EC-P256"):
        expect(shown.get_by_text(text, exact=True)).to_be_visible()
    shown.get_by_label("Close").click()
    choose(security, "door", "Delete certificate")
    confirm(security, "Delete")
    expect(own.get_by_text("door, issued by House")).to_have_count(0)
    expect(own.get_by_text(OWN)).to_be_visible()


@pytest.mark.covers("M-SEC-04", part="a key in a file of its own")
def test_a_key_in_another_file_is_asked_for(security: Page) -> None:
    """And one that does not belong to the certificate is refused in words."""
    add(security, "A client/server certificate from files")
    security.get_by_label("Certificate file").set_input_files(file("door.cer", DOOR.pem))
    confirm(security, "Add certificate")
    expect(security.get_by_text("Choose the file with the private key")).to_be_visible()
    other = HOUSE.sign("other")
    security.get_by_label("Private key file").set_input_files(file("a.key", other.key_pem()))
    confirm(security, "Add certificate")
    expect(security.get_by_text("does not belong to the certificate")).to_be_visible()
    security.get_by_label("Private key file").set_input_files(file("b.key", DOOR.key_pem()))
    confirm(security, "Add certificate")
    expect(security.get_by_text("door, issued by House")).to_be_visible()


@pytest.mark.covers("M-SEC-01", "M-SEC-06", "M-SEC-08", "M-SEC-11", part="the page")
def test_one_is_made_and_a_certificate_applied_for(security: Page, unit: Unit) -> None:
    """With further fields; the issued certificate takes its place."""
    add(security, "A new self-signed certificate")
    security.get_by_label("Common name").fill("porch")
    security.get_by_text("More", exact=True).click()
    security.get_by_label("Other names and addresses").fill("porch.local")
    security.get_by_label("Key type").select_option("EC-P384")
    confirm(security, "Add certificate")
    expect(security.get_by_text("porch, self-signed")).to_be_visible()
    choose(security, "porch", "Create certificate signing request")
    confirm(security, "Create")
    text = security.get_by_label("Certificate signing request", exact=True)
    expect(text).to_have_value(re.compile("BEGIN CERTIFICATE REQUEST"))
    request = x509.load_pem_x509_csr(text.input_value().encode())
    assert request.subject.rfc4514_string() == "CN=porch"
    with unit.admin() as admin:
        made = admin.get(f"{BASE}/certificates/porch/certificate").json()["data"]
    assert x509.load_pem_x509_certificate(made.encode()).public_key() == request.public_key()


@pytest.mark.covers("M-SEC-02", part="the page")
def test_authorities_are_listed_and_added(security: Page) -> None:
    """The pre-installed ones are a click away."""
    authorities = security.get_by_role("region", name="CA certificates")
    authorities.get_by_text("Pre-installed CA certificates").click()
    expect(authorities.get_by_text("ISRG_Root_X1", exact=True)).to_be_visible()
    add(security, "A CA certificate")
    security.get_by_label("Certificate file").set_input_files(file("house.pem", HOUSE.pem))
    confirm(security, "Add certificate")
    expect(authorities.get_by_text("house", exact=True)).to_be_visible()


@pytest.mark.covers("M-SIP-39", "M-MQT-03", part="the choice of certificates")
def test_settings_choose_from_what_is_installed(security: Page, unit: Unit) -> None:
    """An MQTT client over TLS."""
    with unit.admin() as admin:
        new = {"alias": "door", "certificate": DOOR.pem, "private_key": DOOR.key_pem()}
        assert admin.post(f"{BASE}/certificates", json={"data": new}).status_code == 201
    open_page(security, unit, "/system/mqtt", "MQTT")
    security.get_by_label("Protocol").select_option("ssl")
    certificate = security.get_by_label("Client certificate")
    expect(certificate.locator("option")).to_have_text(["None", "door"])
    open_page(security, unit, "/system/sip/accounts", "SIP accounts")
    security.get_by_role("button", name=re.compile("Add account")).click()
    security.get_by_label("Transport mode").select_option("tls")
    expect(security.locator("#account-certificate option")).to_have_text(["The unit's own", "door"])
