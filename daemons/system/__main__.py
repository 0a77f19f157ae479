"""The system daemon: who the unit is, who may use it, and when it starts again."""

import common.lean  # noqa: F401 - before all that loads what it keeps out

import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial

from common.bus.suite import DAEMONS, PARAMS, SYSTEM
from common.clock import SystemClock
from common.daemon import Daemon, run
from common.lamps import Lamps
from common.params.client import ParamsClient
from common.reload import asking
from daemons.system.accounts import Accounts
from daemons.system.adapters.account_records import AccountRecords
from daemons.system.adapters.announcements import Announcements
from daemons.system.adapters.audio import AudioDaemon
from daemons.system.adapters.boot import read_boot
from daemons.system.adapters.certificate import NGINX, READERS, OwnCertificate
from daemons.system.adapters.certificate_records import CertificateRecords
from daemons.system.adapters.certificate_worker import FixedCertificates, WorkerProcess
from daemons.system.adapters.keys import KeyFiles
from daemons.system.adapters.login1 import Login1
from daemons.system.adapters.resets import OwnResets
from daemons.system.adapters.serial_number import read_identity
from daemons.system.adapters.supervisor import Supervisor
from daemons.system.adapters.upgrading import open_upgrading
from daemons.system.adapters.upkeep import Upkeep
from daemons.system.certificates.store import Certificates
from daemons.system.locate import Locator
from daemons.system.passwords import RealmHasher
from daemons.system.power import Power
from daemons.system.readiness import Readiness
from daemons.system.ssh_accounts.subsystem import SshMaintenance
from daemons.system.unit import Unit
from hw.boards import load
from hw.drivers.network_nameplate import NETWORK


@asynccontextmanager
async def system(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the parts."""
    connection, tasks, state = daemon.connection, daemon.tasks, daemon.state
    board = load()
    clock = SystemClock()
    params = ParamsClient(connection)
    audio = AudioDaemon(connection)
    lamps = Lamps(connection, clock)
    announcements = Announcements(connection)
    key_files = KeyFiles(state)
    asks = {NGINX: asking("certificate")}
    certificates = [
        OwnCertificate(state, reader, asks.get(reader, lambda: None)) for reader in READERS
    ]
    resets = OwnResets(state, key_files, certificates)

    await params.wait()
    resets.follow(*await params.bus.generation())
    interface = NETWORK / board.interface if board.interface else None
    identity = await read_identity(state, board.nameplate(connection), interface)
    hasher = RealmHasher(identity.realm)

    def accounts_changed() -> None:
        upkeep.wake()
        announcements.verifiers_changed()

    def readiness_changed(ready: bool) -> None:
        if ready:
            lamps.drop("starting")
        announcements.ready_changed()

    async def reset_parameters(level: str, who: str) -> None:
        resets.follow(await params.bus.reset(level, who), level)
        unit.keys = key_files.read_or_make()
        await unit.accounts.load()
        await unit.certificates.load()
        accounts_changed()
        await ssh.load()

    async def reset_for_good(level: str, who: str) -> None:
        # No way back from an upgrade may bring back what somebody wipes.
        await params.bus.drop_kept()
        await reset_parameters(level, who)

    def begin(work: Callable[[], Coroutine[None, None, None]]) -> None:
        tasks.create_task(work(), name="going down")

    worker = WorkerProcess()
    unit = Unit(
        board=board.name,
        identity=identity,
        boot=read_boot(daemon.runtime),
        clock=clock,
        accounts=Accounts(AccountRecords(params, hasher), hasher, accounts_changed),
        certificates=Certificates(
            CertificateRecords(params),
            worker,
            FixedCertificates(worker, OwnCertificate(state, NGINX).file),
            announcements.certificates_changed,
        ),
        readiness=Readiness((member.name for member in DAEMONS), readiness_changed),
        locator=Locator(clock, lamps, audio),
        power=Power((Supervisor(), Login1(connection)), lamps, reset_for_good, begin),
        realtime=audio.realtime,
        keys=key_files.read_or_make(),
    )
    machine_name = socket.gethostname() if board.development else ""
    upkeep = Upkeep(unit, params, certificates, board.interface, machine_name)
    await upkeep.start()
    announcements.open(unit)
    ssh = SshMaintenance(connection, params, state, daemon.runtime)

    upgrading = open_upgrading(daemon, board, unit, params, lamps, reset_parameters, upkeep.wake)

    for member in DAEMONS:
        connection.watch(member, partial(unit.readiness.seen, member.name))
    connection.watch(PARAMS, lambda there: upkeep.start_anew() if there else None)
    tasks.create_task(lamps.run(), name="lamps")
    tasks.create_task(upgrading.trial.run(), name="upgrades")
    tasks.create_task(upkeep.run(), name="upkeep")
    tasks.create_task(upkeep.run_addresses(), name="addresses")
    tasks.create_task(ssh.run(), name="SSH accounts")
    yield


if __name__ == "__main__":
    run(SYSTEM, system)
