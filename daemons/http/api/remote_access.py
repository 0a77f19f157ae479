"""`/api/remote-access`: how the servers for maintenance are, and the keys by which clients know the SSH server."""

from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.api.rest import Resource, raw_json
from daemons.http.call import Call

remote_access = Resource("/api/remote-access", frozenset({"GET"}), access=Access.ADMIN)


@remote_access.on("GET", access=Access.ADMIN, changes=False)
async def describe(call: Call) -> Response:
    """Return whether SSH and FTP are on, whether they run and why not; they are switched by parameters."""
    return raw_json(await call.unit.network.remote_access())
