"""A real broker with the generated policy refuses what the matrix refuses, user by user."""

import asyncio
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from sdbus import SdBus, sd_bus_open_system
from sdbus.exceptions import (
    DbusAccessDeniedError,
    DbusUnknownInterfaceError,
    DbusUnknownMethodError,
    DbusUnknownObjectError,
)

from common.bus.callers import load_matrix
from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.ioports import IoPortsInterface
from common.bus.policy import methods_of, policy
from common.bus.suite import HTTP, IOPORTS, SUITE, SYSTEM, Member
from common.paths import LIBRARY
from tests.contract.private_bus import eventually

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can connect to the bus as other users"
)

STANDARD_POLICY = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
  </policy>
  <includedir>{folder}/system.d</includedir>
</busconfig>
"""
"""What a distribution's system bus allows before any service speaks."""

ARRIVED = (DbusUnknownObjectError, DbusUnknownInterfaceError, DbusUnknownMethodError)
"""The owner's answer: the test exports no objects, so a call that the broker lets through ends so."""


CALL_LEDS = """\
import asyncio, os
from common.bus.connection import Connection
from common.bus.ioports import IoPortsInterface
from common.bus.suite import HTTP, IOPORTS

connection = Connection(HTTP)

async def main():
    async with asyncio.TaskGroup() as tasks, connection.opened(tasks, alive=lambda: None):
        print(await connection.proxy(IoPortsInterface, IOPORTS).leds())

# Last, because the tree may be nobody else's to read.
os.setuid({uid})
asyncio.run(main())
"""
"""A caller in a process of its own: sd-bus asks the kernel about the living process, not only the connection."""


@contextmanager
def broker(users: dict[Member, str]) -> Iterator[None]:
    """Run a system-like broker with the generated policy; `users` stand in for the daemons' users."""
    with tempfile.TemporaryDirectory(prefix="c8210-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "bus.conf").write_text(STANDARD_POLICY.format(folder=folder))
        (folder / "system.d").mkdir()
        matrix = load_matrix()
        for member in SUITE:
            text = policy(member, matrix, user=users.__getitem__)
            (folder / "system.d" / f"{member.bus_name}.conf").write_text(text)
        process = subprocess.Popen(
            [
                *("dbus-daemon", f"--config-file={folder}/bus.conf"),
                *("--nofork", "--nopidfile", "--print-address"),
            ],
            stdout=subprocess.PIPE,
        )
        before = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS")
        try:
            assert process.stdout is not None
            os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = process.stdout.readline().decode().strip()
            yield
        finally:
            os.environ.pop("DBUS_SYSTEM_BUS_ADDRESS")
            if before is not None:
                os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = before
            process.kill()
            process.communicate()


@asynccontextmanager
async def connected_as(user: str) -> AsyncIterator[SdBus]:
    """Connect as `user`: the broker asks the kernel who it was that connected."""
    os.seteuid(pwd.getpwnam(user).pw_uid)
    try:
        bus = sd_bus_open_system()
    finally:
        os.seteuid(0)
    try:
        yield bus
    finally:
        bus.close()


@pytest.fixture
def users() -> dict[Member, str]:
    """An ordinary user of this machine for each daemon, all different."""
    ordinary = [entry.pw_name for entry in pwd.getpwall() if entry.pw_uid != 0]
    assert len(ordinary) > len(SUITE)
    return dict(zip(SUITE, ordinary, strict=False))


def stranger(users: dict[Member, str]) -> str:
    """Return a user who is none of the daemons."""
    return next(
        entry.pw_name
        for entry in reversed(pwd.getpwall())
        if entry.pw_uid != 0 and entry.pw_name not in users.values()
    )


async def lets_through(bus: SdBus, member: Member, interface: str, method: str) -> bool:
    """Return whether a call reaches the owner of `member`'s name."""
    message = bus.new_method_call_message(member.bus_name, member.path, interface, method)
    try:
        async with asyncio.timeout(10):
            await bus.call_async(message)
    except DbusAccessDeniedError:
        return False
    except ARRIVED:
        return True
    raise AssertionError(f"somebody answered {interface}.{method}")


async def test_the_broker_lets_through_exactly_what_the_matrix_allows(
    users: dict[Member, str],
) -> None:
    """Every method of every daemon, called by every daemon's user and by a stranger."""
    matrix = load_matrix()
    tried = 0
    with broker(users):
        async with AsyncExitStack() as stack:
            buses: dict[str, SdBus] = {}
            for member in SUITE:
                bus = await stack.enter_async_context(connected_as(users[member]))
                await bus.request_name_async(member.bus_name, 0)
                buses[member.bus_name] = bus
            buses["a stranger"] = await stack.enter_async_context(connected_as(stranger(users)))
            for member in SUITE:
                offered = {
                    **methods_of(member),
                    "org.freedesktop.DBus.Properties": frozenset({"GetAll"}),
                    "org.c8210.NoSuch1": frozenset({"Method"}),
                }
                for interface, methods in offered.items():
                    for method in methods:
                        allowed = matrix.get(interface, {}).get(method, frozenset())
                        for caller, bus in buses.items():
                            passed = await lets_through(bus, member, interface, method)
                            assert passed == (caller in allowed), (caller, interface, method)
                            tried += 1
    assert tried > 300


async def test_a_name_can_be_owned_only_by_its_own_daemon(users: dict[Member, str]) -> None:
    """A taken-over daemon cannot pose as another."""
    with broker(users):
        for claimed in SUITE:
            for user in (*users.values(), stranger(users)):
                async with connected_as(user) as bus:
                    if user == users[claimed]:
                        await bus.request_name_async(claimed.bus_name, 0)
                    else:
                        with pytest.raises(DbusAccessDeniedError):
                            await bus.request_name_async(claimed.bus_name, 0)


class Lamps(IoPortsInterface):
    """Stands in for ioports, with one method that answers."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection

    @exported
    async def leds(self) -> str:
        """Return something."""
        return "lit"


@asynccontextmanager
async def living_as(member: Member, user: str) -> AsyncIterator[tuple[Connection, list[None]]]:
    """Be `member` on the bus as `user`; the list grows with each answer of the broker to a ping."""
    connection, fed = Connection(member), list[None]()
    os.seteuid(pwd.getpwnam(user).pw_uid)
    try:
        async with (
            asyncio.TaskGroup() as tasks,
            connection.opened(tasks, alive=lambda: fed.append(None)),
        ):
            os.seteuid(0)
            yield connection, fed
    finally:
        os.seteuid(0)


async def test_a_daemon_can_live_on_a_bus_with_the_standard_policy(
    users: dict[Member, str],
) -> None:
    """What the connection itself asks of the broker, its pings included, is nothing that a system bus forbids."""
    with broker(users):
        async with living_as(SYSTEM, users[SYSTEM]) as (connection, fed):
            await eventually(lambda: len(fed) >= 2, "two answers of the broker")
            assert connection.connected


async def test_a_daemon_answers_another_user(users: dict[Member, str]) -> None:
    """sd-bus by itself would answer only the service's own user, which in development everybody is."""
    code = CALL_LEDS.format(uid=pwd.getpwnam(users[HTTP]).pw_uid)
    with broker(users):
        async with living_as(IOPORTS, users[IOPORTS]) as (connection, _fed):
            connection.export(lambda: Lamps(connection))
            caller = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", code), cwd=LIBRARY, stdout=subprocess.PIPE
            )
            said, _ = await caller.communicate()
    assert said == b"lit\n"
