"""An mqtt daemon for tests of the edge: it keeps what it is given."""

import msgspec

from common.errors import ApplianceError, Unavailable
from common.mqtt import ClientConfig, Publication, Status, Subscriptions, View


class FakeMqtt:
    """Answers as the daemon does, without looking closely."""

    def __init__(self) -> None:
        self.config: ClientConfig | None = None
        self.active = False
        self.error: ApplianceError | None = None
        """What every change is refused with."""
        self._publication = Publication()
        self._subscriptions = Subscriptions()

    async def client(self) -> str:
        status = Status(self.active, connected=False, reason="" if self.active else "off")
        view = View(status, self.config, "axis/ACCC8E012345", "ACCC8E012345")
        return msgspec.json.encode(view).decode()

    async def configure_client(self, config: str) -> None:
        self._check()
        self.config = msgspec.json.decode(config, type=ClientConfig)

    async def activate(self) -> None:
        self._check()
        self.active = True

    async def deactivate(self) -> None:
        self._check()
        self.active = False

    async def publication(self) -> str:
        return msgspec.json.encode(self._publication).decode()

    async def configure_publication(self, publication: str) -> None:
        self._check()
        self._publication = msgspec.json.decode(publication, type=Publication)

    async def subscriptions(self) -> str:
        return msgspec.json.encode(self._subscriptions).decode()

    async def configure_subscriptions(self, subscriptions: str) -> None:
        self._check()
        self._subscriptions = msgspec.json.decode(subscriptions, type=Subscriptions)

    def _check(self) -> None:
        if self.error is not None:
            raise self.error


class AbsentMqtt(FakeMqtt):
    """Nobody."""

    async def client(self) -> str:
        raise Unavailable("the mqtt daemon does not answer now")
