"""The suite's own paths under /api."""

import json

import pytest

from tests.unit.http.edge import Edge


async def test_parameters_come_with_what_a_form_needs(edge: Edge) -> None:
    """Only those that the role may read."""
    listed = (await edge.ask("GET", "/api/parameters", login="root")).json()["parameters"]
    assert {
        "name",
        "value",
        "default",
        "kind",
        "label",
        "help",
        "writable",
        "reset",
        "hidden",
        "group",
    } == listed[0].keys()
    of_viewer = (await edge.ask("GET", "/api/parameters", login="vera")).json()["parameters"]
    assert len(listed) - len(of_viewer) == 2


async def test_changes_are_all_or_nothing(edge: Edge) -> None:
    """Each refusal stands under the name that was sent."""
    body = json.dumps({"changes": {"root.HTTPS.Port": "444"}})
    answer = await edge.ask("PATCH", "/api/parameters", body=body, login="root")
    assert answer.json() == {"revision": 7}
    assert edge.params.written[-1] == ({"HTTPS.Port": "444"}, 6, "root@192.0.2.7", True)
    body = json.dumps({"changes": {"root.HTTPS.Port": "bad", "No.Such": "x", "Brand.Brand": "y"}})
    answer = await edge.ask("PATCH", "/api/parameters", body=body, login="root")
    assert answer.status == 400
    error = answer.json()["error"]
    assert error["code"] == "invalid"
    assert error["details"] == {"root.HTTPS.Port": "must not be bad", "No.Such": "is not called so"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"changes":[]}',
        b'{"changes":{"a":1}}',
        b'{"changes":{"a":null}}',
        b"\xff",
        b"[" * 60_000,
        b'{"changes":{"\\ud800":"x"}}',
        b'{"changes":{"Brand.Brand":"a\\u0000b"}}',
        b'{"changes":{"Brand.Brand":"a\\uffffb"}}',
    ],
)
async def test_bodies_of_another_shape_are_refused(edge: Edge, body: bytes) -> None:
    """400 and a reason."""
    for method, path in (("PATCH", "/api/parameters"), ("POST", "/api/session")):
        answer = await edge.ask(method, path, body=body, login="root")
        assert (answer.status, answer.json()["error"]["code"]) == (400, "invalid")
    assert not edge.params.written


async def test_too_large_a_body_is_refused(edge: Edge) -> None:
    """Announced or not."""
    body = json.dumps({"changes": {"Brand.Brand": "x" * 70_000}}).encode()
    assert (await edge.ask("PATCH", "/api/parameters", body=body, login="root")).status == 413
    headers = {"Content-Length": "5"}
    answer = await edge.ask("PATCH", "/api/parameters", body=body, login="root", headers=headers)
    assert answer.status == 413


async def test_history_has_a_limit(edge: Edge) -> None:
    """Of 1 to 1000 entries."""
    answer = await edge.ask("GET", "/api/parameters/history?limit=3", login="root")
    assert answer.json()["history"][0]["revision"] == 3
    for limit in ("0", "x", "1001", "-1"):
        answer = await edge.ask("GET", f"/api/parameters/history?limit={limit}", login="root")
        assert answer.status == 400


async def test_the_device_describes_itself(edge: Edge) -> None:
    """Everything that the Overview shows."""
    device = (await edge.ask("GET", "/api/device", login="vera")).json()
    assert device["serial_number"] == "ACCC8E012345"
    assert device["daemons"] == [{"name": "audio", "ready": True}]


async def test_methods_that_a_path_does_not_have_are_named(edge: Edge) -> None:
    """405 with Allow."""
    answer = await edge.ask("PUT", "/api/parameters", login="root")
    assert (answer.status, answer.header("allow")) == (405, "GET, PATCH")
    answer = await edge.ask("DELETE", "/axis-cgi/param.cgi", login="root")
    assert (answer.status, answer.header("allow")) == (405, "GET, POST")


async def test_before_there_is_an_account_the_session_says_so(unclaimed: Edge) -> None:
    """The web UI then shows the page for the first password."""
    for method in ("GET", "POST"):
        answer = await unclaimed.ask(method, "/api/session", body="{}")
        assert (answer.status, answer.json()["error"]["code"]) == (401, "needs_setup")
