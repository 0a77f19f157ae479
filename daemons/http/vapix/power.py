"""Restart, restore and factory default (VAPIX page 10.5)."""

import html

from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.vapix.cgi import GET_OR_POST, CgiApi

_restart = CgiApi("/axis-cgi/restart.cgi", name="Restart", access=Access.ADMIN, methods=GET_OR_POST)
_restore = CgiApi(
    "/axis-cgi/factorydefault.cgi", name="Restore", access=Access.ADMIN, methods=GET_OR_POST
)
_factory_default = CgiApi(
    "/axis-cgi/hardfactorydefault.cgi",
    name="Factory default",
    access=Access.ADMIN,
    methods=GET_OR_POST,
)


@_restart.only(access=Access.ADMIN, changes=True)
async def restart(call: Call, _arguments: Arguments) -> Response:
    """Restart the unit."""
    await call.unit.system.restart(call.who)
    return _page(call, "restartMessage")


@_restore.only(access=Access.ADMIN, changes=True)
async def restore(call: Call, _arguments: Arguments) -> Response:
    """Return most settings to their defaults, keep the address, and restart."""
    await call.unit.system.reset("restore", call.who)
    return _page(call, "factoryMessage")


@_factory_default.only(access=Access.ADMIN, changes=True)
async def factory_default(call: Call, _arguments: Arguments) -> Response:
    """Return everything to its default, the address included, and restart."""
    await call.unit.system.reset("factory_default", call.who)
    return _page(call, "factoryMessage2")


def _page(call: Call, message: str) -> Response:
    address = f"/admin/{message}.shtml?server={call.host}"
    content = (
        '<html><head><meta http-equiv="refresh" '
        f'content="0;URL={html.escape(address)}"></head><body></body></html>\n'
    )
    return Response(content.encode(), media_type="text/html")
