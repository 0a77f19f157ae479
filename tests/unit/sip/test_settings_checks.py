"""What cannot be is refused with the name of its field, and what can be is kept in one form."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidValue
from common.sip import Account, AudioCodec, Configuration
from daemons.sip.settings.checks import (
    FACTORY_CODECS,
    SUPPORTED_CODECS,
    checked_account,
    checked_codecs,
    checked_configuration,
    server,
)
from daemons.sip.settings.shapes import read_accounts, with_changes


def configured(**fields: Any) -> Configuration:
    """Return the configuration of the factory with some fields as they are sent."""
    return checked_configuration(with_changes(Configuration(), json.dumps(fields)))


def account(**fields: Any) -> Account:
    """Return an account as it is sent."""
    [read_] = read_accounts(json.dumps([{"UserId": "100", "Registrar": "pbx", **fields}]))
    return checked_account(read_)


def _attribute(name: str) -> Any:
    return lambda value: configured(Attributes={name: value})


def _field(name: str) -> Any:
    return lambda value: configured(**{name: value})


@pytest.mark.parametrize(
    ("put", "field", "lowest", "highest"),
    [
        pytest.param(
            _field("SIPPort"),
            "SIPPort",
            1024,
            65_535,
            marks=pytest.mark.covers("M-SIP-07", part="range"),
        ),
        pytest.param(
            _field("SIPTLSPort"),
            "SIPTLSPort",
            1024,
            65_535,
            marks=pytest.mark.covers("M-SIP-08", part="range"),
        ),
        pytest.param(
            _field("RTPStartPort"),
            "RTPStartPort",
            1024,
            65_504,
            marks=pytest.mark.covers("M-SIP-09", part="range, with room for every call's ports"),
        ),
        pytest.param(
            _field("CallingTimeout"),
            "CallingTimeout",
            1,
            600,
            marks=pytest.mark.covers("M-SIP-04", part="range"),
        ),
        pytest.param(
            _attribute("MaxIncomingCallDuration"),
            "MaxIncomingCallDuration",
            1,
            600,
            marks=pytest.mark.covers("M-SIP-05", part="at most 10 minutes"),
        ),
        pytest.param(
            _attribute("MaxCallDuration"),
            "MaxCallDuration",
            0,
            3600,
            marks=pytest.mark.covers("M-SIP-06", part="at most 60 minutes, or 0 for no end"),
        ),
        (_attribute("RegistrationInterval"), "RegistrationInterval", 10, 86_400),
        (_attribute("DTMFPayloadType"), "DTMFPayloadType", 96, 127),
        (_attribute("MaxRetransmissions"), "MaxRetransmissions", 1, 100),
        (_attribute("FailbackTime"), "FailbackTime", 10, 86_400),
        (_attribute("MaxCalls"), "MaxCalls", 1, 16),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_numbers_have_limits(put: Any, field: str, lowest: int, highest: int) -> None:
    """The limits themselves are good, the next numbers are not, nor is what is no whole number."""
    put(lowest)
    put(highest)
    for wrong in (lowest - 1, highest + 1, -(2**70), f"{lowest}", lowest + 0.5, True, [lowest]):
        with pytest.raises(InvalidValue, match=field):
            put(wrong)


def test_the_factory_has_what_the_manual_says() -> None:
    """Where the manual gives a number."""
    factory = Configuration()
    assert (factory.sip_port, factory.sip_tls_port, factory.rtp_start_port) == (5060, 5061, 4000)
    assert not factory.sip_enabled
    assert not factory.allow_incoming_calls
    assert checked_configuration(factory) == factory


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"SIPPort": 5061}, "SIPTLSPort"),
        ({"SIPEnabled": "true"}, "SIPEnabled"),
        ({"AccessListPolicy": "allow"}, "AccessListPolicy"),
        ({"AccessList": ["a b"]}, "AccessList"),
        ({"AccessList": [""]}, "AccessList"),
        ({"AccessList": ['"x" <sip:a@b>']}, "AccessList"),
        ({"AccessList": ["192.0.2.0/33"]}, "AccessList"),
        ({"AccessList": ["x"] * 101}, "AccessList"),
        ({"AccessList": "x"}, "AccessList"),
        ({"AllowedUsers": ["a\r\nb"]}, "AllowedUsers"),
        ({"STUNServers": [{"Server": "a b"}]}, "STUNServers"),
        ({"STUNServers": [{"Server": ""}]}, "STUNServers"),
        ({"STUNServers": [{}]}, "STUNServers"),
        ({"STUNServers": [{"Server": "a"}] * 9}, "STUNServers"),
        ({"TURNServers": [{"Server": "a", "Username": 'a"b'}]}, "TURNServers.Username"),
        ({"TURNServers": [{"Server": "a", "Password": "a\0"}]}, "TURNServers.Password"),
        ({"Attributes": []}, "Attributes"),
        ({"Attributes": {"AudioDirection": "Both"}}, "AudioDirection"),
        ({"Attributes": {"AllowViaRewrite": 1}}, "AllowViaRewrite"),
    ],
)
def test_what_is_no_configuration(fields: dict[str, Any], field: str) -> None:
    """Each is refused by name."""
    with pytest.raises(InvalidValue, match=field):
        configured(**fields)


DEEP = 600
_ODD = ["", "{", "[]", "1", "null", "[" * 5000, "[" * DEEP + "]" * DEEP, '{"SIPPort":}']


@pytest.mark.parametrize("text", _ODD, ids=range(len(_ODD)))
def test_what_is_no_object_is_no_change(text: str) -> None:
    """Whatever it is."""
    with pytest.raises(InvalidValue):
        with_changes(Configuration(), text)


_NAMES = ["SIPPort", "STUNServers", "Server", "Attributes", "MaxCalls", "UserId", "SIPProxies", "x"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "a", "\0"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_JSON)
def test_whatever_is_sent_is_settings_or_refused(content: Any) -> None:
    """Nothing else comes of it, for what else came would be an error of ours."""
    text = json.dumps(content)
    for read_ in (
        lambda: checked_configuration(with_changes(Configuration(), text)),
        lambda: [checked_account(each) for each in read_accounts(text)],
    ):
        with contextlib.suppress(InvalidValue):
            read_()


def test_changes_are_taken_field_by_field() -> None:
    """Attributes too; what this unit does not know, and what is null, changes nothing."""
    before = configured(SIPPort=6000, Attributes={"MaxCalls": 2, "FailbackTime": 60})
    sent = {"SIPEnabled": True, "Video": [1], "RTPStartPort": None, "Attributes": {"MaxCalls": 3}}
    after = with_changes(before, json.dumps(sent))
    assert (after.sip_enabled, after.sip_port, after.rtp_start_port) == (True, 6000, 4000)
    assert (after.attributes.max_calls, after.attributes.failback_time) == (3, 60)


@pytest.mark.parametrize(
    ("caller", "kept"),
    [
        *((same, same) for same in ("sip:100@pbx", "100@pbx", "*@pbx", "pbx", "192.0.2.*")),
        *((same, same) for same in ("192.0.2.1", "192.0.2.0/24", "2001:db8::/32")),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("192.0.2.7/24", "192.0.2.0/24"),
    ],
)
def test_who_may_stand_in_the_access_list(caller: str, kept: str) -> None:
    """Addresses, hosts and networks, these in the one form that the stack's guard knows."""
    assert configured(AccessList=[caller]).access_list == (kept,)


