"""How tests speak to the Call service."""

import json
from typing import Any
from urllib.parse import unquote_plus

from tests.unit.http.edge import Answer, Edge

PATH = "/vapix/call"


async def send(edge: Edge, command: str, login: str = "root", **arguments: Any) -> Answer:
    """Give a command in JSON."""
    return await edge.ask("POST", PATH, body=json.dumps({command: arguments}), login=login)


async def ask(edge: Edge, command: str, login: str = "root", **arguments: Any) -> Any:
    """Give a command, and return what was answered to it."""
    answer = await send(edge, command, login, **arguments)
    assert answer.status == 200, answer.text
    return answer.json()


async def fault(edge: Edge, command: str, **arguments: Any) -> tuple[str, str, str | None]:
    """Give a command that has to be refused, and return the three parts of the fault."""
    answer = await send(edge, command, **arguments)
    assert answer.status == 400, answer.text
    return parts(answer.json())


def parts(told: Any) -> tuple[str, str, str | None]:
    """Return the parts of a fault that programs look at; each of its keys is there."""
    assert list(told) == ["Fault", "FaultCode", "FaultSubCode", "FaultReason", "FaultMsg"]
    assert told["FaultMsg"] is None
    assert told["FaultReason"]
    return told["Fault"], told["FaultCode"], told["FaultSubCode"]


async def simply(edge: Edge, query: str, method: str = "GET", login: str = "root") -> list[str]:
    """Give a command in the simple form, and return the lines of the answer."""
    answer = await edge.ask(method, f"{PATH}?format=simple&action={query}", login=login)
    assert answer.status == 200, answer.text
    return answer.text.splitlines()


def told_simply(answer: Answer) -> dict[str, Any]:
    """Return an answer in the simple form as flat pairs."""
    pairs = (line.split("=", 1) for line in answer.text.splitlines())
    return {
        name: None if value == "null" else unquote_plus(value).strip('"') for name, value in pairs
    }


INVALID = ("env:Sender", "ter:InvalidArgVal", "ter:InvalidArgVal")
NOT_FOUND = ("env:Sender", "ter:InvalidArgVal", "ter:NotFound")
MISSING = ("env:Sender", "ter:InvalidArgs", None)
FAILED = ("env:Receiver", "ter:Action", "ter:Failure")
NOT_SUPPORTED = ("env:Receiver", "ter:ActionNotSupported", "ter:NotSupported")
