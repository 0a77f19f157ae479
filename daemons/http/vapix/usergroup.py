"""`usergroup.cgi`: who the caller is and what they may do (VAPIX page 1.2)."""

from starlette.responses import Response

from common.accounts import Account, Role
from common.errors import NotFound
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.vapix.cgi import GET_OR_POST, CgiApi, text
from daemons.http.vapix.pwdgrp import ACCOUNTS

_ROLES = {
    Role.VIEWER: ["viewer"],
    Role.OPERATOR: ["operator", "viewer"],
    Role.ADMIN: ["admin", "operator", "viewer"],
}

api = CgiApi(
    "/axis-cgi/usergroup.cgi",
    name="User Group",
    access=Access.VIEWER,
    methods=GET_OR_POST,
)


@api.only(access=Access.VIEWER, changes=False)
async def usergroup(call: Call, _arguments: Arguments) -> Response:
    """Return the caller's account and its groups."""
    name = "" if call.identity is None else call.identity.name
    for account in ACCOUNTS.decode(await call.unit.system.accounts()):
        if account.name == name:
            return text(f"{name}\n{' '.join(_groups(account))}\n")
    raise NotFound(f"there is no account '{name}'")


def _groups(account: Account) -> list[str]:
    flags = ["ptz"] if account.ptz else []
    return [account.group, *sorted(_ROLES[account.role] + flags)]
