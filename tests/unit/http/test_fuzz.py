"""Whatever somebody sends, the answer is a clear one: no bug, no tracebacks, no 5xx (classes W3, W5, W7, W13)."""

import asyncio
import json
import logging
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote_from_bytes
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import InvalidValue
from daemons.http import paths
from daemons.http.auth import basic, digest
from daemons.http.forms import Arguments
from daemons.http.routes import ROUTES
from daemons.http.vapix.catalogue import CATALOGUE
from daemons.http.vapix.port_arguments import action_of, ports_of
from tests.unit.http.edge import Answer, Edge, make_edge

NASTY = [
    ";id",
    "`id`",
    "$(id)",
    "|id",
    "&&id",
    "\n",
    "\r\n",
    "\r\nX-Evil: 1",
    "\x00",
    "%n%s%x",
    "-o",
    "--help",
    "'",
    '"',
    "\\",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "..%2f..%2f",
    "/etc/audioclips/../../shadow",
    "/proc/self/fd/0",
    "/dev/zero",
    "*",
    "?",
    "[a-z]",
    "**/*",
    "{a,b}",
    "~root",
    "C:\\",
    "\\\\host\\share",
    "\u202e",
    "\ud7ff",
    "é" * 300,
    "a" * 4096,
    "A" * 60_000,
    "0",
    "-1",
    "1e999",
    "NaN",
    "0x10",
    "1" * 400,
    "null",
    "[]",
    "{}",
    "root.",
    "root.root.",
    ".",
    "..",
    "a..b",
    "*.*.*",
    ",,,",
    "=",
    "&",
    "+",
    " ",
    "\t",
]
ENDLESS = {"monitor"}
"""Arguments that ask for an answer without an end; they have a test of their own."""
NAMES = sorted(
    {name for api in CATALOGUE for one in api.operations for name in one.parameters} - ENDLESS
)
PORT_TEXTS = st.text("0123456789/\\:,- 6", max_size=24)
TEXTS = st.one_of(
    PORT_TEXTS, st.sampled_from(NASTY), st.text(max_size=40), st.from_regex(r"-?[0-9]{1,12}")
)
IO_PATHS = [f"/axis-cgi/io/{name}.cgi" for name in ("port", "input", "output", "virtualinput")]
IO_ARGUMENTS = ["check", "checkactive", "checkdirection", "action"]
FORM_PATHS = sorted(
    api.path for api in CATALOGUE if api.style == "text" and "transmit" not in api.path
)
JSON_APIS = [(api.path, one) for api in CATALOGUE if api.style == "json" for one in api.operations]
ACTIONS = sorted({one.name for api in CATALOGUE for one in api.operations if one.name} - {"upload"})
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=8,
)
CLEAR = {200, 307, 400, 401, 403, 404, 405, 411, 413, 415, 429, 503}


@pytest.fixture(scope="module")
def folder() -> Path:
    """Return a folder for uploads."""
    return Path(tempfile.mkdtemp())


def asked(folder: Path, method: str, target: bytes, body: bytes = b"") -> tuple[Answer, Edge]:
    """Send one request as root to an edge of its own."""
    edge = make_edge(folder)

    async def ask() -> Answer:
        return await edge.ask(method, target, body=body, login="root")

    return asyncio.run(ask()), edge


class _Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def complaints() -> Iterator[list[logging.LogRecord]]:
    """Collect what is logged as an error."""
    handler = _Complaints()
    logging.getLogger().addHandler(handler)
    try:
        yield handler.records
    finally:
        logging.getLogger().removeHandler(handler)


