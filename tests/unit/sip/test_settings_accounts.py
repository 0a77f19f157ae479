"""The accounts together, whatever is put and removed: one default, ids that mean one thing, passwords that stay."""

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from common.errors import ApplianceError, Conflict, InvalidValue
from common.sip import (
    HIDDEN,
    MOST_ENTITIES,
    PEER_TO_PEER,
    Account,
    Configuration,
    DtmfConfiguration,
    SipProxy,
)
from daemons.sip.accounts.registration import Server
from daemons.sip.accounts.stack_accounts import stack_account, stack_settings
from daemons.sip.records import AUTOMATIC, Dtmf
from daemons.sip.settings.accounts import Accounts, put, removed
from daemons.sip.stack import wire

FACTORY: Accounts = (AUTOMATIC,)


def account(user: str = "100", **fields: Any) -> Account:
    """Return a registered account."""
    return Account(user_id=user, **{"registrar": "pbx.example", **fields})


def kept_by(*given: Account, kept: Accounts = FACTORY, number: int = 0) -> Accounts:
    """Return the accounts after some were put."""
    return put(kept, given, Dtmf(), number)[0]


def refused(*given: Account, kept: Accounts = FACTORY) -> str:
    """Return why these are no accounts."""
    with pytest.raises(InvalidValue) as refusal:
        kept_by(*given, kept=kept)
    return refusal.value.message


class Anybody(RuleBasedStateMachine):
    """Somebody who puts and removes accounts at random."""

    _ids = st.sampled_from(["", PEER_TO_PEER, *(f"sip_account_{n}" for n in range(6)), "door"])

    def __init__(self) -> None:
        super().__init__()
        self.accounts: Accounts = FACTORY
        self.number = 0
        self.given: set[str] = set()
        self.step = 0

    @rule(ids=st.lists(_ids, max_size=4), defaults=st.sets(st.integers(0, 3), max_size=2))
    def put(self, ids: list[str], defaults: set[int]) -> None:
        """Some accounts at once."""
        default_before = self.default
        self.step += 1
        sent = [
            account(f"{self.step}-{place}", id=id_, is_default=place in defaults)
            for place, id_ in enumerate(ids)
        ]
        named = [id_ for id_ in ids if id_]
        twice = len(set(named)) < len(named)
        try:
            whole, answered, number = put(self.accounts, sent, Dtmf(), self.number)
        except InvalidValue:
            assert twice
            return
        assert not twice
        by_id = {each.id: each for each in whole}
        for place, (id_, answer) in enumerate(zip(ids, answered, strict=True)):
            assert answer == (id_ or answer)
            assert by_id[answer].user_id == sent[place].user_id
            if not id_:
                assert answer not in self.given, "given twice"
        chosen = [answered[place] for place in sorted(defaults) if place < len(ids)]
        others = [id_ for id_ in chosen if id_ != default_before]
        assert by_id[(others or [default_before])[-1]].is_default
        assert {each.id for each in self.accounts} <= set(by_id)
        self.given |= set(answered)
        self.accounts, self.number = whole, number

    @rule(ids=st.sets(_ids, max_size=8))
    def remove(self, ids: set[str]) -> None:
        """Some of them, or all."""
        left = {each.id for each in self.accounts} - ids
        try:
            self.accounts = removed(self.accounts, ids)
        except Conflict:
            assert self.default in ids
            assert left
        else:
            assert {each.id for each in self.accounts} == (left or {PEER_TO_PEER})

    @property
    def default(self) -> str:
        """The id of the default."""
        return next(each.id for each in self.accounts if each.is_default)

    @invariant()
    def one_is_the_default(self) -> None:
        """M-SIP-24, M-SIP-26."""
        assert [each.is_default for each in self.accounts].count(True) == 1

    @invariant()
    def each_has_its_id(self) -> None:
        """And its place."""
        ids = [each.id for each in self.accounts]
        assert len(set(ids)) == len(ids)
        assert PEER_TO_PEER not in ids[1:]
        numbers = [int(id_[12:]) for id_ in ids if id_.startswith("sip_account_")]
        assert numbers == sorted(numbers)


Anybody.TestCase.settings = settings(max_examples=40, stateful_step_count=12, deadline=None)
test_whatever_is_put_and_removed = pytest.mark.covers(
    "M-SIP-26", part="exactly one default, whatever is put and removed"
)(Anybody.TestCase)


