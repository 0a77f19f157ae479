"""The parts of an upgrade, wired, and the daemon's face for it on the bus."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from common import product
from common.bus.suite import HTTP
from common.daemon import Daemon
from common.lamps import Lamps
from common.params.client import ParamsClient
from daemons.system.adapters.health import UnitHealth
from daemons.system.adapters.rauc import RaucSlots
from daemons.system.adapters.settings import UnitSettings
from daemons.system.adapters.spool import SpoolFile
from daemons.system.adapters.update_record import RecordFile
from daemons.system.unit import Unit
from daemons.system.update.firmware import Firmware
from daemons.system.update.trial import Trial
from daemons.system.update.upgrades import Upgrades
from daemons.system.update_service import UpdateService
from hw.ports import Board


@dataclass(frozen=True)
class Upgrading:
    """What the daemon runs for upgrades."""

    upgrades: Upgrades
    trial: Trial


def open_upgrading(
    daemon: Daemon,
    board: Board,
    unit: Unit,
    params: ParamsClient,
    lamps: Lamps,
    reset: Callable[[str, str], Awaitable[None]],
    version_known: Callable[[], None],
) -> Upgrading:
    """Wire the parts and offer them on the bus; `version_known` is called when the running version is."""
    connection, folder = daemon.connection, daemon.state / "update"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    slots = (
        board.slots(daemon.state / "slots", unit.boot.id)
        if board.slots is not None
        else RaucSlots(connection)
    )
    firmware = Firmware(RecordFile(folder), unit.clock, unit.boot.id, product.VERSION)
    settings = UnitSettings(params, reset)
    upgrades = Upgrades(firmware, slots, SpoolFile(folder), settings, unit.power, lamps)
    health = UnitHealth(
        connection, params, unit.readiness, has_loudspeaker=board.amplifier is not None
    )

    def began() -> None:
        unit.version = firmware.version
        version_known()

    trial = Trial(upgrades, slots, health, unit.power, began)
    unit.before_restart = trial.keep_tries
    connection.export(lambda: UpdateService(connection, upgrades, trial))
    # What http had begun to bring will not come any more when it has gone.
    connection.watch(HTTP, lambda there: None if there else upgrades.abandon())
    return Upgrading(upgrades, trial)