@settings(max_examples=800)
@given(
    path=st.sampled_from(FORM_PATHS),
    action=st.one_of(st.sampled_from(ACTIONS), TEXTS),
    arguments=st.dictionaries(st.one_of(st.sampled_from(NAMES), TEXTS), TEXTS, max_size=5),
    posted=st.booleans(),
)
def test_text_cgis_take_anything(
    folder: Path,
    path: str,
    action: str,
    arguments: dict[str, str],
    posted: bool,
) -> None:
    """Any arguments, in the query or in the body."""
    encoded = "&".join(
        f"{quote_from_bytes(key.encode())}={quote_from_bytes(value.encode())}"
        for key, value in {"action": action, **arguments}.items()
    ).encode()
    with complaints() as records:
        if posted:
            answer, _edge = asked(folder, "POST", path.encode(), encoded)
        else:
            answer, _edge = asked(folder, "GET", path.encode() + b"?" + encoded)
    assert answer.status in CLEAR
    assert not records
    assert all("\n" not in value and "\r" not in value for _key, value in answer.headers)
    assert "<script>" not in answer.text or not str(answer.header("content-type")).startswith(
        "text/html"
    )


@settings(max_examples=800)
@given(path=st.sampled_from(IO_PATHS), argument=st.sampled_from(IO_ARGUMENTS), text=TEXTS)
def test_ports_take_any_text(folder: Path, path: str, argument: str, text: str) -> None:
    """What is asked for is done as it was meant, or refused with nothing done."""
    target = f"{path}?{argument}={quote_from_bytes(text.encode())}"
    with complaints() as records:
        answer, edge = asked(folder, "GET", target.encode())
    assert answer.status in {200, 400}
    assert not records
    acts = answer.status == 200 and argument == "action"
    assert edge.ioports.untouched == (not acts)


@settings(max_examples=500)
@given(number=TEXTS, schema=st.one_of(st.just("1"), TEXTS), duration=st.one_of(st.none(), TEXTS))
def test_virtual_inputs_take_any_text(
    folder: Path, number: str, schema: str, duration: str | None
) -> None:
    """Whatever it is, the answer is a document, and only a success activates something."""
    arguments = {"schemaversion": schema, "port": number, "duration": duration}
    query = "&".join(
        f"{name}={quote_from_bytes(text.encode())}"
        for name, text in arguments.items()
        if text is not None
    )
    answer, edge = asked(folder, "GET", f"/axis-cgi/virtualinput/activate.cgi?{query}".encode())
    assert answer.status == 200
    root = ElementTree.fromstring(answer.content)
    assert root.tag.endswith("}VirtualInputResponse")
    assert edge.ioports.untouched == (root[0].tag.rpartition("}")[2] == "Error")


@settings(max_examples=500)
@given(text=TEXTS)
def test_any_text_names_ports_or_none(text: str) -> None:
    """What `monitor` reads first."""
    with suppress(InvalidValue):
        assert all(0 <= number <= 9999 for number in ports_of(text))
    with suppress(InvalidValue):
        action = action_of(text)
        assert action.port is None or 0 <= action.port <= 9999
        assert all(0 <= wait <= 65_535 for _state, wait in action.steps)


@settings(max_examples=800)
@given(
    api=st.sampled_from(JSON_APIS),
    envelope=st.fixed_dictionaries(
        {}, optional={"apiVersion": VALUES, "context": VALUES, "params": VALUES}
    ),
    parameters=st.one_of(st.none(), VALUES),
)
def test_json_apis_take_anything(
    folder: Path,
    api: tuple[str, object],
    envelope: dict[str, object],
    parameters: object,
) -> None:
    """Any envelope and any parameters: HTTP 200 and either data or an error; one method's success has no data."""
    path, operation = api
    body = {"apiVersion": "1.0", "method": getattr(operation, "name", ""), **envelope}
    names = getattr(operation, "parameters", ())
    if names:
        body["params"] = dict.fromkeys(names, parameters)
    content = json.dumps(body).encode()
    with complaints() as records:
        answer, _edge = asked(folder, "POST", path.encode(), content)
    assert answer.status == 200
    reply = answer.json()
    if reply.get("method") != "setPluginsSettings":
        assert ("data" in reply) != ("error" in reply)
    assert not records
    if "error" in reply:
        assert reply["error"]["code"] not in {101, 1100, 8000}


