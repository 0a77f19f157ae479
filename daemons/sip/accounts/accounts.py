"""The accounts in force: how each registers, and by which server its calls go."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from common.clock import Clock
from common.errors import Conflict, NotFound
from common.sip import Account, AccountStatus, Configuration, DtmfConfiguration
from daemons.sip.accounts.registration import (
    SECONDARY,
    Plan,
    Registration,
    Server,
    account_id,
)
from daemons.sip.accounts.stack_accounts import (
    has_secondary,
    own_address,
    registrar_uri,
    stack_account,
)
from daemons.sip.stack import wire


@dataclass
class _Known:
    account: Account
    servers_told: tuple[wire.Account, ...]
    """What the stack is told of it for each server: with other words it registers anew."""
    registration: Registration | None
    """None for one that does not register."""

    @property
    def server(self) -> Server:
        return self.registration.in_use if self.registration else Server.PRIMARY

    @property
    def servers(self) -> frozenset[Server]:
        return self.registration.servers if self.registration else frozenset({Server.PRIMARY})


class Accounts:
    """All of them, by id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._told: dict[str, wire.Account] = {}
        """What the stack was told last of those that are wanted."""

    # -- settings --

    def take(self, configuration: Configuration, accounts: Iterable[Account]) -> None:
        """Live by other settings; one that is another for the stack begins anew."""
        before, self._known = self._known, {}
        for account in accounts:
            plan = _plan(configuration, account)
            told = _for_each_server(configuration, account)
            known, registration = before.get(account.id), None
            if account.registers and account.enabled:
                if known is not None and known.servers_told == told:
                    registration = known.registration
                if registration is None:
                    registration = Registration(plan)
                registration.plan = plan
            self._known[account.id] = _Known(account, told, registration)

    def stack_accounts(
        self,
        configuration: Configuration,
        keys: Callable[[Account], DtmfConfiguration],
        in_calls: Collection[str],
    ) -> tuple[wire.Account, ...]:
        """Return what the stack is to have; accounts by which calls go stay until those have ended.

        `keys` says which digits an account takes.
        """
        wanted = {}
        for known in self._known.values():
            if not known.account.enabled:
                continue
            for server in known.servers:
                default = known.account.is_default and server is known.server
                each = stack_account(
                    *(known.account, server, configuration, keys(known.account)), default=default
                )
                wanted[each.id] = each
        kept = {id_: self._told[id_] for id_ in in_calls if id_ in self._told and id_ not in wanted}
        self._told = wanted | kept
        return tuple(self._told[id_] for id_ in sorted(self._told))

    # -- whom they call --

    def find(self, id_: str) -> Account | None:
        """Return the account that one of the stack's serves."""
        known = self._known.get(account_id(id_))
        return known.account if known else None

    def for_call(self, id_: str, own_host: str) -> tuple[str, str]:
        """Return the stack's account to call by, and its own address; the default one for no id."""
        known = self._known.get(id_) if id_ else self._default()
        if known is None:
            raise NotFound(f"there is no account '{id_}'")
        if not known.account.enabled:
            raise Conflict(f"the account '{known.account.id}' is not active")
        address = own_address(known.account, known.server, own_host)
        return known.account.id + known.server.value, address

    def _default(self) -> _Known | None:
        return next((each for each in self._known.values() if each.account.is_default), None)

    # -- registering --

    @property
    def due(self) -> float | None:
        """When `expire` has something to do, by the monotonic clock."""
        moments = [each.due for each in self._registrations() if each.due is not None]
        return min(moments, default=None)

    def stack_started(self) -> None:
        """Another stack: it tries what it is told of."""
        for registration in self._registrations():
            registration.stack_started()

    def result(self, notice: wire.Registration) -> None:
        """What became of a registration."""
        known = self._known.get(account_id(notice.account))
        if known is not None and known.registration is not None:
            server = Server.SECONDARY if notice.account.endswith(SECONDARY) else Server.PRIMARY
            known.registration.result(
                *(server, notice.code, notice.text, notice.active), self._clock.monotonic()
            )

    def expire(self) -> list[str]:
        """Take note of the time; returns the stack's accounts to try now."""
        now = self._clock.monotonic()
        return [
            id_ + server.value
            for id_, known in self._known.items()
            if known.registration is not None
            for server in sorted(known.registration.expire(now), key=lambda each: each.value)
        ]

    def hurry(self) -> None:
        """The network is another one: try what failed again."""
        for registration in self._registrations():
            registration.hurry(self._clock.monotonic())

    def _registrations(self) -> list[Registration]:
        return [each.registration for each in self._known.values() if each.registration]

    # -- how they are --

    def statuses(self, *, enabled: bool, running: bool, own_host: str) -> list[AccountStatus]:
        """Return how each is, in their order."""
        return [
            _status(known, enabled=enabled, running=running, own_host=own_host)
            for known in self._known.values()
        ]


def _for_each_server(configuration: Configuration, account: Account) -> tuple[wire.Account, ...]:
    keys = DtmfConfiguration()
    return tuple(
        stack_account(account, server, configuration, keys, default=False) for server in Server
    )


def _plan(configuration: Configuration, account: Account) -> Plan:
    attributes = configuration.attributes
    return Plan(
        attributes.max_retransmissions,
        attributes.failback_time,
        attributes.registration_interval,
        has_secondary(account),
    )


def _status(known: _Known, *, enabled: bool, running: bool, own_host: str) -> AccountStatus:
    account, registration = known.account, known.registration
    code = 0
    if not enabled:
        text = "SIP disabled"
    elif not account.enabled:
        text = "Not active"
    elif registration is None:
        text = "Does not register"
    elif not running:
        text = "The SIP stack does not run"
    else:
        code, text = registration.code, registration.words
    return AccountStatus(
        sip_account_id=account.id,
        sip_uri=own_address(account, known.server, own_host),
        is_default=account.is_default,
        reg_uri=registrar_uri(account, known.server),
        status=code,
        status_text=text,
        failed_over=known.server is Server.SECONDARY,
    )
