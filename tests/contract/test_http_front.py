"""The web server in front of the running suite: TLS, pages, its parameters, and http being away."""

import os
import re
import signal
import socket
import ssl
import subprocess
import urllib.parse

import httpx
import pytest

from tests.contract.bare_http import port_of, raw, request
from tests.contract.test_http_clients import LOGIN, curl, parameter, set_parameter, signed_in
from tests.suite import ROOT_PASSWORD, Unit, free_port, until

# --- pages and TLS ----------------------------------------------------------------------------


@pytest.mark.covers("M-GET-11", part="HTTPS from the box on")
def test_pages_are_sent_to_https_and_apis_are_on_both(unit: Unit) -> None:
    """A browser sets the password, and all that is delicate, over TLS."""
    with httpx.Client(timeout=20, verify=False) as client:
        for path in ("/", "/index.html", "/assets/none.js", "/#/status"):
            answer = client.get(unit.http_url + path)
            assert answer.status_code == 307
            assert answer.headers["location"].startswith(f"{unit.https_url}/")
        page = client.get(f"{unit.https_url}/")
        assert page.status_code == 200
        assert "<!doctype html>" in page.text
        body = {"apiVersion": "1", "method": "systemready"}
        for url in (unit.http_url, unit.https_url):
            answer = client.post(f"{url}/axis-cgi/systemready.cgi", json=body)
            assert answer.json()["data"]["systemready"] == "yes"


def test_pages_carry_a_strict_policy(unit: Unit) -> None:
    """No script of others, no frame, no guessing of types; hashed files are kept for ever, the page never."""
    page = unit.client.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-cache"
    script = re.search(r'src="(/assets/[^"]+\.js)"', page.text)
    assert script is not None
    asset = unit.client.get(script[1])
    assert asset.headers["content-type"].startswith("text/javascript")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-security-policy"] == policy
    api = unit.client.get("/api/session")
    assert api.headers["cache-control"] == "no-store"
    assert api.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    "path",
    [
        "/index.html/a.srv",
        "/assets/",
        "/.git/config",
        "/..%2f..%2fetc/passwd",
        "/assets/..%2f..%2f..%2fpyproject.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/nginx.conf",
        "/admin/",
        "/admin/../nginx.conf",
        "/local/",
        "/theme.js/x",
    ],
)
def test_only_files_of_the_ui_are_pages(unit: Unit, path: str) -> None:
    """Nothing beside them, nothing below them."""
    status, answer = raw(unit, request(path.encode()), encrypted=True)
    assert status in {400, 404}, answer[:200]