@pytest.mark.covers("M-SIP-24", part="made automatically, deletable when another is the default")
def test_the_peer_to_peer_account_comes_and_goes() -> None:
    """It is there from the start, may go when another is the default, and is there when none is left."""
    assert [(each.id, each.user_id, each.is_default) for each in FACTORY] == [
        (PEER_TO_PEER, PEER_TO_PEER, True)
    ]
    both = kept_by(account())
    with pytest.raises(Conflict, match="default"):
        removed(both, [PEER_TO_PEER])
    other = kept_by(account(id="sip_account_0", is_default=True), kept=both)
    left = removed(other, [PEER_TO_PEER])
    assert [each.id for each in left] == ["sip_account_0"]
    assert removed(left, ["sip_account_0"]) == FACTORY
    assert removed(other, [PEER_TO_PEER, "sip_account_0"]) == FACTORY
    assert removed(FACTORY, [PEER_TO_PEER]) == FACTORY


def test_the_default_stays_until_another_takes_its_place() -> None:
    """A client that changes the name of the default one need not say that it is the default."""
    [changed] = kept_by(msgspec.structs.replace(AUTOMATIC, name="Hall", is_default=False))
    assert (changed.name, changed.is_default) == ("Hall", True)
    others = account("1", is_default=True), account("2", is_default=True), AUTOMATIC
    assert [each.is_default for each in kept_by(*others)] == [False, False, True]


@pytest.mark.covers("M-SIP-29", part="two may have the same name")
def test_names_are_not_unique() -> None:
    """A name is for people."""
    assert len(kept_by(account("1", name="Hall"), account("2", name="Hall"))) == 3


@pytest.mark.covers("M-SIP-30", part="one account of an extension at a server")
def test_user_ids_are_unique_where_they_are_known() -> None:
    """Two with the same address could not be told apart; the same extension elsewhere is another one."""
    one = kept_by(account("100"))
    assert "UserId" in refused(account("100", registrar="PBX.example"), kept=one)
    assert "UserId" in refused(Account(user_id="7"), Account(user_id="7"))
    assert len(kept_by(Account(user_id=PEER_TO_PEER), Account(), Account(user_id="7"))) == 4
    assert "UserId" in refused(account("1"), account("1"))
    assert "UserId" in refused(account(""))
    assert len(kept_by(account("100", registrar="other.example"), kept=one)) == 3
    assert len(kept_by(account("100", id="sip_account_0", name="again"), kept=one)) == 2


def test_there_is_a_limit() -> None:
    """Documented, and counted with the automatic one."""
    full = kept_by(*(account(f"{n}") for n in range(MOST_ENTITIES - 1)))
    with pytest.raises(Conflict, match="100"):
        kept_by(account("more"), kept=full)
    assert len(kept_by(account("5", id="sip_account_5", name="x"), kept=full)) == MOST_ENTITIES


def test_as_many_accounts_as_there_may_be_fit_into_one_message() -> None:
    """Each with both its servers and texts as long as all together allow; with longer ones they are refused."""
    number = MOST_ENTITIES - 1

    def long(length: int) -> list[Account]:
        return [
            account(
                f"{n}",
                password='"' * length,
                secondary_registrar="spare.example",
                sip_proxies=(SipProxy(server="one", username="u", password='"' * length),),
                secondary_sip_proxies=(SipProxy(server="two", username="u"),),
            )
            for n in range(number)
        ]

    with pytest.raises(Conflict, match="texts"):
        kept_by(*long(255))
    whole = kept_by(*long(130))
    told = tuple(
        stack_account(each, server, Configuration(), DtmfConfiguration(rfc2833=False), default=True)
        for each in whole
        for server in Server
    )
    known = [f"{n:03}.{'x' * 250}" for n in range(MOST_ENTITIES)]
    settings_ = stack_settings(Configuration(), (), told, known)
    start = wire.Start(wire.Endpoint(user_agent="test"), settings_)
    assert wire.LONGEST_MESSAGE // 2 < len(msgspec.json.encode(start)) < wire.LONGEST_MESSAGE


@pytest.mark.parametrize("id_", ["a b", "a/b", "ü", "x" * 65, "a\n", "../a"])
def test_an_id_is_a_plain_word(id_: str) -> None:
    """It comes to stand in events and rules."""
    assert "Id" in refused(account(id=id_))


def test_an_id_that_nothing_has_is_taken() -> None:
    """Who sets up a unit twice with the same script has set it up once."""
    once = kept_by(account(id="sip_account_7"))
    assert kept_by(account(id="sip_account_7"), kept=once) == once
    _all, ids, _number = put(once, [account("200")], Dtmf(), 8)
    assert ids == ["sip_account_8"]


