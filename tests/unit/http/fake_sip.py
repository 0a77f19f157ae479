"""A sip daemon for tests of the edge: it keeps what it is given, and shows it without secrets."""

from typing import Any, NoReturn

import msgspec

from common.errors import ApplianceError, Conflict, InvalidValue, NotFound, Unavailable
from common.sip import (
    HIDDEN,
    PEER_TO_PEER,
    SOURCE,
    Account,
    AccountStatus,
    AudioCodec,
    CallStatus,
    Codecs,
    Configuration,
    DtmfConfiguration,
    DtmfEvent,
    DtmfTrigger,
    State,
    VmsCalls,
    Wire,
)

CODECS = (AudioCodec(name="opus", sample_rate=48_000), AudioCodec(name="PCMU", sample_rate=8000))
SHAPES: dict[str, type[Wire]] = {
    "configuration": DtmfConfiguration,
    "event": DtmfEvent,
    "trigger": DtmfTrigger,
}


class FakeSip:
    """Answers as the daemon does, without looking closely."""

    def __init__(self) -> None:
        self.kept = Configuration()
        self.configured: list[tuple[dict[str, Any], bool]] = []
        self.kept_accounts = {
            PEER_TO_PEER: Account(id=PEER_TO_PEER, user_id=PEER_TO_PEER, is_default=True)
        }
        self.kept_dtmf: dict[str, dict[str, Any]] = {
            "configuration": {
                "dtmf_config_default": DtmfConfiguration(
                    id="dtmf_config_default", name="Peer-to-peer accounts"
                )
            },
            "event": {},
            "trigger": {},
        }
        self.kept_vms = VmsCalls()
        self.chosen: tuple[AudioCodec, ...] = ()
        self.placed: list[tuple[str, str]] = []
        self.terminated: list[str] = []
        self.error: ApplianceError | None = None
        """What every change is refused with."""
        self.built = True

    @property
    def untouched(self) -> bool:
        """Whether nothing was changed and nobody called."""
        changed = (self.configured, self.placed, self.terminated, self.chosen)
        others = [*self.kept_dtmf["event"], *self.kept_dtmf["trigger"]]
        return (
            not any(changed)
            and list(self.kept_accounts) == [PEER_TO_PEER]
            and not others
            and self.kept_vms == VmsCalls()
        )

    async def state(self) -> str:
        state = State(True, self.built, True, addresses=("sip:192.168.0.90",))
        return msgspec.json.encode(state).decode()

    async def configuration(self) -> str:
        return msgspec.json.encode(self.kept).decode()

    async def configure(self, changes: str, keep_current: bool) -> None:
        self._check()
        told: dict[str, Any] = msgspec.json.decode(changes)
        self.configured.append((told, keep_current))
        now = msgspec.to_builtins(self.kept if keep_current else Configuration())
        attributes = {**now["Attributes"], **told.get("Attributes", {})}
        self.kept = msgspec.convert({**now, **told, "Attributes": attributes}, Configuration)

    async def codecs(self) -> str:
        return msgspec.json.encode(Codecs(CODECS, CODECS[:1], self.chosen)).decode()

    async def choose_codecs(self, codecs: str) -> None:
        self._check()
        self.chosen = msgspec.json.decode(codecs, type=tuple[AudioCodec, ...])

    async def vms_calls(self) -> str:
        return msgspec.json.encode(self.kept_vms).decode()

    async def configure_vms_calls(self, vms_calls: str) -> None:
        self._check()
        self.kept_vms = msgspec.json.decode(vms_calls, type=VmsCalls)

    async def accounts(self) -> str:
        shown = [
            msgspec.structs.replace(one, password=HIDDEN if one.password else "")
            for one in self.kept_accounts.values()
        ]
        return msgspec.json.encode(shown).decode()

    async def put_accounts(self, accounts: str) -> list[str]:
        self._check()
        ids = []
        for account in msgspec.json.decode(accounts, type=list[Account]):
            id_ = account.id or f"sip_account_{len(self.kept_accounts) - 1}"
            password = account.password
            if id_ in self.kept_accounts and password in ("", HIDDEN):
                password = self.kept_accounts[id_].password
            self.kept_accounts[id_] = msgspec.structs.replace(
                account, id=id_, password=password or ""
            )
            ids.append(id_)
        return ids

    async def remove_accounts(self, ids: list[str]) -> None:
        self._check()
        if PEER_TO_PEER in ids:
            raise Conflict("another account has to be the default one first")
        for id_ in ids:
            self.kept_accounts.pop(id_, None)

    async def account_statuses(self) -> str:
        statuses = [
            AccountStatus(
                sip_account_id=id_,
                sip_uri="sip:192.168.0.90:5060",
                is_default=account.is_default,
                status_text="Does not register",
            )
            for id_, account in self.kept_accounts.items()
        ]
        return msgspec.json.encode(statuses).decode()

    async def dtmf(self) -> tuple[str, ...]:
        kept = self.kept_dtmf.values()
        return tuple(msgspec.json.encode(list(one.values())).decode() for one in kept)

    async def put_dtmf(self, kind: str, entities: str) -> list[str]:
        self._check()
        ids = []
        for told in msgspec.json.decode(entities):
            entity: Any = msgspec.convert(told, SHAPES[kind])
            id_ = entity.id or f"dtmf_{kind}_{len(self.kept_dtmf[kind])}"
            self.kept_dtmf[kind][id_] = msgspec.structs.replace(entity, id=id_)
            ids.append(id_)
        return ids

    async def remove_dtmf(self, kind: str, ids: list[str]) -> None:
        self._check()
        for id_ in ids:
            self.kept_dtmf[kind].pop(id_, None)

    async def call(self, to: str, account: str) -> str:
        self._check()
        if account and account not in self.kept_accounts:
            raise NotFound(f"there is no account '{account}'")
        if not to:
            raise InvalidValue("To: whom?")
        self.placed.append((to, account))
        return f"Out-{len(self.placed) - 1}-1764402000.000000-abc"

    async def terminate(self, call: str) -> None:
        self._check()
        if not call.startswith("Out-"):
            raise NotFound(f"there is no call '{call}'")
        self.terminated.append(call)

    async def calls(self) -> str:
        calls = [
            CallStatus(
                call_id=f"Out-{number}-1764402000.000000-abc",
                source=SOURCE,
                call_state="Active",
                call_state_reason="AcceptedByRemote",
                start_time="2026-11-29T08:00:00Z",
                direction="Outgoing",
                device_uri="sip:192.168.0.90",
                remote_uri=to,
                call_type="SIP",
                audio_codec="PCMU",
                sip_account_id=account or PEER_TO_PEER,
            )
            for number, (to, account) in enumerate(self.placed)
        ]
        return msgspec.json.encode(calls[::-1]).decode()

    def _check(self) -> None:
        if self.error is not None:
            raise self.error


class AbsentSip:
    """Nobody."""

    def __getattr__(self, name: str) -> Any:
        async def away(*_arguments: Any) -> NoReturn:
            raise Unavailable("the sip daemon does not answer now")

        return away
