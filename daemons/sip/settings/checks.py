"""What settings must say beyond their shapes. Pure; every refusal names the field as the service has it.

Whatever here comes to stand in a SIP header can end neither that header nor what is quoted in it.
"""

import ipaddress
import re
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from common.errors import InvalidValue
from common.sip import (
    MOST_CALLS,
    MOST_FIELD,
    Account,
    AudioCodec,
    Configuration,
    SipProxy,
    StunServer,
    TurnServer,
)

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
# RFC 3261, section 25.1: user = 1*( unreserved / escaped / user-unreserved )
_USER = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]|%[0-9A-Fa-f]{2})*")
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNFIT_IN_QUOTES = re.compile(r'["\\<>]')
_CALLER = re.compile(r"[!#-;=?-\[\]-~]+")
"""Printable ASCII but space, quotes, backslash and angle brackets."""

NEWEST_RTP_START_PORT = 65_536 - 2 * MOST_CALLS
"""Each call has two ports, one for RTP and one for RTCP."""
TLS_VERSIONS = ("TLSv12", "TLSv13")

FACTORY_CODECS = tuple(map(AudioCodec, ("opus", "G722", "PCMU", "PCMA")))
"""The best first. The others are there to be chosen: they sound worse, or take ten times the room on the network."""
SUPPORTED_CODECS = (
    *FACTORY_CODECS,
    AudioCodec("G729"),
    AudioCodec("GSM"),
    *(AudioCodec("speex", sample_rate=rate) for rate in (32_000, 16_000, 8_000)),
    *(AudioCodec("L16", sample_rate=rate) for rate in (48_000, 44_100, 16_000, 8_000)),
)
_RATES = {
    "opus": {48_000},
    # G.722 samples at 16 kHz, and SDP calls it 8000 all the same (RFC 3551, section 4.5.2).
    "G722": {8_000, 16_000},
    "PCMU": {8_000},
    "PCMA": {8_000},
    "G729": {8_000},
    "GSM": {8_000},
    "speex": {32_000, 16_000, 8_000},
    "L16": {48_000, 44_100, 16_000, 8_000},
}
_NAMES = {name.lower(): name for name in _RATES}
_SEVERAL_RATES = {"speex", "L16"}

_Server = TypeVar("_Server", StunServer, TurnServer, SipProxy)


def checked_configuration(configuration: Configuration) -> Configuration:
    """Return a configuration in its normal form; raise `InvalidValue` for one that cannot be."""
    if configuration.sip_port == configuration.sip_tls_port:
        raise InvalidValue("SIPTLSPort: it must be another than SIPPort")
    if configuration.rtp_start_port > NEWEST_RTP_START_PORT:
        raise InvalidValue(
            f"RTPStartPort: at most {NEWEST_RTP_START_PORT}, for {MOST_CALLS} calls need two ports each"
        )
    for user in configuration.allowed_users:
        check_text(user, "AllowedUsers")
    return msgspec.structs.replace(
        configuration,
        access_list=tuple(map(_caller, configuration.access_list)),
        stun_servers=_servers(configuration.stun_servers, "STUNServers"),
        turn_servers=_servers(configuration.turn_servers, "TURNServers"),
    )


def checked_account(account: Account) -> Account:
    """Return an account in its normal form; raise `InvalidValue` for one that cannot be."""
    check_text(account.name, "Name")
    check_user(account.user_id, "UserId")
    if account.registers and not account.user_id:
        raise InvalidValue("UserId: a registered account needs one")
    check_quoted(account.authentication_id, "AuthenticationId")
    check_quoted(account.caller_id, "CallerId")
    check_text(account.password or "", "Password")
    transport = "tls" if account.sips_enabled else account.transport
    if account.media_encryption != "None" and transport != "tls":
        raise InvalidValue(f"MediaEncryption: {account.media_encryption} needs the transport tls")
    return msgspec.structs.replace(
        account,
        transport=transport,
        registrar=server(account.registrar, "Registrar"),
        public_domain=server(account.public_domain, "PublicDomain"),
        secondary_registrar=server(account.secondary_registrar, "SecondaryRegistrar"),
        secondary_public_domain=server(account.secondary_public_domain, "SecondaryPublicDomain"),
        sip_proxies=_servers(account.sip_proxies, "SIPProxies"),
        secondary_sip_proxies=_servers(account.secondary_sip_proxies, "SecondarySIPProxies"),
        encryption_protocols=tls_versions(account.encryption_protocols),
    )