@pytest.mark.covers("M-SIP-46", part="peer-to-peer accounts share one DTMF configuration")
def test_peer_to_peer_accounts_share_a_dtmf_configuration() -> None:
    """Also one that has been registered, with a configuration of its own."""
    dtmf = Dtmf(
        configurations=(
            *Dtmf().configurations,
            msgspec.structs.replace(Dtmf().configurations[0], id="dtmf_config_0", name="Own"),
        )
    )
    registered = account(dtmf_configuration_id="dtmf_config_0")
    whole, [id_], number = put(FACTORY, [registered], dtmf, 0)
    assert [dtmf.of(each).name for each in whole] == ["Peer-to-peer accounts", "Own"]
    direct = msgspec.structs.replace(registered, id=id_, registrar="")
    whole, _ids, _number = put(whole, [direct], dtmf, number)
    assert [dtmf.of(each).name for each in whole] == ["Peer-to-peer accounts"] * 2
    assert "DTMFConfigurationId" in refused(account(dtmf_configuration_id="dtmf_config_9"))


# -- passwords --------------------------------------------------------------------------------

PROXIES = (SipProxy(server="one", username="u", password="p1"), SipProxy(server="two"))
WITH_PASSWORDS = kept_by(
    account(
        password="secret",
        public_domain="example.com",
        secondary_registrar="spare",
        sip_proxies=PROXIES,
    )
)
BEFORE = WITH_PASSWORDS[1]


def after(**fields: Any) -> Account:
    """Return the account as it is after it was put with other fields, its password as it is shown."""
    sent = msgspec.structs.replace(BEFORE, **{"password": HIDDEN, **fields})
    return kept_by(sent, kept=WITH_PASSWORDS)[1]


@pytest.mark.parametrize(
    ("sent", "kept"), [("", "secret"), (HIDDEN, "secret"), (None, ""), ("new", "new")]
)
@pytest.mark.covers("M-SIP-33", part="a password stays, is changed, is taken away")
def test_a_password_that_is_not_sent_stays(sent: str | None, kept: str) -> None:
    """Nobody can read it back to send it again."""
    assert after(password=sent).password == kept


@pytest.mark.parametrize("sent", ["", HIDDEN])
@pytest.mark.parametrize(
    "change",
    [
        {"registrar": "evil"},
        {"public_domain": "evil"},
        {"secondary_registrar": "evil"},
        {"secondary_public_domain": "evil"},
        {"registrar": "pbx.example:5062"},
        {"sip_proxies": (*PROXIES, SipProxy(server="evil"))},
        {"secondary_sip_proxies": (SipProxy(server="evil"),)},
    ],
)
def test_a_kept_password_goes_to_no_other_server(sent: str, change: dict[str, Any]) -> None:
    """A registrar asks for it, and so can a proxy."""
    with pytest.raises(InvalidValue, match=r"^Password: send it again"):
        after(password=sent, **change)
    assert after(password="new", **change).password == "new"
    assert after(password=None, **change).password == ""


@pytest.mark.parametrize(
    "change",
    [
        {"registrar": "PBX.example"},
        {"secondary_registrar": ""},
        {"sip_proxies": ()},
        {"registrar": "", "public_domain": "", "sip_proxies": ()},
        {"transport": "tcp", "name": "x", "user_id": "200"},
    ],
)
def test_a_password_stays_where_it_was_known(change: dict[str, Any]) -> None:
    """Fewer servers learn nothing."""
    assert after(**change).password == "secret"


@pytest.mark.covers("M-SIP-42", part="proxies change places with their passwords")
def test_the_passwords_of_proxies_follow_their_servers() -> None:
    """A list is prioritised by sending it in another order."""
    shown = SipProxy(server="one", username="u", password=HIDDEN)
    assert after(sip_proxies=(PROXIES[1], shown)).sip_proxies == (PROXIES[1], PROXIES[0])
    unsent = SipProxy(server="ONE", username="u")
    assert after(sip_proxies=(unsent,)).sip_proxies[0].password == "p1"
    with pytest.raises(InvalidValue, match="SIPProxies"):
        after(password="x", sip_proxies=(SipProxy(server="evil", username="u", password=HIDDEN),))
    with pytest.raises(InvalidValue, match="SIPProxies"):
        after(password="x", sip_proxies=(SipProxy(server="evil", username="u"), PROXIES[1]))
    assert after(sip_proxies=(SipProxy(server="one"),)).sip_proxies[0].password == ""
    with pytest.raises(InvalidValue, match="user name"):
        after(sip_proxies=(SipProxy(server="one", password="p"),))


def test_there_must_be_a_password_to_keep() -> None:
    """Else an account that was copied as it is shown would have stars for a password."""
    assert "Password" in refused(account(password=HIDDEN))
    new = account(sip_proxies=(SipProxy(server="one", username="u", password=HIDDEN),))
    assert "SIPProxies" in refused(new)


def test_nothing_shows_a_password() -> None:
    """Not a representation, nor a refusal."""
    assert "secret" not in repr(BEFORE)
    with pytest.raises(ApplianceError) as refusal:
        after(password="secret\n")
    assert "secret" not in refusal.value.message
