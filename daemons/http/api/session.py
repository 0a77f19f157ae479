"""`/api/session`: how a person logs in at a browser."""

from typing import Annotated

import msgspec
from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.api.rest import Resource, json, posted
from daemons.http.auth.basic import Password
from daemons.http.auth.session import COOKIE, SESSION_LIFE_S
from daemons.http.call import Call
from daemons.http.identity import Proof
from daemons.http.problems import Problem, unauthorized

PATH = "/api/session"

session = Resource(PATH, frozenset({"GET", "POST", "DELETE"}), access=Access.ANYBODY)


class Login(msgspec.Struct):
    """What a person typed."""

    user: Annotated[str, msgspec.Meta(max_length=64)]
    password: Annotated[str, msgspec.Meta(max_length=256)]

    def __repr__(self) -> str:
        return f"Login(user={self.user!r})"


@session.on("POST", access=Access.ANYBODY, changes=True)
async def log_in(call: Call) -> Response:
    """Start a session; the cookie is for the browser, the token for its pages."""
    _check_claimed(call)
    login = await posted(call, Login)
    given = Password(login.user, login.password)
    identity = await call.unit.authenticator.password(PATH, call.client, given, Proof.SESSION)
    verifier = call.unit.accounts.find(identity.name)
    if verifier is None:
        raise unauthorized()
    sessions = call.unit.accounts.keyed.sessions
    started, cookie = sessions.start(verifier)
    token = sessions.token(started, verifier)
    response = json({"user": verifier.name, "role": verifier.role.value, "csrf": token})
    _set_cookie(response, call, cookie, SESSION_LIFE_S)
    return response


@session.on("GET", access=Access.ANYBODY, changes=False)
async def current(call: Call) -> Response:
    """Return who is logged in."""
    _check_claimed(call)
    identity = call.identity
    if identity is None:
        raise unauthorized("Nobody is logged in.")
    token = ""
    verifier = call.unit.accounts.find(identity.name)
    if identity.session is not None and verifier is not None:
        token = call.unit.accounts.keyed.sessions.token(identity.session, verifier)
    return json({"user": identity.name, "role": identity.role.value, "csrf": token})


@session.on("DELETE", access=Access.ANYBODY, changes=True)
async def log_out(call: Call) -> Response:
    """End the session."""
    if call.identity is not None and call.identity.session is not None:
        call.unit.accounts.end(call.identity.session)
    response = Response(status_code=204)
    _set_cookie(response, call, "", 0)
    return response


def _check_claimed(call: Call) -> None:
    if call.unit.accounts.unclaimed:
        raise Problem(401, "needs_setup", "There is no account yet: set the first password.")


def _set_cookie(response: Response, call: Call, value: str, life_s: int) -> None:
    response.set_cookie(
        COOKIE,
        value,
        max_age=life_s,
        path="/",
        secure=call.client.encrypted,
        httponly=True,
        samesite="strict",
    )
