"""The record of the sip daemon: everything that a person sets of SIP.

It is one record, because its parts name each other: which account is the default, which DTMF configuration an account
has, which sequences that has. One record is written whole or not at all.
"""

import msgspec

from common.params.kinds import Reset
from common.params.registry import PARAMETERS, RecordType
from common.sip import (
    PEER_TO_PEER,
    Account,
    AudioCodec,
    Configuration,
    DtmfConfiguration,
    DtmfEvent,
    DtmfTrigger,
    VmsCalls,
)

AUTOMATIC = Account(id=PEER_TO_PEER, user_id=PEER_TO_PEER, name="peer to peer", is_default=True)
"""There from the start, and again when all others are removed (M-SIP-24)."""

DEFAULT_DTMF_ID = "dtmf_config_default"
DEFAULT_DTMF = DtmfConfiguration(id=DEFAULT_DTMF_ID, name="Peer-to-peer accounts")
"""Always there; peer-to-peer accounts have no other (M-SIP-46)."""


class Dtmf(msgspec.Struct, frozen=True):
    """All of it. What one names is there."""

    configurations: tuple[DtmfConfiguration, ...] = (DEFAULT_DTMF,)
    events: tuple[DtmfEvent, ...] = ()
    triggers: tuple[DtmfTrigger, ...] = ()

    def of(self, account: Account) -> DtmfConfiguration:
        """Return what an account goes by."""
        by_id = {each.id: each for each in self.configurations}
        own = by_id.get(account.dtmf_configuration_id) if account.registers else None
        return own or by_id.get(DEFAULT_DTMF_ID, DEFAULT_DTMF)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings; as they stand here, those of the factory."""

    configuration: Configuration = Configuration()
    accounts: tuple[Account, ...] = (AUTOMATIC,)
    """Exactly one is the default."""
    codecs: tuple[AudioCodec, ...] = ()
    """Empty: those of the factory, in its order."""
    dtmf: Dtmf = Dtmf()
    vms: VmsCalls = VmsCalls()
    numbers: dict[str, int] = {}
    """The next number of each kind of id: none is given twice, for rules and clients remember them."""


class SettingsRecord(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept; every password of the settings is empty there, and stands sealed beside them."""

    passwords: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    """By the keys of `daemons.sip.settings.passwords`."""

    def __repr__(self) -> str:
        return f"SettingsRecord(accounts={self.accounts})"


SETTINGS = PARAMETERS.declare_record(
    RecordType(
        "sip",
        owner="sip",
        shape=SettingsRecord,
        secret_fields=frozenset({"passwords"}),
        maximum=1,
        reset=Reset.RESTORE,
    )
)
