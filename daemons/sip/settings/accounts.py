"""The accounts together: one of them is the default, and there is always one. Pure."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec

from common.errors import Conflict, InvalidValue
from common.sip import PEER_TO_PEER, Account
from daemons.sip.records import AUTOMATIC, DEFAULT_DTMF_ID, Dtmf
from daemons.sip.settings.checks import checked_account
from daemons.sip.settings.ids import identified, together
from daemons.sip.settings.passwords import kept_in_account

PREFIX = "sip_account"
MOST_TEXT = 64 * 1024
"""Bytes of all accounts' texts together, which the stack gets as one message (`wire.LONGEST_MESSAGE`)."""

Accounts = tuple[Account, ...]


def put(
    kept: Accounts, given: Sequence[Account], dtmf: Dtmf, number: int
) -> tuple[Accounts, list[str], int]:
    """Return the accounts with more or other ones, the ids of these, and the next number.

    One that is the default stays that until another one takes its place; of several that would, the last one does.
    """
    before = {each.id: each for each in kept}
    identified_, number = identified(kept, given, PREFIX, number)
    whole = [
        _settled(kept_in_account(checked_account(each), before.get(each.id)), dtmf)
        for each in identified_
    ]
    present = next(each.id for each in kept if each.is_default)
    chosen = [each.id for each in whole if each.is_default and each.id != present]
    default = chosen[-1] if chosen else present
    merged = tuple(
        msgspec.structs.replace(each, is_default=each.id == default)
        for each in together(kept, whole, PREFIX, "SIP accounts", PEER_TO_PEER)
    )
    _check_unique(merged)
    _check_length(merged)
    return merged, [each.id for each in whole], number


def removed(kept: Accounts, ids: Collection[str]) -> Accounts:
    """Return the accounts without some; the automatic one when none is left."""
    left = tuple(each for each in kept if each.id not in ids)
    if not left:
        return (AUTOMATIC,)
    if not any(each.is_default for each in left):
        raise Conflict("the default account cannot be removed, make another one the default first")
    return left


def of_nobody(before: Accounts, left: Accounts) -> frozenset[str]:
    """Return the DTMF configurations that only accounts had which are gone: those go with them."""
    return frozenset({each.dtmf_configuration_id for each in before} - {"", DEFAULT_DTMF_ID}) - {
        each.dtmf_configuration_id for each in left
    }


def without_configuration(kept: Accounts, dtmf: Dtmf) -> Accounts:
    """Return the accounts as they are when some DTMF configurations are gone."""
    return tuple(
        each
        if _has(dtmf, each.dtmf_configuration_id)
        else msgspec.structs.replace(each, dtmf_configuration_id="")
        for each in kept
    )


def _settled(account: Account, dtmf: Dtmf) -> Account:
    wanted = account.dtmf_configuration_id
    if not _has(dtmf, wanted):
        raise InvalidValue(f"DTMFConfigurationId: there is no configuration '{wanted[:64]}'")
    # Peer-to-peer accounts share one (M-SIP-46), also those that were registered before.
    own = wanted if account.registers else ""
    return msgspec.structs.replace(account, dtmf_configuration_id=own)


def _has(dtmf: Dtmf, id_: str) -> bool:
    return not id_ or any(each.id == id_ for each in dtmf.configurations)


def _check_unique(accounts: Accounts) -> None:
    """Nobody could tell apart for which of two accounts with the same extension a call is (M-SIP-30).

    Peer-to-peer accounts need none: the unit's address alone is that of all of these.
    """
    known: set[tuple[str, str]] = set()
    for each in accounts:
        if not each.registers and each.user_id in ("", PEER_TO_PEER):
            continue
        address = each.user_id, (each.public_domain or each.registrar).lower()
        if address in known:
            raise InvalidValue(f"UserId: another account has '{each.user_id[:64]}' there already")
        known.add(address)


def _check_length(accounts: Accounts) -> None:
    texts = (text for account in accounts for text in _texts(msgspec.to_builtins(account)))
    if sum(len(msgspec.json.encode(text)) for text in texts) > MOST_TEXT:
        raise Conflict(f"the texts of all SIP accounts together have more than {MOST_TEXT} bytes")


def _texts(content: Any) -> Iterator[str]:
    match content:
        case str():
            yield content
        case dict():
            for value in content.values():
                yield from _texts(value)
        case list() | tuple():
            for value in content:
                yield from _texts(value)
        case _:
            pass
