"""Passwords: where they are in the settings, and which of them stay when settings are sent without them. Pure.

A password that nobody sent again goes to no other server than before: who may change a server, but was never told the
password, would have it sent to himself.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from common.errors import InvalidValue
from common.sip import HIDDEN, Account, Configuration, SipProxy, TurnServer

Change = Callable[[str, str], str]
"""Told a password's key and the password; returns what stands in its place."""
_Server = TypeVar("_Server", SipProxy, TurnServer)


def hide(_key: str, password: str) -> str:
    """Show that there is a password."""
    return HIDDEN if password else ""


def in_account(account: Account, change: Change) -> Account:
    """Return an account with other passwords."""
    return msgspec.structs.replace(
        account,
        password=change(account.id, account.password or ""),
        sip_proxies=_each(account.sip_proxies, f"{account.id}/proxy", change),
        secondary_sip_proxies=_each(
            account.secondary_sip_proxies, f"{account.id}/secondary", change
        ),
    )


def in_configuration(configuration: Configuration, change: Change) -> Configuration:
    """Return a configuration with other passwords."""
    return msgspec.structs.replace(
        configuration, turn_servers=_each(configuration.turn_servers, "/turn", change)
    )


def _each(servers: Sequence[_Server], key: str, change: Change) -> tuple[_Server, ...]:
    return tuple(
        msgspec.structs.replace(server, password=change(f"{key}/{place}", server.password))
        for place, server in enumerate(servers)
    )


def kept_in_account(account: Account, before: Account | None) -> Account:
    """Return an account with the passwords that stay as they were; its servers are in their normal form."""
    return msgspec.structs.replace(
        account,
        password=_kept_password(account, before),
        sip_proxies=_kept(
            account.sip_proxies, before.sip_proxies if before else (), "SIPProxies.Password"
        ),
        secondary_sip_proxies=_kept(
            account.secondary_sip_proxies,
            before.secondary_sip_proxies if before else (),
            "SecondarySIPProxies.Password",
        ),
    )


def kept_in_configuration(configuration: Configuration, before: Configuration) -> Configuration:
    """Return a configuration with the passwords that stay as they were."""
    return msgspec.structs.replace(
        configuration,
        turn_servers=_kept(configuration.turn_servers, before.turn_servers, "TURNServers.Password"),
    )


def _kept_password(account: Account, before: Account | None) -> str:
    sent = account.password
    if sent is None:
        return ""
    if sent not in ("", HIDDEN):
        return sent
    had = before.password if before else ""
    if before is None or not had:
        if sent == HIDDEN:
            raise InvalidValue("Password: there is none to keep, send it")
        return ""
    if not _reached(account) <= _reached(before):
        raise InvalidValue("Password: send it again, because another server would get it")
    return had


def _reached(account: Account) -> set[str]:
    """Whoever may ask for the account's password: an outbound proxy can do that like a registrar."""
    return {
        server.lower()
        for server in (
            account.registrar,
            account.public_domain,
            account.secondary_registrar,
            account.secondary_public_domain,
            *(proxy.server for proxy in account.sip_proxies),
            *(proxy.server for proxy in account.secondary_sip_proxies),
        )
        if server
    }


def _kept(servers: Sequence[_Server], before: Sequence[_Server], field: str) -> tuple[_Server, ...]:
    """A list may come in another order, so each is known by its server, and by the user there."""
    sent = {server.server.lower() for server in servers}
    whole = []
    for place, server in enumerate(servers):
        password = server.password
        if password in ("", HIDDEN):
            same = [old for old in before if old.server.lower() == server.server.lower()]
            same.sort(key=lambda old: old.username != server.username)
            if not server.username:
                password = ""
            elif same:
                password = same[0].password
            elif password == HIDDEN or _moved(before, place, sent):
                raise InvalidValue(f"{field}: send it again, because another server would get it")
        elif not server.username:
            raise InvalidValue(f"{field}: there is none without a user name")
        whole.append(msgspec.structs.replace(server, password=password))
    return tuple(whole)


def _moved(before: Sequence[TurnServer | SipProxy], place: int, sent: set[str]) -> bool:
    """Whether the one in this place had a password, and is now called otherwise."""
    old = before[place] if place < len(before) else None
    return old is not None and bool(old.password) and old.server.lower() not in sent
