"""`apidiscovery.cgi`: which APIs there are (VAPIX page 10.1). The answer is made of what has been declared."""

import re

import msgspec

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.vapix.catalogue import CATALOGUE
from daemons.http.vapix.families import FIRST_GENERATION
from daemons.http.vapix.json_api import JsonApi

api = JsonApi(
    "/axis-cgi/apidiscovery.cgi",
    id="api-discovery",
    name="API Discovery Service",
    version="1.1",
    family=FIRST_GENERATION,
    access=Access.ANYBODY,
)


class Filter(msgspec.Struct):
    """Which APIs to list; `*` and `?` stand for any text and any character."""

    id: str = "*"
    version: str = "*"


class Api(msgspec.Struct):
    """One entry of the list."""

    id: str
    version: str
    name: str
    documentation: str = msgspec.field(name="docLink", default="")
    status: str = "official"


class ApiList(msgspec.Struct):
    """The answer of `getApiList`."""

    apis: list[Api] = msgspec.field(name="apiList")


@api.method("getApiList", access=Access.ANYBODY, changes=False)
async def get_api_list(_call: Call, wanted: Filter) -> ApiList:
    """Return the APIs that match; none is no error."""
    listed = [
        Api(entry.id, entry.version, entry.name) for entry in CATALOGUE if entry.id is not None
    ]
    by_id, by_version = _glob(wanted.id), _glob(wanted.version)
    return ApiList(
        [one for one in listed if by_id.fullmatch(one.id) and by_version.fullmatch(one.version)]
    )


def _glob(pattern: str) -> re.Pattern[str]:
    """Return an expression for a pattern; runs of `*` are one, so that matching takes linear time."""
    parts = [re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", pattern[:64])]
    return re.compile("(?:.*?)".join(parts))
