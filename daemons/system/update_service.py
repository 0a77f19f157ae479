"""The system daemon's side of the bus for upgrades."""

import msgspec

from common.bus.connection import Connection
from common.bus.daemon import exported, handed_over
from common.bus.update import UpdateInterface
from common.errors import InvalidValue
from common.update import Answer, Options
from daemons.system.update.trial import Trial
from daemons.system.update.upgrades import Upgrades


class UpdateService(UpdateInterface):
    """Unpacks and delegates."""

    def __init__(self, connection: Connection, upgrades: Upgrades, trial: Trial) -> None:
        super().__init__()
        self.connection = connection
        self._upgrades = upgrades
        self._trial = trial

    @exported
    async def progress(self) -> str:
        """Return how far it is."""
        return msgspec.json.encode(self._upgrades.firmware.progress()).decode()

    @exported
    async def prepare(self, size: int, who: str) -> str:
        """Get ready for an image."""
        return _packed(await self._upgrades.prepare(size, who))

    @exported
    async def spool(self) -> int:
        """Hand over what the image is written to."""
        return handed_over(self._upgrades.spool())

    @exported
    async def abandon(self) -> None:
        """Drop what has come."""
        self._upgrades.abandon()

    @exported
    async def upgrade(self, options: str, who: str) -> str:
        """Check, install, restart."""
        try:
            wanted = msgspec.json.decode(options, type=Options)
        except msgspec.DecodeError as error:
            raise InvalidValue(str(error)) from None
        return _packed(await self._upgrades.upgrade(wanted, who))

    @exported
    async def commit(self, who: str) -> str:
        """Confirm the version that runs."""
        return _packed(await self._trial.commit(who))

    @exported
    async def rollback(self, who: str) -> str:
        """Go back to the version before."""
        return _packed(await self._upgrades.rollback(who))

    @exported
    async def purge(self, who: str) -> str:
        """Drop the version before."""
        return _packed(await self._upgrades.purge(who))

    @exported
    async def stop_timer(self, who: str) -> None:
        """Stop the timer."""
        self._trial.stop_timer(who)

    @exported
    async def reboot(self, who: str) -> None:
        """Restart into the same version."""
        await self._trial.reboot(who)


def _packed(answer: Answer) -> str:
    return msgspec.json.encode(answer).decode()
