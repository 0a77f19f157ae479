"""The last question before something is done: may this caller, from this page, do it?"""

from typing import NoReturn

from common.params.kinds import Access
from daemons.http import browser
from daemons.http.call import Call
from daemons.http.identity import Proof
from daemons.http.problems import Problem, unauthorized

TOKEN_HEADER = "x-csrf-token"  # noqa: S105 - the name of a field


def authorize(
    call: Call, access: Access, *, changes: bool, open_while_unclaimed: bool = False
) -> None:
    """Raise a `Problem` unless the caller may do what `access` guards; `changes` says that it has an effect."""
    free = open_while_unclaimed and call.unit.accounts.unclaimed
    if call.access < access and not free:
        if call.identity is None:
            raise unauthorized()
        raise Problem(403, "role_too_low", f"This needs the role {access.name.lower()}.")
    if changes:
        _refuse_other_sites(call)
        _require_token(call, access)


def refuse_links(call: Call) -> None:
    """Ask for the password where all that is shown is the cookie of a session, and the page is nobody's.

    For what a viewer may do and a link in a mail had better not: an output may open a door.
    """
    identity = call.identity
    by_session = identity is not None and identity.proof is Proof.SESSION
    if by_session and browser.is_typed(call.request.headers):
        raise unauthorized("This needs the password itself.")


def _refuse_other_sites(call: Call) -> None:
    headers = call.request.headers
    if browser.is_cross_site(headers):
        raise Problem(403, "cross_site", "Another web site made the browser send this: refused.")
    if call.request.method != "GET" or not browser.is_unmarked_browser(headers):
        return
    if not call.client.encrypted and not call.unit.settings.now.pages_over_http:
        _send_to_https(call)
    if "referer" not in headers and "origin" not in headers:  # another site's was refused before
        raise Problem(
            403,
            "cross_site",
            "A browser can do this only from the unit's own pages; a newer one, over HTTPS, always.",
        )


def _send_to_https(call: Call) -> NoReturn:
    """Let a browser come again over HTTPS, where it says on whose behalf it asks."""
    settings = call.unit.settings.now
    host = f"[{call.host}]" if ":" in call.host else call.host
    port = "" if settings.https_port == 443 else f":{settings.https_port}"
    url = call.request.url
    target = f"https://{host}{port}{url.path}" + (f"?{url.query}" if url.query else "")
    raise Problem(307, "use_https", "Use HTTPS for this.", headers={"Location": target})


def _require_token(call: Call, access: Access) -> None:
    identity = call.identity
    if identity is None or identity.proof is not Proof.SESSION or identity.session is None:
        return
    if browser.is_typed(call.request.headers):
        # A link in a mail looks the same: it may play a clip, and for more the browser asks for the password.
        if access > Access.VIEWER:
            raise unauthorized("This needs the password itself.")
        return
    verifier = call.unit.accounts.find(identity.name)
    token = call.request.headers.get(TOKEN_HEADER, "")
    sessions = call.unit.accounts.keyed.sessions
    if verifier is None or not sessions.token_holds(token, identity.session, verifier):
        raise Problem(403, "token_required", f"The header {TOKEN_HEADER} is missing or wrong.")
