"""What the sip daemon offers: accounts, calls and what they do.

What is a `str` without a name of its own is JSON of the types in `common.sip`. A change is on disk when its method
returns; what cannot be is `InvalidValue` and changes nothing; an id that nothing has is `NotFound`.
"""

from collections.abc import Mapping
from typing import ClassVar

from common.bus.contract import dbus_method
from common.bus.daemon import DaemonInterface


class SipInterface(DaemonInterface, interface_name="org.c8210.Sip1"):
    """Accounts and calls."""

    call_timeouts_s: ClassVar[Mapping[str, float]] = {"Call": 15.0}

    # -- settings --

    @dbus_method("", "s")
    async def state(self) -> str:
        """Return State."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def configuration(self) -> str:
        """Return Configuration, without secrets."""
        raise NotImplementedError

    @dbus_method("sb", "")
    async def configure(self, changes: str, keep_current: bool) -> None:
        """Take fields of a Configuration; those not sent stay with `keep_current`, else they get their default.

        `Attributes` are taken one by one in the same way.
        """
        raise NotImplementedError

    @dbus_method("", "s")
    async def codecs(self) -> str:
        """Return Codecs."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def choose_codecs(self, codecs: str) -> None:
        """Use a list of AudioCodec in its order; at least one (M-SIP-14)."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def vms_calls(self) -> str:
        """Return VmsCalls."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def configure_vms_calls(self, vms_calls: str) -> None:
        """Take VmsCalls in the place of those before."""
        raise NotImplementedError

    # -- accounts --

    @dbus_method("", "s")
    async def accounts(self) -> str:
        """Return a list of Account, without secrets, the peer-to-peer one first, then in order of their numbers."""
        raise NotImplementedError

    @dbus_method("s", "as")
    async def put_accounts(self, accounts: str) -> list[str]:
        """Take a list of Account, all or none, and return their ids; one with an unknown or no id is new.

        A field that is not sent has its default. One that becomes the default takes that from the other.
        Passwords that are kept while the servers change are InvalidValue: they must be sent again.
        """
        raise NotImplementedError

    @dbus_method("as", "")
    async def remove_accounts(self, ids: list[str]) -> None:
        """Remove accounts; unknown ids are ignored. Conflict for the default one while others stay (M-SIP-24).

        When all are removed the peer-to-peer account is there again. DTMF configurations that no other account has
        go with them; sequences and their events stay, for rules know them.
        """
        raise NotImplementedError

    @dbus_method("", "s")
    async def account_statuses(self) -> str:
        """Return a list of AccountStatus, in the order of `accounts`."""
        raise NotImplementedError

    # -- DTMF --

    @dbus_method("", "sss")
    async def dtmf(self) -> tuple[str, str, str]:
        """Return the lists of DtmfConfiguration, DtmfEvent and DtmfTrigger."""
        raise NotImplementedError

    @dbus_method("ss", "as")
    async def put_dtmf(self, kind: str, entities: str) -> list[str]:
        """Take a list of `configuration`, `event` or `trigger`, all or none, and return their ids."""
        raise NotImplementedError

    @dbus_method("sas", "")
    async def remove_dtmf(self, kind: str, ids: list[str]) -> None:
        """Remove `configuration`, `event` or `trigger`; unknown ids are ignored, and what named them forgets them."""
        raise NotImplementedError

    # -- calls --

    @dbus_method("ss", "s")
    async def call(self, to: str, account: str) -> str:
        """Call `sip:...`, `sips:...`, a bare address or `VMS_CALL`, by an account ("": the default one).

        Returns the call's id as soon as the call is placed. Unavailable while SIP is off or the stack does not run;
        Conflict when as many calls are up as there may be.
        """
        raise NotImplementedError

    @dbus_method("s", "")
    async def terminate(self, call: str) -> None:
        """End a call in whatever state it is; an ended one is no error."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def calls(self) -> str:
        """Return a list of CallStatus, the newest first: those under way, and 50 that ended within the last hour."""
        raise NotImplementedError

    @dbus_method("", "u")
    async def answer_calls(self) -> int:
        """Answer every call that rings, and return how many; Conflict when none does."""
        raise NotImplementedError

    @dbus_method("", "u")
    async def end_calls(self) -> int:
        """End every call, and return how many there were; Conflict when there is none."""
        raise NotImplementedError
