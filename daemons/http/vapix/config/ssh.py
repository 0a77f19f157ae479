"""`ssh`: the SSH accounts of the unit (VAPIX sys-users-security, section 8); two versions of one shape."""

import json
from collections.abc import Mapping
from typing import Any, Final

from common.errors import InvalidValue, NotFound
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.problems import Problem
from daemons.http.vapix.config.frame import APIS, ConfigApi

Parts = Mapping[str, str]

_ADMIN: Final = {"roles": ["admin"]}


def _property(summary: str, *, readable: bool = True, settable: bool = True) -> dict[str, Any]:
    return {
        "short_description": summary,
        "data_type": "string",
        "nullable": False,
        "operations": ({"get": _ADMIN} if readable else {}) | ({"set": _ADMIN} if settable else {}),
    }


_USER: Final = {
    "username": _property(
        "1 to 31 letters, digits, - and _, beginning with a letter or _", settable=False
    ),
    "password": _property("1 to 64 ASCII characters, 32 to 126", readable=False),
    "comment": _property("Up to 256 characters without colon"),
}
_MODEL: Final = {
    "collection": "singleton",
    "entities": {
        "users": {
            "short_description": "Who may log in over SSH",
            "collection": "map",
            "key_property": "username",
            "properties": _USER,
            "operations": {
                "get": _ADMIN,
                "add": {
                    **_ADMIN,
                    "fields": {"required": ["username", "password"], "optional": ["comment"]},
                },
                "remove": _ADMIN,
            },
        }
    },
    "operations": {"get": _ADMIN},
}


async def _users(call: Call) -> list[dict[str, str]]:
    users: list[dict[str, str]] = json.loads(await call.unit.ssh_accounts.accounts())
    return users


async def _user(call: Call, name: str) -> dict[str, str]:
    for user in await _users(call):
        if user["username"] == name:
            return user
    raise NotFound(f'"{name[:63]}"')


def _fields(data: Any, allowed: tuple[str, ...], required: tuple[str, ...]) -> dict[str, str]:
    """Return texts by name; raises InvalidValue for what is missing, unknown or no text."""
    if not isinstance(data, dict):
        raise InvalidValue('"data" must be an object')
    for name in required:
        if name not in data:
            raise InvalidValue(_invalid(f'"{name}" is missing (path: /)'))
    for name, value in data.items():
        if name not in allowed:
            raise InvalidValue(_invalid(f'"{name[:40]}" is not known (path: /)'))
        if not isinstance(value, str):
            raise InvalidValue(_invalid(f"it is not a string (path: /{name})"))
    return data


def _invalid(what: str) -> str:
    return f"Trying to set 'users' with invalid data: {what}"


async def get_all(call: Call, _parts: Parts, _data: Any) -> dict[str, Any]:
    """Return the whole of it."""
    return {"users": await _users(call)}


async def get_users(call: Call, _parts: Parts, _data: Any) -> Any:
    """Return all SSH accounts."""
    return await _users(call)


async def add_user(call: Call, _parts: Parts, data: Any) -> Any:
    """Add an SSH account and return it, without its password."""
    user = _fields(data, tuple(_USER), ("username", "password"))
    try:
        await call.unit.ssh_accounts.add(
            user["username"], user["password"], user.get("comment", "")
        )
    except InvalidValue as error:
        raise InvalidValue(_invalid(error.message)) from None
    return await _user(call, user["username"])


async def get_user(call: Call, parts: Parts, _data: Any) -> Any:
    """Return one SSH account."""
    return await _user(call, parts["username"])


async def set_user(call: Call, parts: Parts, data: Any) -> None:
    """Change the password or the comment of an SSH account."""
    changes = _fields(data, ("password", "comment"), ())
    await _change(call, parts["username"], changes)


async def _change(call: Call, name: str, changes: dict[str, str]) -> None:
    try:
        await call.unit.ssh_accounts.update(name, changes)
    except InvalidValue as error:
        raise InvalidValue(_invalid(error.message)) from None


async def remove_user(call: Call, parts: Parts, _data: Any) -> None:
    """Delete an SSH account with its files; whoever is logged in with it is thrown out."""
    await call.unit.ssh_accounts.remove(parts["username"])


async def get_property(call: Call, parts: Parts, _data: Any) -> Any:
    """Return one property of an SSH account; its password has no way out."""
    user = await _user(call, parts["username"])
    if parts["property"] not in user:
        raise Problem(404, "not_found", f"users/{parts['username'][:63]}/{parts['property'][:63]}")
    return user[parts["property"]]


async def set_property(call: Call, parts: Parts, data: Any) -> None:
    """Change one property of an SSH account."""
    name = parts["property"]
    if name not in ("password", "comment"):
        raise Problem(404, "not_found", f"users/{parts['username'][:63]}/{name[:63]}")
    await _change(call, parts["username"], _fields({name: data}, (name,), (name,)))


def _declare(major: int, state: str, version: str) -> ConfigApi:
    summary = "Makes, changes and deletes the accounts that can log in over SSH."
    api = APIS.add(
        ConfigApi(
            "ssh",
            "SSH",
            summary,
            major=major,
            state=state,
            version=version,
            access=Access.ADMIN,
            model=_MODEL,
        )
    )
    api.on("GET", "", access=Access.ADMIN, changes=False)(get_all)
    api.on("GET", "/users", access=Access.ADMIN, changes=False)(get_users)
    api.on("POST", "/users", access=Access.ADMIN, changes=True)(add_user)
    one = "/users/{username}"
    api.on("GET", one, access=Access.ADMIN, changes=False)(get_user)
    api.on("PATCH", one, access=Access.ADMIN, changes=True)(set_user)
    api.on("DELETE", one, access=Access.ADMIN, changes=True)(remove_user)
    api.on("GET", f"{one}/{{property}}", access=Access.ADMIN, changes=False)(get_property)
    api.on("PATCH", f"{one}/{{property}}", access=Access.ADMIN, changes=True)(set_property)
    return api


v1 = _declare(1, "beta", "1.0.0-beta.1")
v2 = _declare(2, "released", "2.0.1")
