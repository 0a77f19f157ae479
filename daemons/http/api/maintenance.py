"""`/api/maintenance/upgrade`: how far an upgrade of the firmware is."""

from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.api.rest import Resource, raw_json
from daemons.http.call import Call

upgrade = Resource("/api/maintenance/upgrade", frozenset({"GET"}), access=Access.ADMIN)


@upgrade.on("GET", access=Access.ADMIN, changes=False)
async def progress(call: Call) -> Response:
    """Return what is installed, what happens to it, and how the last upgrade ended."""
    return raw_json(await call.unit.update.progress())
