"""`pwdgrp.cgi`: accounts, in the words that clients look for (VAPIX pages 10.6 and sys-users-security 1)."""

import html

import msgspec
from starlette.responses import Response

from common.accounts import Account, Role, check_name, check_password
from common.errors import ApplianceError, Conflict, InvalidValue, NotFound, Unavailable
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.problems import problem_of
from daemons.http.vapix.cgi import GET_OR_POST, CgiApi

USER_NAME = "Error: account user name."
PASSWORD = "Error: invalid password."  # noqa: S105 - the words of the protocol
EXISTS = "Error: this user name already exists, consult the system log file."
LOG = "Error: consult the system log file."
ACTION = "Error: action operation type."
NOT_FIRST = "Error: not a valid initial admin user."
FIRST_MISSING = "Error: initial admin user must be created first."

ACCOUNTS = msgspec.json.Decoder(list[Account])


def page(message: str, status: int = 200) -> Response:
    """Return the page around a message, byte for byte as real units send it."""
    content = (
        "<html><head><title>User accounts</title></head><body bgcolor=#ffffff>"
        f"{html.escape(message)}\n</body>\n\n</html>"
    )
    return Response(content.encode(), status, media_type="text/html")


def _failure(error: ApplianceError) -> Response:
    status = problem_of(error).status if isinstance(error, Unavailable) else 200
    return page(LOG, status)


api = CgiApi(
    "/axis-cgi/pwdgrp.cgi",
    id="user-management",
    version="1.2",
    name="User Management",
    access=Access.ADMIN,
    methods=GET_OR_POST,
    open_while_unclaimed=True,
    failure=_failure,
)


@api.action(
    "add",
    access=Access.ADMIN,
    changes=True,
    parameters=("user", "pwd", "grp", "sgrp", "comment"),
)
async def add(call: Call, arguments: Arguments) -> Response:
    """Add an account; the first administrator is made without a login."""
    if call.identity is None:
        return await _add_first(call, arguments)
    name, password = arguments.get("user", ""), arguments.get("pwd", "")
    if (refused := _refused(name, password)) is not None:
        return page(refused)
    role, ptz = _role(arguments.get("sgrp", "viewer"))
    group, comment = arguments.get("grp", "users"), arguments.get("comment", "")
    try:
        await call.unit.system.add_account(name, password, role.value, group, comment)
    except Conflict:
        return page(EXISTS if call.unit.accounts.find(name) else LOG)
    if ptz != (role is Role.ADMIN):
        await call.unit.system.update_account(name, {"ptz": "yes" if ptz else "no"})
    await call.unit.refresh_accounts()
    return page(f"Created account {name}.")


@api.action(
    "update",
    access=Access.ADMIN,
    changes=True,
    parameters=("user", "pwd", "grp", "sgrp", "comment"),
)
async def update(call: Call, arguments: Arguments) -> Response:
    """Change the password, the roles or the comment of an account."""
    if call.identity is None:
        return page(FIRST_MISSING, 401)
    name = arguments.get("user", "")
    changes: dict[str, str] = {}
    if "pwd" in arguments:
        if (refused := _refused(name, arguments["pwd"])) is not None:
            return page(refused)
        changes["password"] = arguments["pwd"]
    if "sgrp" in arguments:
        role, ptz = _role(arguments["sgrp"])
        changes |= {"role": role.value, "ptz": "yes" if ptz else "no"}
    changes |= {
        field: arguments[given]
        for given, field in (("grp", "group"), ("comment", "comment"))
        if given in arguments
    }
    if call.unit.accounts.find(name) is None:
        return page(USER_NAME)
    await call.unit.system.update_account(name, changes)
    await call.unit.refresh_accounts()
    return page(f"Modified account {name}.")


@api.action("remove", access=Access.ADMIN, changes=True, parameters=("user",))
async def remove(call: Call, arguments: Arguments) -> Response:
    """Delete an account."""
    if call.identity is None:
        return page(FIRST_MISSING, 401)
    name = arguments.get("user", "")
    try:
        await call.unit.system.remove_account(name)
    except (NotFound, InvalidValue):
        return page(USER_NAME)
    await call.unit.refresh_accounts()
    return page(f"Removed account {name}.")


@api.action("get", access=Access.ADMIN, changes=False)
async def get(call: Call, _arguments: Arguments) -> Response:
    """Return who belongs to which group."""
    if call.identity is None:
        return page(FIRST_MISSING, 401)
    accounts = ACCOUNTS.decode(await call.unit.system.accounts())
    groups = {
        "admin": [one.name for one in accounts if one.role is Role.ADMIN],
        "operator": [one.name for one in accounts if one.role is not Role.VIEWER],
        "viewer": [one.name for one in accounts],
        "ptz": [one.name for one in accounts if one.ptz],
        "digusers": [one.name for one in accounts],
    }
    lines = [f'{group}="{",".join(names)}"\r\n' for group, names in groups.items()]
    return Response("".join(lines).encode(), headers={"Content-Type": "text/plain"})


@api.otherwise
def _no_action(_action: str) -> Response:
    return page(ACTION)


async def _add_first(call: Call, arguments: Arguments) -> Response:
    name, password = arguments.get("user", ""), arguments.get("pwd", "")
    if "admin" not in arguments.get("sgrp", "").split(":"):
        return page(NOT_FIRST, 401)
    if (refused := _refused(name, password)) is not None:
        return page(refused)
    try:
        await call.unit.system.add_first_account(name, password)
    except Conflict:
        return page(FIRST_MISSING, 401)
    finally:
        await call.unit.refresh_accounts()
    return page(f"Created account {name}.")


def _refused(name: str, password: str) -> str | None:
    try:
        check_name(name)
    except InvalidValue:
        return USER_NAME
    try:
        check_password(password)
    except InvalidValue:
        return PASSWORD
    return None


def _role(secondary_groups: str) -> tuple[Role, bool]:
    groups = secondary_groups.split(":")
    for role in (Role.ADMIN, Role.OPERATOR, Role.VIEWER):
        if role.value in groups:
            return role, "ptz" in groups
    raise InvalidValue("sgrp names no role")