@pytest.mark.parametrize(
    ("version", "accepted"),
    [("tls1", False), ("tls1_1", False), ("tls1_2", True), ("tls1_3", True)],
)
def test_tls_is_of_today(unit: Unit, version: str, accepted: bool) -> None:
    """Older versions are refused."""
    finished = subprocess.run(
        [
            *("openssl", "s_client", f"-{version}", "-cipher", "ALL:@SECLEVEL=0"),
            *("-connect", f"127.0.0.1:{port_of(unit.https_url)}"),
        ],
        input=b"",
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert (finished.returncode == 0) == accepted


def test_weak_ciphers_are_refused(unit: Unit) -> None:
    """TLS 1.2 speaks forward secrecy with authenticated encryption only."""
    command = ["openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{port_of(unit.https_url)}"]
    for cipher in ("AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256", "NULL"):
        finished = subprocess.run(
            [*command, "-cipher", f"{cipher}:@SECLEVEL=0"],
            input=b"",
            capture_output=True,
            timeout=20,
            check=False,
        )
        assert finished.returncode != 0, cipher


def test_a_session_cookie_is_for_tls(unit: Unit) -> None:
    """Where the page came over TLS the cookie stays there."""
    login = {"user": "root", "password": ROOT_PASSWORD}
    answer = unit.client.post("/api/session", json=login)
    assert "Secure" in answer.headers["set-cookie"]
    unit.client.cookies.clear()


# --- parameters -------------------------------------------------------------------------------


def test_parameters_are_listed_by_group(unit: Unit) -> None:
    """A page that needs two groups does not load all of them; one that is not there has nothing in it."""
    with signed_in(unit) as admin:
        everything = admin.get("/api/parameters").json()["parameters"]
        few = admin.get("/api/parameters?group=AudioSource,HTTPS.Ciphers,Nothing").json()
        assert few["parameters"] == [
            one
            for one in everything
            if one["name"].startswith("AudioSource.") or one["name"] == "HTTPS.Ciphers"
        ]
        assert 1 < len(few["parameters"]) < len(everything)


# --- parameters of the web server -------------------------------------------------------------


def test_the_web_server_has_a_say_in_its_parameters(unit: Unit) -> None:
    """What nginx would not take is not written, and the reason is told."""
    with signed_in(unit) as admin:
        before = admin.get("/api/parameters").json()
        changes = {"HTTPS.Ciphers": "NO-SUCH-CIPHER"}
        answer = admin.patch("/api/parameters", json={"changes": changes})
        assert answer.status_code == 400
        assert "cipher" in answer.json()["error"]["details"]["HTTPS.Ciphers"]
        changes = {"System.BoaPort": "443", "Brand.Brand": "x"}
        assert admin.patch("/api/parameters", json={"changes": changes}).status_code == 400
        assert admin.get("/api/parameters").json() == before


def test_a_new_cipher_list_is_in_force_at_once_and_loses_nobody(unit: Unit) -> None:
    """The web server reloads: connections that are open go on (T-WEB-3)."""
    port = port_of(unit.https_url)
    cipher = "ECDHE-ECDSA-AES256-GCM-SHA384"

    def spoken() -> bool:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        try:
            with (
                socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
                context.wrap_socket(plain),
            ):
                return True
        except OSError:
            return False

    assert spoken()
    with signed_in(unit) as admin:
        names = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", cipher]
        names += ["ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"]
        default = ":".join([*names, "ECDHE-RSA-CHACHA20-POLY1305"])
        set_parameter(admin, "HTTPS.Ciphers", cipher)
        try:
            until("the new list is in force", lambda: not spoken())
            assert admin.get("/api/device").status_code == 200
        finally:
            set_parameter(admin, "HTTPS.Ciphers", default)
        until("the old list is back", spoken)


def test_a_unit_can_be_told_another_name(unit: Unit) -> None:
    """Unknown names are turned away until the parameter has them."""
    target = f"{unit.https_url}/axis-cgi/usergroup.cgi"
    ask = ("-u", LOGIN, "-H", "Host: hall.example", "-w", "%{http_code}", target)
    assert curl(*ask).endswith("421")
    with parameter(unit, "Network.HTTP.AllowedHosts", "hall.example,stage", ""):
        assert curl(*ask).endswith("200")


def test_roles_can_be_kept_to_one_protocol(unit: Unit) -> None:
    """`System.BoaGroupPolicy`."""
    target = f"{unit.http_url}/axis-cgi/usergroup.cgi"
    ask = ("--digest", "-u", LOGIN, "-o", "/dev/null", "-w", "%{http_code}", target)
    with parameter(unit, "System.BoaGroupPolicy.admin", "https", "both"):
        assert curl(*ask) == "403"
    assert curl(*ask) == "200"


# --- when http is away ------------------------------------------------------------------------


def test_without_http_the_front_says_so_and_comes_back(unit: Unit) -> None:
    """503 in the form of the path, pages all the while, and nobody is logged out (DESIGN: killed at any moment)."""
    with signed_in(unit) as admin:
        process = unit.processes()["http"]
        os.kill(process, signal.SIGSTOP)
        os.kill(process, signal.SIGKILL)
        seen = set()

        def back() -> bool:
            api, cgi = admin.get("/api/device"), admin.get("/axis-cgi/usergroup.cgi")
            if api.status_code == 503:
                assert api.json()["error"]["code"] == "away"
                seen.add("api")
            if cgi.status_code == 503:
                assert cgi.text.startswith("503 Service Unavailable\n")
            assert admin.get("/").status_code == 200
            assert admin.get("/admin/restartMessage.shtml").status_code == 200
            return api.status_code == cgi.status_code == 200

        until("http is back", back)
        assert unit.processes()["http"] != process
        assert admin.get("/axis-cgi/usergroup.cgi").text.startswith("root\n")


def test_ports_that_are_taken_are_refused(unit: Unit) -> None:
    """A port of another service cannot become the web server's; where the supervisor fixes ports nothing moves."""
    with socket.socket() as other, signed_in(unit) as admin:
        other.bind(("", free_port()))
        other.listen()
        taken = str(other.getsockname()[1])
        answer = admin.patch("/api/parameters", json={"changes": {"System.BoaPort": taken}})
        assert answer.status_code == 200
        set_parameter(admin, "System.BoaPort", "80")
    assert urllib.parse.urlsplit(unit.http_url).port != 80
    assert unit.client.get("/").status_code == 200
