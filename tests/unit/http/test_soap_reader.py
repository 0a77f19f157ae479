"""XML from strangers: what is read, and what is refused before it costs anything."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import InvalidValue
from daemons.http.soap import reader
from daemons.http.soap.names import XML
from daemons.http.soap.reader import read

LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n else str()};" * 10}">' for n in range(10))
    + "]><l>&a9;</l>"
)
LONG = "u" * 100_000
HOSTILE = {
    "billion laughs": LAUGHS,
    "quadratic blowup": f'<!DOCTYPE l [<!ENTITY a "{"a" * 50_000}">]><l>{"&a;" * 50_000}</l>',
    "external entity": '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>',
    "parameter entity": '<!DOCTYPE l [<!ENTITY % a SYSTEM "http://192.0.2.1/a">%a;]><l/>',
    "external document type": '<!DOCTYPE l SYSTEM "http://192.0.2.1/a.dtd"><l/>',
    "attributes by default": '<!DOCTYPE l [<!ATTLIST l a CDATA "b">]><l/>',
    "unknown entity": "<l>&nbsp;</l>",
    "deep": "<a>" * 100_000,
    "deep and closed": "<a>" * 100_000 + "</a>" * 100_000,
    "wide": "<a>" + "<b/>" * 100_000 + "</a>",
    "attributes": "<a " + " ".join(f'b{n}=""' for n in range(50_000)) + "/>",
    "a long namespace, often": f'<a xmlns="{LONG}">' + "<b/>" * 9_000 + "</a>",
    "a long prefix": f'<a xmlns:{LONG}="u"/>',
    "a long name": f"<{LONG}/>",
    "namespaces": "<a>" + "<b xmlns:c='d'/>" * 9_000 + "</a>",
    "a namespace with a space": '<a xmlns="b c"/>',
    "an attribute twice": '<a b="1" b="2"/>',
    "an attribute twice by prefix": '<a xmlns:b="u" xmlns:c="u" b:d="1" c:d="2"/>',
    "no prefix of that name": "<b:a/>",
    "two outermost elements": "<a/><b/>",
    "nothing": "",
    "a comment": "<!-- a -->",
    "no end": "<a>",
    "a token without an end": "<a b='" + "c" * 200_000,
    "NUL": "<a>\0</a>",
    "NUL by number": "<a>&#0;</a>",
    "a noncharacter": "<a>\U0001fffe</a>",
    "a noncharacter in an attribute": '<a b="&#x1FFFF;"/>',
    "JSON": '{"a": 1}',
    "a codec by name": '<?xml version="1.0" encoding="unicode_escape"?><a/>',
    "UTF-7": '<?xml version="1.0" encoding="utf-7"?><a>+ADw-b/+AD4-</a>',
    "EBCDIC": '<?xml version="1.0" encoding="cp037"?><a/>',
    "it says UTF-16": '<?xml version="1.0" encoding="utf-16"?><a/>',
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
def test_what_is_odd_is_refused_at_once(document: str) -> None:
    """Without an entity, a file, a connection, or more than a moment."""
    begin = time.thread_time()
    with pytest.raises(InvalidValue):
        read(document.encode())
    assert time.thread_time() - begin < 1


@pytest.mark.parametrize(
    "content",
    [
        b"<a>\xff</a>",
        b"<a>\xed\xa0\x80</a>",
        b"\xff\xfe<\x00a\x00>\x00\x00\xd8<\x00/\x00a\x00>\x00",
        b"\x4c\x6f\xa7\x94",
        b"<?xml version='1.0' encoding='us-ascii'?><a>\xe9</a>",
        b"\x00" * 100,
    ],
)
def test_bytes_that_are_no_text_are_refused(content: bytes) -> None:
    """In whatever encoding it is said to be."""
    with pytest.raises(InvalidValue):
        read(content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "UTF-8"])
def test_the_known_encodings_are_read(encoding: str) -> None:
    """By declaration, and by the mark at the beginning."""
    document = f'<?xml version="1.0" encoding="{encoding}"?><a b="é">ü</a>'
    found = read(document.encode(encoding))
    assert (found.text, found.attribute("b")) == ("ü", "é")
    assert read("\ufeff<a>ü</a>".encode()).text == "ü"


def test_elements_are_found_by_namespace_and_name() -> None:
    """Whatever the prefixes, and what belongs to no element does not matter."""
    found = read(
        b'<?pi a?><x:a xmlns:x="u"><!-- --><b xmlns="v">1<![CDATA[<2>]]>&#51;</b><x:b x:c="d"/>\n</x:a>'
    )
    assert found.name == ("u", "a")
    assert [child.name for child in found.children] == [("v", "b"), ("u", "b")]
    assert found.children[0].text == "1<2>3"
    assert found.children[1].attributes == {("u", "c"): "d"}
    assert found.children[1].attribute("c") is None
    assert found.children[0].prefixes == {"xml": XML, "x": "u", "": "v"}
    assert found.prefixes == {"xml": XML, "x": "u"}


def test_what_is_within_the_limits_is_read() -> None:
    """To the last level, element and attribute."""
    deep = "<a>" * reader.DEEPEST + "</a>" * reader.DEEPEST
    assert read(deep.encode()).local == "a"
    wide = "<a>" + "<b/>" * (reader.MOST_ELEMENTS - 1) + "</a>"
    assert len(read(wide.encode()).children) == reader.MOST_ELEMENTS - 1
    told = " ".join(f'b{n}=""' for n in range(reader.MOST_ATTRIBUTES))
    assert len(read(f"<a {told}/>".encode()).attributes) == reader.MOST_ATTRIBUTES


@settings(max_examples=500)
@given(content=st.one_of(st.binary(max_size=200), st.text("<>/ab!?[]-&;#x='\" \n", max_size=80)))
def test_any_bytes_are_read_or_refused(content: bytes | str) -> None:
    """Nothing else comes out."""
    raw = content.encode() if isinstance(content, str) else content
    with suppress(InvalidValue):
        assert read(raw).local