def checked_codecs(codecs: Sequence[AudioCodec]) -> tuple[AudioCodec, ...]:
    """Return codecs by the names and rates they are known by, in their order."""
    found: list[AudioCodec] = []
    for codec in codecs:
        name = _NAMES.get(codec.name.lower())
        if name is None:
            raise InvalidValue(f"AudioCodec: '{codec.name[:64]}' is none of {', '.join(_RATES)}")
        rate = codec.sample_rate
        if rate is not None and rate not in _RATES[name]:
            rates = ", ".join(map(str, sorted(_RATES[name])))
            raise InvalidValue(f"SampleRate: {name} has {rates}")
        check_text(codec.options, "Options")
        if len(codec.options) > MOST_FIELD:
            raise InvalidValue(f"Options: at most {MOST_FIELD} characters")
        # One with a single rate is the same with and without it.
        known = AudioCodec(name, codec.options, rate if name in _SEVERAL_RATES else None)
        if any((each.name, each.sample_rate) == (name, known.sample_rate) for each in found):
            raise InvalidValue(f"AudioCodec: {name} stands there twice")
        found.append(known)
    if not found:
        raise InvalidValue("AudioCodec: at least one")
    return tuple(found)


def tls_versions(text: str) -> str:
    """Return TLS versions in order, with commas; empty for the best there is."""
    named = {part.strip() for part in text.split(",")} - {""}
    for version in sorted(named):
        if version in ("TLSv1", "TLSv11"):
            raise InvalidValue(
                f"EncryptionProtocols: {version} is not safe any more, use TLSv12 or TLSv13"
            )
        if version not in TLS_VERSIONS:
            raise InvalidValue(f"EncryptionProtocols: '{version[:64]}' is none of TLSv12, TLSv13")
    return ",".join(version for version in TLS_VERSIONS if version in named)


def server(text: str, field: str) -> str:
    """Return `host[:port]`, an IPv6 address in brackets; raise `InvalidValue` for what is no server."""
    if not text:
        return ""
    if _is_ipv6(text):
        return f"[{text}]"
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host = text
    elif not (_PORT.fullmatch(port) and int(port) < 65_536):
        raise InvalidValue(f"{field}: the port is a number from 1 to 65535")
    if host.startswith("["):
        known = host.endswith("]") and _is_ipv6(host[1:-1])
    else:
        known = len(host) <= 253 and _HOST.fullmatch(host) is not None
    if not known:
        raise InvalidValue(
            f"{field}: neither a host name nor an IP address, with or without a port"
        )
    return text


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.IPv6Address(text).scope_id is None
    except ValueError:
        return False


def _servers(servers: Sequence[_Server], field: str) -> tuple[_Server, ...]:
    whole = []
    for each in servers:
        if not isinstance(each, StunServer):
            check_quoted(each.username, f"{field}.Username")
            check_text(each.password, f"{field}.Password")
        whole.append(msgspec.structs.replace(each, server=server(each.server, f"{field}.Server")))
    return tuple(whole)


def _caller(entry: str) -> str:
    """Return an entry of the access list; an address or a network as others write it, too."""
    if not _CALLER.fullmatch(entry):
        raise InvalidValue("AccessList: an address is neither empty nor holds spaces or quotes")
    try:
        network = ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        if "/" in entry and "@" not in entry:
            raise InvalidValue(f"AccessList: '{entry[:64]}' is no network") from None
        return entry
    return str(network) if "/" in entry else str(network.network_address)


def check_user(text: str, field: str) -> None:
    """Raise `InvalidValue` for what cannot stand before the @ of a SIP address."""
    if not _USER.fullmatch(text):
        raise InvalidValue(f"{field}: letters, digits and - _ . ! ~ * ' ( ) & = + $ , ; ? / only")


def check_quoted(text: str, field: str) -> None:
    """Raise `InvalidValue` for what cannot stand in quotes in a header."""
    check_text(text, field)
    if _UNFIT_IN_QUOTES.search(text):
        raise InvalidValue(f'{field}: none of " \\ < >')


def check_text(text: str, field: str) -> None:
    """Raise `InvalidValue` for a text with control characters."""
    if _UNFIT.search(text):
        raise InvalidValue(f"{field}: no control characters")
