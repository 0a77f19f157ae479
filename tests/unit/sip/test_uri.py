"""What a SIP address says."""

import pytest

from common.errors import InvalidValue
from daemons.sip.calls.uri import bare, callee, parse


@pytest.mark.parametrize(
    ("text", "shown", "user", "host", "port"),
    [
        ('"Joe" <sip:joe@192.0.2.1:5070>', "Joe", "joe", "192.0.2.1", "5070"),
        ("Joe Doe <sip:joe@pbx>;tag=x", "Joe Doe", "joe", "pbx", ""),
        ("<sip:joe@[2001:db8::1]:5060;lr>", "joe@2001:db8::1", "joe", "2001:db8::1", "5060"),
        ("sip:192.0.2.1", "192.0.2.1", "", "192.0.2.1", ""),
        ("sips:joe:secret@pbx?x=y", "joe@pbx", "joe", "pbx", ""),
        (r'"a \"b\" <c>" <sip:d@e>', 'a "b" <c>', "d", "e", ""),
    ],
)
def test_an_address_has_parts(text: str, shown: str, user: str, host: str, port: str) -> None:
    """With and without a name, a user, a port, parameters."""
    found = parse(text)
    assert (found.shown, found.user, found.host, found.port) == (shown, user, host, port)


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ('"Joe" <sip:joe@192.0.2.1;x=y>;tag=1', "sip:joe@192.0.2.1;x=y"),
        ("<sip:joe@pbx>", "sip:joe@pbx"),
        ("<sip:j\x00o\x1b[31me\n@pbx>", "sip:jo[31me@pbx"),
        ("sip:" + "x" * 5000, "sip:" + "x" * 996),
        ("sip:joe@pbx;tag=1", "sip:joe@pbx"),
        ("sip:joe@pbx;transport=tcp", "sip:joe@pbx;transport=tcp"),
    ],
)
def test_what_can_be_dialled(text: str, uri: str) -> None:
    """Without the name and what belongs to the header."""
    assert bare(text) == uri


@pytest.mark.parametrize(
    ("to", "uri"),
    [
        ("sip:192.0.2.1", "sip:192.0.2.1"),
        (" 192.0.2.1 ", "sip:192.0.2.1"),
        ("192.0.2.1:5070", "sip:192.0.2.1:5070"),
        ("joe@pbx.example", "sip:joe@pbx.example"),
        ("SIPS:joe@pbx", "SIPS:joe@pbx"),
        ("2001:db8::1", "sip:[2001:db8::1]"),
        ("sip:joe@[2001:db8::1]:5060;transport=tcp", "sip:joe@[2001:db8::1]:5060;transport=tcp"),
    ],
)
def test_whom_to_call(to: str, uri: str) -> None:
    """A bare address is one, too."""
    assert callee(to) == uri


@pytest.mark.parametrize(
    "to",
    ["", " ", "sip:", "sip:joe@", "sip:a b", "sip:a@b\r\nX: y", "<sip:a@b>", 'sip:"@b', "sip:ä@b"],
)
def test_nobody_to_call(to: str) -> None:
    """Nothing that could become another line of a request."""
    with pytest.raises(InvalidValue):
        callee(to)
