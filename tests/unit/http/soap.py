"""A SOAP client for tests of the edge, which reads answers as a stranger's does."""

import json
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from tests.unit.http.edge import Edge

ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
EVENT = "http://www.axis.com/vapix/ws/event1"
ACTION = "http://www.axis.com/vapix/ws/action1"
PATH = "/vapix/services"


def envelope(body: str, header: str = "") -> str:
    """Return a message as some clients write it: with default namespaces, and no declaration of what it is."""
    return f'<Envelope xmlns="{ENVELOPE}">{header}<Body>{body}</Body></Envelope>'


@dataclass
class Reply:
    """What came back."""

    status: int
    text: str

    @property
    def body(self) -> ElementTree.Element:
        """The one element in the body."""
        root = ElementTree.fromstring(self.text)
        found = root.find(f"{{{ENVELOPE}}}Body")
        assert found is not None
        return found[0]

    @property
    def fault(self) -> tuple[str, str, str]:
        """The reason, the sub code and the name of what the detail holds."""
        assert self.status == 400, self.text
        body = self.body
        assert body.tag == f"{{{ENVELOPE}}}Fault"
        reason = body.find(".//{*}Reason/{*}Text")
        sub_code = body.findtext(".//{*}Subcode/{*}Value") or ""
        detail = body.find("{*}Detail")
        assert reason is not None
        named = "" if detail is None else detail[0].tag.partition("}")[2]
        return reason.text or "", sub_code, named


async def ask(edge: Edge, body: str, login: str | None = "root") -> Reply:
    """Send what stands in a body."""
    return await send(edge, envelope(body), login)


async def send(edge: Edge, message: str | bytes, login: str | None = "root") -> Reply:
    """Send a message as it is."""
    answer = await edge.ask("POST", PATH, body=message, login=login)
    return Reply(answer.status, answer.text)


def put(edge: Edge, **answers: Any) -> None:
    """Let the events daemon answer; what is neither a text nor a number nor an error is sent as JSON."""
    for name, answer in answers.items():
        plain = answer is None or isinstance(answer, str | int | Exception)
        edge.events.answers[name] = answer if plain else json.dumps(answer)
