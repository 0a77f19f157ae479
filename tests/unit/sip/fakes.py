"""What stands around the calls: who hears of them, a stack that takes orders, sound that flows."""

from common.clock import ManualClock
from common.errors import Unavailable
from common.sip import (
    Account,
    AccountAttributes,
    CallState,
    Configuration,
    ConfigurationAttributes,
    Direction,
)
from daemons.sip.accounts.accounts import Accounts
from daemons.sip.accounts.registration import account_id
from daemons.sip.calls.conduct import Conduct
from daemons.sip.calls.registry import Call, Registry
from daemons.sip.stack import wire

PEER = Account(id="peer-to-peer", user_id="peer-to-peer", is_default=True)
RINGING = Account(
    id="sip_account_1", user_id="joe", attributes=AccountAttributes(answer_automatically=False)
)
OFF = Account(id="sip_account_2", user_id="jane", enabled=False)


class Heard:
    """Keeps what is told of calls."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def state(self, state: CallState) -> None:
        """All calls together are in another state."""
        self.said.append(state)

    def change(self, call: Call) -> None:
        """A call's state has changed, for its reason."""
        self.said.append(f"({call.reason})")


class Flow:
    """Sound that nobody hears."""

    def __init__(self) -> None:
        self.flowing: dict[str, str] = {}

    def flow(self, call: str, who: str, direction: Direction) -> None:
        """A call has sound from now on."""
        self.flowing[call] = f"{who} {direction}"

    def stop(self, call: str) -> None:
        """It has none any more."""
        self.flowing.pop(call, None)


class Calls:
    """The calls of a unit with three accounts and a stack that does as it is told here."""

    def __init__(self, **attributes: int) -> None:
        self.clock = ManualClock()
        self.heard = Heard()
        self.sound = Flow()
        self.orders: list[wire.Order] = []
        self.running = True
        self.registry = Registry(self.clock, self.heard, account_id)
        self.accounts = Accounts(self.clock)
        self.configuration = Configuration(
            sip_enabled=True,
            allow_incoming_calls=True,
            attributes=ConfigurationAttributes(**attributes),  # type: ignore[arg-type]
        )
        self.accounts.take(self.configuration, (PEER, RINGING, OFF))
        self.conduct = Conduct(self.registry, self.accounts, self.sound, self._tell, self.clock)
        self.conduct.configuration = self.configuration

    def _tell(self, order: wire.Order) -> None:
        if not self.running:
            raise Unavailable("the SIP stack does not run")
        self.orders.append(order)

    def comes(
        self, id_: str = "In-1", account: str = "peer-to-peer", at: str = "192.0.2.7"
    ) -> None:
        """Somebody calls."""
        self.conduct.incoming(
            wire.Incoming(id_, account, '"Joe" <sip:joe@192.0.2.7>', "sip:192.0.2.1", at)
        )

    def says(
        self, id_: str, state: str, code: int = 0, text: str = "", *, media: bool = False
    ) -> None:
        """The stack says that a call is in another state."""
        self.conduct.changed(wire.Changed(id_, state, code, text, media=media))

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)
        self.conduct.expire()

    def told(self) -> list[str]:
        """Return what was told of calls since the last time."""
        said, self.heard.said = self.heard.said, []
        return said

    def ordered(self) -> list[wire.Order]:
        """Return what the stack was told since the last time."""
        orders, self.orders = self.orders, []
        return orders