# -- accounts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"UserId": ""}, "UserId"),
        ({"UserId": "a b"}, "UserId"),
        ({"UserId": "a@b"}, "UserId"),
        ({"UserId": "a>b"}, "UserId"),
        ({"UserId": 'a"b'}, "UserId"),
        ({"UserId": "a\r\nVia: x"}, "UserId"),
        ({"UserId": "%zz"}, "UserId"),
        ({"UserId": "ä"}, "UserId"),
        ({"UserId": 5}, "UserId"),
        ({"UserId": "1" * 256}, "UserId"),
        ({"Name": "a\nb"}, "Name"),
        ({"CallerId": 'Hall" <sip:x@y>'}, "CallerId"),
        ({"CallerId": "a\r\nVia: x"}, "CallerId"),
        ({"CallerId": "a\\"}, "CallerId"),
        ({"AuthenticationId": 'a", realm="x'}, "AuthenticationId"),
        ({"Password": "a\n"}, "Password"),
        ({"Registrar": "sip:pbx"}, "Registrar"),
        ({"Registrar": "pbx;transport=tls"}, "Registrar"),
        ({"PublicDomain": "a b"}, "PublicDomain"),
        ({"SecondaryRegistrar": "a\r\nb"}, "SecondaryRegistrar"),
        ({"SecondaryPublicDomain": "user@host"}, "SecondaryPublicDomain"),
        ({"SIPProxies": [{"Server": "a:0"}]}, "SIPProxies.Server"),
        ({"SecondarySIPProxies": [{"Server": "a b"}]}, "SecondarySIPProxies.Server"),
        ({"SIPProxies": [{"Server": "a", "Username": "a\n"}]}, "SIPProxies.Username"),
        ({"Transport": "sctp"}, "Transport"),
        ({"EncryptionProtocols": "TLSv1"}, "TLSv1 is not safe"),
        ({"EncryptionProtocols": "TLSv12, TLSv11"}, "TLSv11 is not safe"),
        ({"EncryptionProtocols": "SSLv3"}, "EncryptionProtocols"),
        ({"MediaEncryption": "SRTPMandatory"}, "MediaEncryption"),
        ({"MediaEncryption": "SRTPBestEffort", "Transport": "tcp"}, "MediaEncryption"),
        ({"MediaEncryption": "DTLS", "Transport": "tls"}, "MediaEncryption"),
        ({"Attributes": {"AnswerAutomatically": "yes"}}, "AnswerAutomatically"),
    ],
)
def test_what_is_no_account(fields: dict[str, Any], field: str) -> None:
    """Each is refused by name; nothing of it could end a header, or what is quoted there."""
    with pytest.raises(InvalidValue, match=field):
        account(**fields)


