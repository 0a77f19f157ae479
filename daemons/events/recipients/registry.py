"""Every kind of recipient, and what its parameters may hold."""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from common.errors import InvalidValue
from common.rules import TemplateParameter
from daemons.events.recipients.ftp import FTP
from daemons.events.recipients.http import HTTP
from daemons.events.recipients.https import HTTPS
from daemons.events.recipients.kinds import Kind
from daemons.events.recipients.networkshare import NETWORKSHARE
from daemons.events.recipients.sftp import SFTP
from daemons.events.recipients.sip import SIP
from daemons.events.recipients.smtp import SMTP
from daemons.events.recipients.tcp import TCP

RECIPIENTS: Mapping[str, Kind] = {
    kind.template.token: kind for kind in (FTP, HTTP, HTTPS, NETWORKSHARE, SFTP, SIP, SMTP, TCP)
}
"""By token, in the order of the manual."""

MOST_RECEIVERS = 20

_HOSTS = ("host", "proxy_host", "pop_host")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,253}")
_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_SHA256 = re.compile(r"[A-Za-z0-9+/]{43}")


def checked(token: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a recipient, whole and in the template's order; raises InvalidValue.

    What is missing or, where it may not be, empty gets its default. No value holds a line break or another control
    character, so that none can add a line to what is said to a server.
    """
    kind = RECIPIENTS.get(token)
    if kind is None:
        raise InvalidValue(f"there is no kind of recipient '{token}'")
    parameters = {parameter.name: parameter for parameter in kind.template.parameters}
    for name in given:
        if name not in parameters:
            raise InvalidValue(f"{kind.template.label} has no parameter '{name}'")
    whole = {
        name: checked_value(parameter, given.get(name, ""), multiline=name in kind.multiline)
        for name, parameter in parameters.items()
    }
    for name, value in whole.items():
        if value:
            _check_form(name, value, token)
        if name in _HOSTS:
            whole[name] = value.removeprefix("[").removesuffix(
                "]"
            )  # as an IPv6 address stands in a URL
    kind.check(whole)
    return whole


def checked_value(parameter: TemplateParameter, value: str, *, multiline: bool = False) -> str:
    """Return `value`, or the default in place of nothing; raises InvalidValue. A message never shows a secret."""
    label = parameter.label
    if value == "":
        if parameter.default is None:
            raise InvalidValue(f"{label} is missing")
        return parameter.default
    if len(value) > parameter.longest:
        raise InvalidValue(f"{label} is longer than {parameter.longest} characters")
    multiline = multiline or parameter.kind == "multiline"
    if (_CONTROL_BUT_LINES if multiline else _CONTROL).search(value):
        raise InvalidValue(f"{label} holds a line break or another control character")
    match parameter.kind:
        case "integer" | "port":
            _check_integer(parameter, value)
        case "flag" if value not in ("0", "1"):
            raise InvalidValue(f"{label} is '{value}', not 0 or 1")
        case "choice" if parameter.values is not None and value not in parameter.values:
            raise InvalidValue(f"{label} is '{value}', none of {', '.join(parameter.values)}")
        case _:
            pass
    return value


def _check_integer(parameter: TemplateParameter, value: str) -> None:
    if not re.fullmatch(r"-?[0-9]{1,9}", value):
        raise InvalidValue(f"{parameter.label} is '{value}', not a whole number")
    number = int(value)
    if parameter.low is not None and number < parameter.low:
        raise InvalidValue(f"{parameter.label} is {number}, less than {parameter.low}")
    if parameter.high is not None and number > parameter.high:
        raise InvalidValue(f"{parameter.label} is {number}, more than {parameter.high}")


def _check_form(name: str, value: str, token: str) -> None:
    """Refuse what no server could understand."""
    match name:
        case _ if name in _HOSTS:
            check_host(value)
        case "upload_url":
            _check_url(value, token.rpartition(".")[2])
        case "email_to":
            receivers = addresses(value)
            if not 1 <= len(receivers) <= MOST_RECEIVERS:
                raise InvalidValue(f"there must be 1 to {MOST_RECEIVERS} receivers")
        case "email_from":
            if len(addresses(value)) != 1:
                raise InvalidValue("the sender must be one address")
        case "ssh_host_pub_key_md5":
            if not _MD5.fullmatch(value.replace(":", "")):
                raise InvalidValue("the MD5 fingerprint must have 32 hexadecimal digits")
        case "ssh_host_pub_key_sha256":
            if not _SHA256.fullmatch(value.removeprefix("SHA256:").rstrip("=")):
                raise InvalidValue("the SHA-256 fingerprint must have 43 Base64 digits")
        case "share":
            if re.search(r'["\\/\[\]:|<>+=;,*?]', value):
                raise InvalidValue(f"'{value}' cannot be the name of a share")
        case _:
            pass


def check_host(value: str) -> None:
    """Refuse what is neither an IP address nor a host name."""
    try:
        ipaddress.ip_address(value.removeprefix("[").removesuffix("]"))
    except ValueError:
        if not _HOST_NAME.fullmatch(value):
            raise InvalidValue(f"'{value}' is neither an IP address nor a host name") from None


def _check_url(value: str, scheme: str) -> None:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidValue(f"the URL cannot be understood: {error}") from None
    if parts.scheme != scheme or not host:
        raise InvalidValue(f"the URL must begin with {scheme}:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise InvalidValue(
            "user name and password have fields of their own, not a place in the URL"
        )
    if " " in value:
        raise InvalidValue("the URL holds a space")
    check_host(host)


def addresses(value: str) -> list[str]:
    """Return the addresses of a list with commas; raises InvalidValue."""
    found = [part.strip() for part in value.split(",") if part.strip()]
    for address in found:
        if not _ADDRESS.fullmatch(address):
            raise InvalidValue(f"'{address}' is no e-mail address")
    return found
