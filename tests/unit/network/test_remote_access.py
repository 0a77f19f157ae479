"""Servers are started and stopped as their parameters say; what the truth is can be seen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from common.errors import ApplianceError, NotPermitted, NotSupported
from common.remote_access import HostKey, Server, ServerState
from common.systemd import ServiceState
from daemons.network.adapters.host_keys import read_host_keys
from daemons.network.remote_access import FTP, SSH, Remote

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl somebody\n"
FINGERPRINT = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"


class FakeServices:
    """A systemd that does at once what it is told."""

    def __init__(self) -> None:
        self.states = {SSH.unit: ServiceState("inactive", "success")} | {
            FTP.unit: ServiceState("inactive", "success")
        }
        self.orders: list[str] = []
        self.fails: ApplianceError | None = None
        self.ordered = asyncio.Event()

    async def state(self, unit: str) -> ServiceState:
        """Return how a service is."""
        if isinstance(self.fails, NotSupported):
            raise self.fails
        return self.states[unit]

    async def start(self, unit: str) -> None:
        """Start it."""
        self._order("start", unit, "active")

    async def stop(self, unit: str) -> None:
        """Stop it."""
        self._order("stop", unit, "inactive")

    def _order(self, verb: str, unit: str, active: str) -> None:
        self.orders.append(f"{verb} {unit}")
        self.ordered.set()
        if self.fails is not None:
            raise self.fails
        self.states[unit] = ServiceState(active, "success")

    async def heard(self, *orders: str) -> None:
        """Wait until it was told this, and nothing else."""
        async with asyncio.timeout(5):
            while self.orders != list(orders):
                self.ordered.clear()
                assert len(self.orders) <= len(orders), self.orders
                await self.ordered.wait()


@asynccontextmanager
async def running(services: FakeServices, retry_s: float = 60) -> AsyncIterator[Remote]:
    """Run it."""
    remote = Remote(services, lambda: [HostKey("ssh-ed25519", FINGERPRINT)])
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(remote.run(retry_s), name="remote access")
        yield remote
        task.cancel()


def parameters(ssh: str, ftp: str) -> dict[str, str]:
    """Return both parameters."""
    return {SSH.parameter: ssh, FTP.parameter: ftp}


async def test_each_server_follows_its_parameter() -> None:
    """Started once, stopped once, and the other left alone."""
    services = FakeServices()
    async with running(services) as remote:
        remote.take(parameters("yes", "no"))
        await services.heard("start ssh.service")
        remote.take({FTP.parameter: "yes"})
        await services.heard("start ssh.service", "start vsftpd.service")
        remote.take({SSH.parameter: "no"})
        await services.heard("start ssh.service", "start vsftpd.service", "stop ssh.service")
        view = await remote.view()
        assert view.ssh == Server(False, ServerState.STOPPED)
        assert view.ftp == Server(True, ServerState.RUNNING)
        assert view.host_keys == [HostKey("ssh-ed25519", FINGERPRINT)]


async def test_a_server_that_should_not_run_is_stopped_at_the_start() -> None:
    """Whoever has started it."""
    services = FakeServices()
    services.states[SSH.unit] = ServiceState("active", "success")
    services.states[FTP.unit] = ServiceState("activating", "exit-code")
    async with running(services) as remote:
        remote.take(parameters("no", "no"))
        await services.heard("stop ssh.service", "stop vsftpd.service")


async def test_what_is_not_known_is_left_as_it_is() -> None:
    """The params daemon is away: who is logged in stays so."""
    services = FakeServices()
    services.states[SSH.unit] = ServiceState("active", "success")
    async with running(services) as remote:
        remote.wake()
        remote.take({FTP.parameter: "yes"})
        await services.heard("start vsftpd.service")
        assert services.states[SSH.unit].active == "active"


async def test_a_server_that_failed_is_started_again_when_it_is_wanted() -> None:
    """And until then the view says why."""
    services = FakeServices()
    services.states[SSH.unit] = ServiceState("failed", "exit-code")
    async with running(services) as remote:
        assert (await remote.view()).ssh == Server(
            False, ServerState.FAILED, "the server ended: exit-code"
        )
        remote.take(parameters("yes", "no"))
        await services.heard("start ssh.service")


async def test_an_order_that_was_refused_is_given_again() -> None:
    """The other server is served all the same."""
    services = FakeServices()
    services.fails = NotPermitted("no")
    async with running(services, retry_s=0.01) as remote:
        remote.take(parameters("yes", "yes"))
        async with asyncio.timeout(5):
            while services.orders.count("start vsftpd.service") < 2:
                services.ordered.clear()
                await services.ordered.wait()
        services.fails = None
        async with asyncio.timeout(5):
            while {state.active for state in services.states.values()} != {"active"}:
                services.ordered.clear()
                await services.ordered.wait()


async def test_without_systemd_the_view_says_so() -> None:
    """The parameter is kept, and nothing pretends."""
    services = FakeServices()
    services.fails = NotSupported("the unit does not run under systemd")
    async with running(services) as remote:
        remote.take(parameters("yes", "no"))
        view = await remote.view()
    expected = "the unit does not run under systemd"
    assert view.ssh == Server(True, ServerState.UNMANAGED, expected)
    assert view.ftp == Server(False, ServerState.UNMANAGED, expected)
    assert services.orders == []


def test_fingerprints_are_those_that_openssh_shows(tmp_path: Path) -> None:
    """The example is of GitHub's published key; a missing or broken one is left out."""
    assert read_host_keys(tmp_path) == []
    (tmp_path / "ssh_host_ed25519_key.pub").write_text(KEY)
    assert read_host_keys(tmp_path) == [HostKey("ssh-ed25519", FINGERPRINT)]


@pytest.mark.parametrize("content", ["", "ssh-rsa", "ssh-rsa %%%\n"])
def test_a_broken_key_is_left_out(tmp_path: Path, content: str) -> None:
    """The others are shown."""
    (tmp_path / "ssh_host_ed25519_key.pub").write_text(KEY)
    (tmp_path / "ssh_host_rsa_key.pub").write_text(content)
    assert read_host_keys(tmp_path) == [HostKey("ssh-ed25519", FINGERPRINT)]
