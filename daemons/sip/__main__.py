"""The sip daemon: accounts and calls. The stack itself is a process of its own."""

import common.lean  # noqa: F401 - before all that loads what it keeps out

import asyncio
import importlib.util
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.bus.audio import AudioInterface
from common.bus.params import ParamsInterface
from common.bus.suite import AUDIO, PARAMS, SIP
from common.certificate_files import CertificateFiles
from common.clock import SystemClock
from common.daemon import Daemon, run
from common.errors import ApplianceError
from common.params.client import RETRY_INTERVAL_S, ParamsClient
from daemons.sip.accounts.accounts import Accounts
from daemons.sip.accounts.registration import account_id
from daemons.sip.adapters.installed import Installed
from daemons.sip.adapters.network import Names, follow_addresses
from daemons.sip.adapters.sound import Sound
from daemons.sip.adapters.stack_process import Stack
from daemons.sip.adapters.store import Record
from daemons.sip.adapters.unit import Suite
from daemons.sip.calls.conduct import Conduct
from daemons.sip.calls.registry import Registry
from daemons.sip.calls.vms_calls import Vms
from daemons.sip.dtmf import Keys
from daemons.sip.exchange import Exchange, Parts
from daemons.sip.service import SipService
from daemons.sip.settings.book import Book

ADDRESS = "C8210_SIP_ADDRESS"
"""The only address to be called at, for tests and namespaces."""


def built() -> bool:
    """Whether this installation has the stack; it is not loaded into this process."""
    return importlib.util.find_spec("pjsua2") is not None


@asynccontextmanager
async def sip(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the parts."""
    connection, tasks = daemon.connection, daemon.tasks
    params = ParamsClient(connection)
    await params.wait()
    clock, stack, address = SystemClock(), Stack(), os.environ.get(ADDRESS, "")
    audio = connection.proxy(AudioInterface, AUDIO)
    suite = Suite(audio)
    registry = Registry(clock, suite, account_id)
    accounts = Accounts(clock)
    book = Book(Record(params), lambda: settings_hold())
    sound = Sound(audio, tasks, stack.tell, lambda call: exchange.playback_stopped(call))
    keys_folder = daemon.state.parent / "system" / "tls" / "sip"
    certificates = CertificateFiles(connection, daemon.runtime, lambda: exchange.follow())
    installed = Installed(certificates, keys_folder, daemon.runtime, address)
    names = Names(lambda: exchange.follow())
    exchange = Exchange(
        Parts(
            stack,
            book,
            registry,
            accounts,
            Conduct(registry, accounts, sound, stack.tell, clock),
            Vms(registry, tasks, suite.streams, clock),
            Keys(suite.pressed),
            names,
            clock,
            installed=installed,
            built=built,
        )
    )

    def settings_hold() -> None:
        installed.follow(book.accounts)
        exchange.follow()

    async def load() -> None:
        while True:
            try:
                await book.load()
            except ApplianceError:
                await asyncio.sleep(RETRY_INTERVAL_S)
            else:
                return

    def settings_changed() -> None:
        connection.start(load(), name="settings")

    await load()
    suite.export = connection.export(
        lambda: SipService(connection, book, exchange, registry, installed.check)
    )
    # A reset may be missed while one of us is away.
    await connection.subscribe(ParamsInterface.was_reset, PARAMS, lambda *_: settings_changed())
    connection.watch(PARAMS, lambda present: settings_changed() if present else None)
    if address:
        exchange.addresses_changed((address,))
    else:
        tasks.create_task(follow_addresses(exchange.addresses_changed), name="addresses")
    exchange.follow()
    tasks.create_task(certificates.run(), name="certificates")
    tasks.create_task(names.run(), name="names")
    tasks.create_task(exchange.keep_time(), name="time")
    tasks.create_task(stack.run(exchange), name="stack")
    yield


if __name__ == "__main__":
    run(SIP, sip)