@pytest.mark.covers("M-SIP-38", part="only with TLS")
@pytest.mark.covers("M-SIP-41", part="forces TLS")
def test_sips_forces_tls() -> None:
    """And with TLS media can be encrypted."""
    secure = account(SIPSEnabled=True, Transport="udp", MediaEncryption="SRTPMandatory")
    assert secure.transport == "tls"
    assert account(Transport="tls", MediaEncryption="SRTPBestEffort").transport == "tls"


@pytest.mark.covers("M-SIP-37", part="1.2, 1.3, automatic; older ones refused by name")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("", ""),
        ("TLSv12", "TLSv12"),
        ("TLSv13", "TLSv13"),
        ("TLSv13, TLSv12", "TLSv12,TLSv13"),
        (None, ""),
    ],
)
def test_tls_versions(sent: str | None, kept: str) -> None:
    """In one order; none means the best."""
    assert account(Transport="tls", EncryptionProtocols=sent).encryption_protocols == kept


def test_an_unset_text_may_be_null() -> None:
    """Clients send null for it; a password that is null is taken away."""
    read_ = account(Name=None, SecondaryRegistrar=None, Password=None, Certificate=None)
    assert (read_.name, read_.password) == ("", None)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("pbx", "pbx"),
        ("pbx.example.com:5062", "pbx.example.com:5062"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "[2001:db8::1]"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("[2001:db8::1]:5062", "[2001:db8::1]:5062"),
        ("", ""),
    ],
)
def test_what_is_a_server(text: str, kept: str) -> None:
    """A name or an address, with or without a port."""
    assert server(text, "Registrar") == kept


@pytest.mark.parametrize(
    "text",
    [
        "a:",
        ":1",
        "a:b",
        "a:65536",
        "a:05",
        "[::1",
        "[x]",
        "[::1%eth0]",
        "a,b",
        "a/b",
        "-a",
        "a" * 254,
    ],
)
def test_what_is_no_server(text: str) -> None:
    """And is told so."""
    with pytest.raises(InvalidValue, match="Registrar"):
        server(text, "Registrar")


@given(st.text(st.sampled_from('ab1 "\\<>\r\n\0@;:%ä\u2028\ud800'), max_size=6))
def test_no_text_breaks_out_of_a_header(text: str) -> None:
    """What is accepted can stand in quotes, or around an @ without them."""
    for quoted in ("caller_id", "authentication_id"):
        if accepted(**{quoted: text}):
            assert not set(text) & set('"\\<>\r\n\0\u2028\ud800')
    for bare in ("user_id", "registrar", "public_domain"):
        if accepted(**{bare: text}):
            assert text.isascii()
            assert not set(text) & set('"\\<>\r\n\0 @')


def accepted(**fields: Any) -> bool:
    """Whether an account may have these."""
    try:
        checked_account(Account(**{"user_id": "1", **fields}))
    except InvalidValue:
        return False
    return True


# -- codecs -----------------------------------------------------------------------------------


@pytest.mark.covers("M-SIP-14", part="in any order, at least one")
def test_codecs_stay_in_their_order() -> None:
    """Known by name in any case; a rate counts where there are several."""
    sent = [
        AudioCodec("pcma", sample_rate=8000),
        AudioCodec("OPUS"),
        AudioCodec("speex", "", 16000),
    ]
    assert checked_codecs(sent) == (
        AudioCodec("PCMA"),
        AudioCodec("opus"),
        AudioCodec("speex", "", 16000),
    )
    assert checked_codecs(SUPPORTED_CODECS) == SUPPORTED_CODECS
    assert checked_codecs(FACTORY_CODECS) == FACTORY_CODECS


@pytest.mark.parametrize(
    ("codecs", "field"),
    [
        ([], "AudioCodec: at least one"),
        ([AudioCodec("mp3")], "mp3"),
        ([AudioCodec("PCMU", sample_rate=16000)], "SampleRate"),
        ([AudioCodec("PCMU"), AudioCodec("pcmu", sample_rate=8000)], "twice"),
        ([AudioCodec("opus", "a\r\nb")], "Options"),
    ],
)
def test_what_are_no_codecs(codecs: list[AudioCodec], field: str) -> None:
    """Each is refused."""
    with pytest.raises(InvalidValue, match=field):
        checked_codecs(codecs)
