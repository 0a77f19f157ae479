"""Addresses and descriptions as the stack reads and changes them."""

import pytest

from daemons.sip.stack import addresses, sdp


@pytest.mark.parametrize(
    ("text", "name", "user", "host", "port", "rest"),
    [
        ("sip:192.0.2.7", "", "", "192.0.2.7", 0, ""),
        ("sips:unit@pbx.example:5071;transport=tcp?a=b", "", "unit", "pbx.example", 5071, ";transport=tcp?a=b"),
        ('"Gate, <north>" <sip:4711@[2001:db8::7]:5062>;tag=1', '"Gate, <north>"', "4711", "[2001:db8::7]", 5062, ""),
        ("Gate <sip:speaker@>", "Gate", "speaker", "", 0, ""),
        ("<sip:speaker@>", "", "speaker", "", 0, ""),
    ],
)  # fmt: skip
def test_what_an_address_says(
    text: str, name: str, user: str, host: str, port: int, rest: str
) -> None:
    """Name, user, host, port, and what else stands in the URI."""
    found = addresses.parse(text)
    assert (found.name, found.user, found.host, found.port, found.rest) == (
        name,
        user,
        host,
        port,
        rest,
    )


@pytest.mark.parametrize(
    "text", ["", "tel:112", "192.0.2.7", "sip:a@b:99999", "sip:a@b c", "x" * 9_000]
)
def test_what_is_no_address(text: str) -> None:
    """Nor is it passed on to see what happens."""
    with pytest.raises(ValueError, match="no"):
        addresses.parse(text)


@pytest.mark.parametrize(
    ("uri", "transport", "secure", "found"),
    [
        ("sip:a@b", "udp", False, "sip:a@b"),
        ("sip:a@b", "tcp", False, "sip:a@b;transport=tcp"),
        ("sip:a@b?subject=x", "tls", False, "sip:a@b;transport=tls?subject=x"),
        ("sip:a@b;transport=udp", "tls", False, "sip:a@b;transport=udp"),
        ("sip:a@b", "tls", True, "sips:a@b"),
    ],
)
def test_the_way_to_an_address(uri: str, transport: str, secure: bool, found: str) -> None:
    """That of the account, unless the address names one itself."""
    assert addresses.by(addresses.parse(uri), transport, secure).uri == found


def test_a_proxy_is_passed_whatever_the_target() -> None:
    """Loose routing."""
    assert addresses.server("[::1]:5070", "tcp", False) == "<sip:[::1]:5070;transport=tcp;lr>"
    assert addresses.server("proxy.example", "udp", False) == "<sip:proxy.example;lr>"


@pytest.mark.parametrize(
    ("request_", "user"),
    [
        ("INVITE sip:horn@10.0.0.1:5060;ob SIP/2.0\r\nTo: <sip:x@y>\r\n", "horn"),
        ("INVITE sips:horn;a=b:secret@pbx SIP/2.0\r\n", "horn"),
        ("OPTIONS sip:10.0.0.1 SIP/2.0\r\nTo: <sip:x@y>\r\n", ""),
        ("INVITE tel:112 SIP/2.0\r\nTo: <sip:x@y>\r\n", ""),
        ("", ""),
    ],
)
def test_whom_a_request_is_for(request_: str, user: str) -> None:
    """Its first line says so."""
    assert addresses.requested_user(request_) == user


def test_a_user_stays_the_same_however_it_is_escaped() -> None:
    """As RFC 3261, section 19.1.4, has it, but for capitals: phones have extensions, not names of files."""
    assert addresses.same_user("gate%2d1", "Gate-1")
    assert not addresses.same_user("gate", "gate1")


def test_where_a_message_came_from() -> None:
    """Without port and brackets."""
    assert addresses.source("192.0.2.7:5060") == "192.0.2.7"
    assert addresses.source("[2001:db8::7]:5060") == "2001:db8::7"


def test_the_unit_s_own_address_is_the_one_that_leads_there() -> None:
    """On loopback that is loopback."""
    assert addresses.local_address_towards("127.0.0.1", ipv6=False) == "127.0.0.1"
    assert addresses.local_address_towards("no-such-host.invalid", ipv6=False) == "localhost"


OFFER = (
    "m=audio 4000 RTP/AVP 96 0 101 120 121\r\n"
    "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\na=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:101 L16/16000\r\na=rtpmap:120 telephone-event/48000\r\na=fmtp:120 0-16\r\n"
    "a=rtpmap:121 telephone-event/8000\r\na=fmtp:121 0-16\r\n"
)


def test_keys_have_the_payload_type_that_is_set() -> None:
    """Who had it gets theirs; the order stays."""
    changed = sdp.with_event_payload(OFFER, 101)
    assert "m=audio 4000 RTP/AVP 96 0 121 120 101\r\n" in changed
    assert "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n" in changed
    assert "a=rtpmap:121 L16/16000\r\n" in changed
    assert "a=rtpmap:120 telephone-event/48000\r\n" in changed
    assert sdp.with_event_payload(changed, 101) == changed


def test_an_offer_without_keys_stays_as_it_is() -> None:
    """There is nothing to change."""
    assert sdp.with_event_payload("m=audio 4000 RTP/AVP 0\r\n", 101) == "m=audio 4000 RTP/AVP 0\r\n"