@settings(max_examples=500)
@given(
    path=st.sampled_from(sorted({route.path.replace("{number}", "0") for route in ROUTES})),
    body=st.binary(max_size=300),
    method=st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE"]),
)
def test_every_path_takes_any_bytes(folder: Path, path: str, body: bytes, method: str) -> None:
    """As a body of no known form."""
    with complaints() as records:
        answer, _edge = asked(folder, method, path.encode(), body)
    assert answer.status in CLEAR | {204}
    assert not records


@settings(max_examples=500)
@given(header=st.one_of(st.text(max_size=200), st.from_regex(r'([a-z]+="?[^"]*"?,? ?)*')))
def test_any_authorization_is_refused_quietly(header: str) -> None:
    """Nothing that is no credential becomes one."""
    text = header.encode("utf-8").decode("latin-1")
    assert basic.parse(text) is None or ":" in text or len(text) >= 2
    digest.parse(text)


@settings(max_examples=500)
@given(query=st.binary(max_size=300))
def test_any_query_is_read(query: bytes) -> None:
    """Every byte but NUL decodes to something."""
    try:
        arguments = Arguments.parse(query)
    except InvalidValue:
        arguments = Arguments({})
        assert b"\x00" in query or b"%00" in query
    assert len(arguments) <= query.count(b"&") + 1


@pytest.mark.parametrize(
    "parse",
    [
        pytest.param(lambda text: paths.host_of(text), id="host"),
        pytest.param(lambda text: paths.is_plain(text.encode()), id="path"),
        pytest.param(digest.parse, id="digest"),
        pytest.param(basic.parse, id="basic"),
        pytest.param(lambda text: Arguments.parse(text.encode()), id="form"),
        pytest.param(ports_of, id="ports"),
        pytest.param(action_of, id="action"),
    ],
)
@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "/",
        "//",
        ".",
        "..",
        ":",
        "[",
        "]",
        '"',
        "\\",
        '\\"',
        '"\\',
        'a="',
        "a=b,",
        "=,",
        "/1",
        "\\1",
        "1,",
        ":/",
        "%",
        "%25",
        "%zz",
        "+",
        "a=b&",
        "=",
        "A" * 16,
        "1.",
        "::",
        "é",
        " ",
        ", ",
        'x="\\',
    ],
)
def test_no_parser_blows_up(parse: object, unit: str) -> None:
    """64 KiB of the worst cost a slow processor milliseconds; what grows as the square costs minutes (class W13)."""
    text = (unit * 65_536)[:65_536]
    start = time.thread_time()
    with suppress(InvalidValue):
        parse(text)  # type: ignore[operator]
    assert time.thread_time() - start < 1


async def test_nothing_of_a_password_is_logged(
    edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    """Right or wrong, by whatever way it comes (class W10)."""
    marker = "M4rk3r"
    with caplog.at_level(logging.DEBUG):
        await edge.ask("GET", "/axis-cgi/usergroup.cgi", login=("root", marker))
        await edge.ask(
            "POST", "/api/session", body=json.dumps({"user": "root", "password": marker})
        )
        await edge.ask("POST", "/api/session", body=json.dumps({"user": 5, "password": marker}))
        query = f"action=add&user=joe&pwd={marker}&sgrp=viewer"
        await edge.ask("GET", f"/axis-cgi/pwdgrp.cgi?{query}", login="root")
        await edge.ask("POST", "/axis-cgi/pwdgrp.cgi", body=query, login="root")
        for _ in range(30):
            await edge.ask("GET", "/axis-cgi/usergroup.cgi", login=("root", marker))
    assert marker not in caplog.text
    assert marker not in repr(edge.directory) + repr(edge.system.verifiers())
