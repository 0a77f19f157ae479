"""How tests call JSON CGIs."""

import json
from typing import Any

from tests.unit.http.edge import Edge


async def call(
    edge: Edge,
    path: str,
    method: str,
    params: Any = None,
    *,
    version: str = "1.1",
    login: str = "root",
) -> Any:
    """Call a method."""
    body: dict[str, Any] = {"apiVersion": version, "context": "c", "method": method}
    if params is not None:
        body["params"] = params
    answer = await edge.ask("POST", path, body=json.dumps(body), login=login)
    assert answer.status == 200
    reply = answer.json()
    assert (reply["context"], reply["method"]) == ("c", method)
    return reply
