"""What kinds of recipients there are, and what their parameters may hold."""

import pytest

from common.errors import InvalidValue
from common.rules import TemplateParameter
from daemons.events.recipients.registry import RECIPIENTS, checked, checked_value

# VAPIX events page 5.3: names in order, and the defaults that it or the manual tells.
TEMPLATES = {
    "http": "upload_url login password proxy_host proxy_port proxy_login proxy_password qos=0",
    "https": "upload_url login password proxy_host proxy_port proxy_login proxy_password "
    "validate_server_cert qos=0",
    "tcp": "host port qos=0",
    "smtp": "email_to email_from host port=587 login password pop_host pop_port pop_login pop_password qos=0 "
    "encryption validate_server_cert",
    "ftp": "host upload_path port=21 login password passive temporary qos=0",
    "sftp": "host upload_path port=22 login password ssh_host_pub_key_md5 ssh_host_pub_key_sha256 ssh_auth_type=2 "
    "ssh_public_key ssh_private_key ssh_private_key_passphrase temporary qos=0",
}
GOOD = {
    "ftp": {"host": "ftp.example.com"},
    "http": {"upload_url": "http://192.0.2.7/cgi-bin/notify.cgi?a=1"},
    "https": {"upload_url": "https://[2001:db8::7]:8443/"},
    "networkshare": {"host": "nas", "share": "sounds"},
    "sftp": {"host": "192.0.2.7"},
    "smtp": {
        "email_to": "a@example.com",
        "email_from": "b@example.com",
        "host": "mail.example.com",
    },
    "tcp": {"host": "2001:db8::7", "port": "5000"},
    "sip": {"to": "sip:100@pbx"},
}


def token(name: str) -> str:
    """Return the token of a kind."""
    return f"com.axis.recipient.{name}"


def parameters(name: str) -> dict[str, TemplateParameter]:
    """Return the parameters of a kind, in their order."""
    return {each.name: each for each in RECIPIENTS[token(name)].template.parameters}


@pytest.mark.covers("M-RCP-03")
def test_every_kind_of_the_manual_is_there() -> None:
    """In the manual's order, each under its own name."""
    kinds = [kind.template for kind in RECIPIENTS.values()]
    assert [kind.label for kind in kinds] == [
        "FTP",
        "HTTP",
        "HTTPS",
        "Network storage",
        "SFTP",
        "SIP or VMS",
        "Email",
        "TCP",
    ]
    assert all(kind.token.startswith("com.axis.recipient.") for kind in kinds)
    assert [kind.label for kind in kinds if not kind.takes_files] == ["SIP or VMS", "TCP"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_parameters_have_the_names_order_and_defaults_of_the_reference(name: str) -> None:
    """Clients list them as the device does."""
    expected = [part.partition("=") for part in TEMPLATES[name].split()]
    declared = parameters(name)
    assert list(declared) == [part[0] for part in expected]
    for given, equals, default in expected:
        assert not equals or declared[given].default == default


@pytest.mark.covers("M-RCP-15", part="declared")
def test_a_sip_or_vms_call_is_declared_as_the_manual_has_it() -> None:
    """Both kinds of call, the account and the address."""
    declared = parameters("sip")
    assert [declared[name].label for name in ("from", "to")] == [
        "From SIP account",
        "To SIP address",
    ]
    assert declared["call_type"].values == {"sip": "SIP", "vms": "VMS"}
    assert declared["from"].kind == "sip_account"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "To SIP address is missing"),
        ({"call_type": "sip", "from": "sip_account_1"}, "To SIP address is missing"),
        ({"to": "Bob <sip:bob@pbx>"}, "is no SIP address"),
        ({"to": "sip:"}, "is no SIP address"),
        ({"call_type": "vms", "to": "sip:bob@pbx"}, "a VMS call has no SIP address"),
        ({"call_type": "fax", "to": "sip:bob@pbx"}, "none of sip, vms"),
    ],
)
def test_who_cannot_be_called_is_refused(given: dict[str, str], why: str) -> None:
    """Before it is stored."""
    with pytest.raises(InvalidValue, match=why):
        checked(token("sip"), given)


@pytest.mark.parametrize(
    "given",
    [
        {"to": "sip:bob@192.0.2.7:5062;transport=tcp"},
        {"to": "192.0.2.7"},
        {"to": "VMS_CALL"},
        {"call_type": "vms"},
        {"call_type": "vms", "to": "VMS_CALL", "from": "sip_account_1"},
    ],
)
def test_who_can_be_called_is_taken(given: dict[str, str]) -> None:
    """A VMS also by the address that VAPIX has for it."""
    assert checked(token("sip"), given).items() >= given.items()


@pytest.mark.covers("M-RCP-18")
def test_the_ports_of_a_mail_server() -> None:
    """0 to 65535, and 587 when nobody says."""
    port = parameters("smtp")["port"]
    assert checked_value(port, "") == "587"
    for good in ("0", "25", "65535"):
        assert checked_value(port, good) == good
    for bad in ("-1", "65536", "smtp", "5.5", "٢٥"):
        with pytest.raises(InvalidValue, match="Port is"):
            checked_value(port, bad)


