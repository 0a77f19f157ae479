"""`/config/discover`: which of these APIs there are, and what describes each. All of it derives from declarations."""

from typing import Any

import msgspec
from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.problems import Problem
from daemons.http.routes import ROUTES, Route
from daemons.http.vapix.catalogue import CATALOGUE, Description, Operation
from daemons.http.vapix.config.frame import APIS, ConfigApi, as_config

ROOT = "/config/discover"
FRAMEWORK_VERSION = "1.0.0"
_GET = frozenset({"GET"})


def _json(content: Any) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")


def leaf(api: ConfigApi) -> dict[str, str]:
    """Return where one version of an API is described; each of these paths leads to something."""
    here = f"{ROOT}/apis/{api.id}/v{api.major}"
    return {
        "doc": f"{here}/doc.md",
        "doc_html": f"{here}/doc.md",
        "model": f"{here}/model.json",
        "rest_api": api.base,
        "rest_openapi": f"{here}/openapi.json",
        "rest_ui": f"{here}/openapi.json",
        "state": api.state,
        "version": api.version,
    }


def tree() -> dict[str, dict[str, dict[str, str]]]:
    """Return the versions of every API."""
    apis: dict[str, dict[str, dict[str, str]]] = {}
    for api in APIS:
        apis.setdefault(api.id, {})[f"v{api.major}"] = leaf(api)
    return apis


async def discover(_call: Call) -> Response:
    """Return all APIs."""
    openapi = f"{ROOT}/openapi.json"
    return _json(
        {
            "apis": tree(),
            "device": {"rest_openapi": openapi, "rest_ui": openapi},
            "framework_version": FRAMEWORK_VERSION,
        }
    )


async def below(call: Call) -> Response:
    """Return one level of the tree, or a document of one API."""
    path: str = call.request.path_params["below"]
    if path == "openapi.json":
        return _json(_openapi(list(APIS)))
    parts = path.split("/")
    if parts[0] == "apis" and len(parts) <= 4:
        found = _document(parts[1], parts[2], parts[3]) if len(parts) == 4 else _level(parts[1:])
        if found is not None:
            return found
    raise Problem(404, "not_found", f"{ROOT}/{path}")


def _level(parts: list[str]) -> Response | None:
    here: Any = tree()
    for part in parts:
        if part not in here:
            return None
        here = here[part]
    return _json(here)


def _document(id_: str, version: str, name: str) -> Response | None:
    for api in APIS:
        if (api.id, f"v{api.major}") != (id_, version):
            continue
        if name == "model.json":
            return _json(_model(api))
        if name == "openapi.json":
            return _json(_openapi([api]))
        if name == "doc.md":
            return Response(_text(api), media_type="text/markdown")
    return None


def _model(api: ConfigApi) -> dict[str, Any]:
    return {
        "id": api.id,
        "version": api.version,
        "name": api.name,
        "state": api.state,
        "short_description": api.summary,
        "description": api.summary,
        "root_entity": api.model,
        "data_types": {},
    }


def _openapi(apis: list[ConfigApi]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for api in apis:
        for place in api.places:
            does: dict[str, Any] = {
                "summary": place.operation.summary,
                "description": f"Role: {place.operation.access.name.lower()}",
                "responses": {str(place.status): {"description": "It worked."}},
            }
            if place.takes_data:
                does["requestBody"] = {"content": {"application/json": {"schema": _DATA}}}
            paths.setdefault(api.base + place.path, {})[place.method.lower()] = does
    info = {"title": "Configuration", "version": FRAMEWORK_VERSION}
    return {"openapi": "3.0.3", "info": info, "paths": paths}


_DATA = {"type": "object", "required": ["data"], "properties": {"data": {}}}


def _text(api: ConfigApi) -> str:
    lines = [f"# {api.name}", "", api.summary, "", f"Version {api.version}, {api.state}.", ""]
    lines += ["| method | path | role | what it does |", "|---|---|---|---|"]
    for place in api.places:
        role = place.operation.access.name.lower()
        path = f"`{api.base}{place.path}`"
        lines.append(f"| {place.method} | {path} | {role} | {place.operation.summary} |")
    return "\n".join([*lines, ""])


for _path, _handler in ((ROOT, discover), (f"{ROOT}/{{below}}", below)):
    ROUTES.add(Route(_path, _GET, Access.VIEWER, _handler, as_config))
_description = Description(
    ROOT, "config", ("GET",), "Discovery of /config/rest", None, FRAMEWORK_VERSION, Access.VIEWER
)
_description.declare(Operation("GET", Access.VIEWER, False, "Return all APIs below /config/rest."))
CATALOGUE.add(_description)
