"""A client of the event stream at the edge's gate, which reads when a test says so."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.unit.http.edge import FRONT, Edge, basic

PATH = "/vapix/ws-data-stream"
STREAM = f"{PATH}?sources=events"
ALL = {"topicFilter": "//."}
READY = {
    "topic": "tns1:Device/tnsaxis:Status/SystemReady",
    "source": {},
    "data": {"ready": "1"},
    "since": 100.5,
}
PORT = {
    "topic": "tns1:Device/tnsaxis:IO/Port",
    "source": {"port": "0"},
    "data": {"state": "0"},
    "since": 101.0,
}


@dataclass
class Stream:
    """One connection."""

    to_server: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    heard: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    reads: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether the client takes what it is sent."""
    status: int = 0
    closed: int | None = None

    async def receive(self) -> Any:
        """Return what the server reads next."""
        return await self.to_server.get()

    async def send(self, message: Any) -> None:
        """Take what the server sends."""
        match message["type"]:
            case "websocket.accept":
                self.status = 101
                self.heard.put_nowait(None)
            case "websocket.http.response.start":
                self.status = message["status"]
                self.heard.put_nowait(None)
            case "websocket.send":
                await self.reads.wait()
                self.heard.put_nowait(json.loads(message["text"]))
            case "websocket.close":
                self.closed = message["code"]
                self.heard.put_nowait(None)
            case _:
                pass

    def say(self, content: object) -> None:
        """Send a message; what is no text is sent as JSON."""
        text = content if isinstance(content, str) else json.dumps(content)
        self.to_server.put_nowait({"type": "websocket.receive", "text": text})

    def configure(self, *filters: dict[str, Any], context: str = "id1") -> None:
        """Ask for events."""
        self.say(
            {
                "apiVersion": "1.0",
                "context": context,
                "method": "events:configure",
                "params": {"eventFilterList": filters},
            }
        )

    async def next(self) -> Any:
        """Return the next message, or None when the socket was opened, refused or closed."""
        async with asyncio.timeout(5):
            return await self.heard.get()

    async def told(self) -> tuple[str, dict[str, str]]:
        """Return topic and data of the next message, which is an event."""
        message = await self.next()
        assert message["method"] == "events:notify", message
        assert "context" not in message
        notification = message["params"]["notification"]
        return notification["topic"], notification["message"]["data"]

    async def silent(self) -> bool:
        """Whether nothing has come, once everything that could has had its turn."""
        for _ in range(20):
            await asyncio.sleep(0)
        return self.heard.empty()


@asynccontextmanager
async def opened(
    edge: Edge,
    target: str = STREAM,
    login: str | None = "vera",
    headers: dict[str, str] | None = None,
) -> AsyncIterator[Stream]:
    """Open a stream, or be refused; at the end of the block it is left."""
    fields = {"host": "192.168.0.90", **FRONT, **(headers or {})}
    if login is not None:
        fields["authorization"] = basic(login, "correct horse")
    path, _, query = target.partition("?")
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "http_version": "1.1",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }
    stream = Stream()
    stream.reads.set()
    stream.to_server.put_nowait({"type": "websocket.connect"})
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(20):
        serving = tasks.create_task(
            edge.gate(scope, stream.receive, stream.send), name="event stream"
        )
        await stream.next()
        yield stream
        stream.reads.set()
        stream.to_server.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await serving