@pytest.mark.covers("M-RCP-26")
def test_the_help_warns_of_mail_providers_filters() -> None:
    """The manual's note."""
    (note,) = RECIPIENTS[token("smtp")].template.notes
    assert "security filters" in note
    assert "attachments" in note
    assert "scheduled emails" in note


@pytest.mark.covers("M-RCP-27")
@pytest.mark.parametrize("name", ["ftp", "sftp", "tcp", "http", "https"])
def test_host_names_need_a_dns_server(name: str) -> None:
    """And the note says where one is set."""
    notes = RECIPIENTS[token(name)].template.notes
    assert any("DNS server under System > Network > IPv4 and IPv6" in note for note in notes)


@pytest.mark.parametrize("name", GOOD)
def test_what_is_left_out_gets_its_default(name: str) -> None:
    """And the order is the template's."""
    whole = checked(token(name), GOOD[name])
    assert list(whole) == list(parameters(name))
    assert whole.items() >= GOOD[name].items()


@pytest.mark.parametrize("name", [name for name in GOOD if name != "sip"])
def test_what_must_be_given_is_missed(name: str) -> None:
    """By its label."""
    required = [each for each in parameters(name).values() if each.default is None]
    assert required
    for parameter in required:
        with pytest.raises(InvalidValue, match=f"{parameter.label} is missing"):
            checked(token(name), {**GOOD[name], parameter.name: ""})


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("evil", ["\r\n", "\n", "\r", "\0", "\x85", "\u2028", "\x1b[2J"])
def test_no_parameter_takes_a_line_break(name: str, evil: str) -> None:
    """So none can add a line to what is said to a server. The message does not repeat a secret."""
    multiline = RECIPIENTS[token(name)].multiline
    for parameter in parameters(name):
        if parameter in multiline and evil != "\0":
            continue
        with pytest.raises(InvalidValue) as caught:
            checked(token(name), {**GOOD[name], parameter: f"a{evil}RCPT TO: spy"})
        assert "spy" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "parameter", "value", "reason"),
    [
        ("ftp", "host", "a b", "neither an IP address nor a host name"),
        ("ftp", "host", "-a.example.com", "neither"),
        ("ftp", "host", "a/b", "neither"),
        ("ftp", "host", "user@host", "neither"),
        ("ftp", "passive", "yes", "not 0 or 1"),
        ("ftp", "qos", "64", "more than 63"),
        ("ftp", "passwort", "x", "has no parameter 'passwort'"),
        ("http", "upload_url", "https://a/", "must begin with http://"),
        ("http", "upload_url", "file:///etc/passwd", "must begin"),
        ("http", "upload_url", "http:///a", "name a host"),
        ("http", "upload_url", "http://a:b@host/", "fields of their own"),
        ("http", "upload_url", "http://host:99999/", "cannot be understood"),
        ("http", "upload_url", "http://host/a b", "holds a space"),
        ("http", "upload_url", "http://" + "a" * 2048, "longer than 2048"),
        ("https", "upload_url", "http://a/", "must begin with https://"),
        ("http", "proxy_host", "http://proxy", "neither"),
        ("networkshare", "share", "a/b", "cannot be the name of a share"),
        ("networkshare", "share", "..\\b", "cannot be the name of a share"),
        ("sftp", "ssh_host_pub_key_md5", "ab" * 15, "32 hexadecimal digits"),
        ("sftp", "ssh_host_pub_key_sha256", "A" * 42, "43 Base64 digits"),
        ("sftp", "ssh_auth_type", "4", "none of 1, 2, 3"),
        ("smtp", "email_to", "a@example.com, b", "'b' is no e-mail address"),
        ("smtp", "email_to", ",", "1 to 20 receivers"),
        ("smtp", "email_to", "a@b,<c@d>", "no e-mail address"),
        ("smtp", "email_from", "a@b,c@d", "one address"),
        ("smtp", "encryption", "TLS", "none of none, ssl, tls"),
    ],
)
def test_what_no_server_understands_is_refused(
    name: str, parameter: str, value: str, reason: str
) -> None:
    """With the value and what is wrong with it."""
    with pytest.raises(InvalidValue, match=reason):
        checked(token(name), {**GOOD[name], parameter: value})


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("ssh_host_pub_key_md5", "AB" * 16),
        ("ssh_host_pub_key_md5", ":".join(["ab"] * 16)),
        ("ssh_host_pub_key_sha256", "A+/" * 14 + "z"),
        ("ssh_host_pub_key_sha256", "SHA256:" + "A" * 43),
        ("ssh_private_key", "-----BEGIN X-----\nabc\n-----END X-----\n"),
    ],
)
def test_fingerprints_and_keys_as_tools_print_them(parameter: str, value: str) -> None:
    """With a prefix, with colons, in several lines."""
    assert checked(token("sftp"), {**GOOD["sftp"], parameter: value})[parameter] == value


def test_brackets_around_an_address_are_no_part_of_it() -> None:
    """People copy them out of URLs."""
    assert checked(token("ftp"), {"host": "[2001:db8::7]"})["host"] == "2001:db8::7"


def test_an_unknown_kind_is_named() -> None:
    """It may come from a newer client."""
    with pytest.raises(InvalidValue, match=r"no kind of recipient 'com\.axis\.recipient\.fax'"):
        checked("com.axis.recipient.fax", {})
