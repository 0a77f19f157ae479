"""What drivers and adapters read from the machine itself."""

import asyncio
import ipaddress
import subprocess
import sys
from pathlib import Path

import pytest

from daemons.system.adapters import serial_number
from daemons.system.adapters.addresses import read_addresses
from daemons.system.adapters.boot import read_boot
from daemons.system.adapters.serial_number import read_identity
from hw.drivers.network_link import NetworkLink
from hw.drivers.network_nameplate import NetworkNameplate

LINK_FLAPS = """
import asyncio, fcntl, socket, struct, sys
from pathlib import Path
from hw.drivers.network_link import NetworkLink

carrier = Path(sys.argv[1], "eth0", "carrier")

def stir(up):
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1 if up else 0))

async def main():
    seen = asyncio.Queue()
    async with asyncio.TaskGroup() as tasks:
        link = tasks.create_task(NetworkLink("eth0", Path(sys.argv[1])).run(seen.put_nowait), name="link")
        async with asyncio.timeout(10):
            print(await seen.get())
            for connected in (False, True):
                carrier.write_text(f"{connected:d}")
                stir(up=not connected)
                print(await seen.get())
        link.cancel()

asyncio.run(main())
"""


def interface(network: Path, name: str, address: str, *, hardware: bool = True) -> None:
    """Make what sysfs shows of an interface."""
    folder = network / name
    folder.mkdir(parents=True)
    (folder / "address").write_text(address + "\n")
    if hardware:
        (folder / "device").mkdir()


async def test_the_serial_number_is_the_address_of_the_boards_interface(tmp_path: Path) -> None:
    """In capitals, without colons."""
    interface(tmp_path, "enp1s0", "00:11:22:33:44:55")
    interface(tmp_path, "eth0", "ac:cc:8e:01:23:45")
    assert await NetworkNameplate("eth0", tmp_path).serial_number() == "ACCC8E012345"


async def test_a_computer_has_the_address_of_its_first_real_card(tmp_path: Path) -> None:
    """Bridges and loopback are no hardware; without hardware the first address counts."""
    interface(tmp_path, "br0", "02:42:ac:11:00:02", hardware=False)
    interface(tmp_path, "lo", "00:00:00:00:00:00", hardware=False)
    assert await NetworkNameplate(None, tmp_path).serial_number() == "0242AC110002"
    interface(tmp_path, "wlp2s0", "a0:b1:c2:d3:e4:f5")
    assert await NetworkNameplate(None, tmp_path).serial_number() == "A0B1C2D3E4F5"


async def test_a_computer_without_network_has_a_number_of_its_own(tmp_path: Path) -> None:
    """The same at each start, another on another machine, marked as locally administered."""
    (tmp_path / "net").mkdir()
    numbers = []
    for machine in ("a" * 32, "a" * 32, "b" * 32):
        (tmp_path / "machine-id").write_text(machine)
        plate = NetworkNameplate(None, tmp_path / "net", tmp_path / "machine-id")
        numbers.append(await plate.serial_number())
    assert numbers[0] == numbers[1] != numbers[2]
    assert all(len(number) == 12 and number.startswith("02") for number in numbers)


async def test_the_serial_number_stays_what_it_was_on_the_first_boot(tmp_path: Path) -> None:
    """Passwords hold for it, though a computer's cards come and go; a damaged note is read anew."""

    class Plate:
        number = "ACCC8E012345"

        async def serial_number(self) -> str:
            return self.number

    plate = Plate()
    assert (await read_identity(tmp_path, plate)).serial_number == "ACCC8E012345"
    plate.number = "ACCC8E543210"
    assert (await read_identity(tmp_path, plate)).serial_number == "ACCC8E012345"
    (tmp_path / "serial_number").write_text("half")
    assert (await read_identity(tmp_path, plate)).serial_number == "ACCC8E543210"


async def test_the_first_boot_waits_for_the_interface_on_the_label(tmp_path: Path) -> None:
    """Its driver is loaded while services start; another interface's address would be the unit's for ever."""
    network = tmp_path / "net"
    interface(network, "enxa0b1c2d3e4f5", "a0:b1:c2:d3:e4:f5")
    plate = NetworkNameplate("eth0", network)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(
            read_identity(tmp_path, plate, network / "eth0"), name="first boot"
        )
        await asyncio.sleep(0.3)
        assert not reading.done()
        interface(network, "eth0", "ac:cc:8e:01:23:45")
    assert reading.result().serial_number == "ACCC8E012345"


async def test_a_unit_whose_interface_never_comes_has_a_number_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be reached by another one, and says what is wrong."""
    monkeypatch.setattr(serial_number, "INTERFACE_WITHIN_S", 0.2)
    network = tmp_path / "net"
    interface(network, "enxa0b1c2d3e4f5", "a0:b1:c2:d3:e4:f5")
    plate = NetworkNameplate("eth0", network)
    found = await read_identity(tmp_path, plate, network / "eth0")
    assert found.serial_number == "A0B1C2D3E4F5"


@pytest.mark.parametrize(
    ("carrier", "connected"), [("1\n", True), ("0\n", False), (None, False), ("", False)]
)
def test_a_link_is_what_the_kernel_says(
    tmp_path: Path, carrier: str | None, connected: bool
) -> None:
    """An interface that is missing or down has none."""
    if carrier is not None:
        (tmp_path / "eth0").mkdir()
        (tmp_path / "eth0" / "carrier").write_text(carrier)
    assert NetworkLink("eth0", tmp_path).connected() == connected


@pytest.mark.covers("M-LED-04", part="link supervision")
def test_a_link_that_goes_and_comes_is_noticed_at_once(tmp_path: Path) -> None:
    """Woken by the kernel, in a network of the test's own."""
    (tmp_path / "eth0").mkdir()
    (tmp_path / "eth0" / "carrier").write_text("1")
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody have a network namespace")
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-P", "-c", LINK_FLAPS, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout.split() == ["True", "False", "True"], done.stderr


def test_the_addresses_are_those_of_this_machine_without_loopback() -> None:
    """The unit's own interface comes first, and its figures fit together."""
    found = read_addresses(None)
    for address in found.all:
        assert not ipaddress.ip_address(address).is_loopback
    versions = [ipaddress.ip_address(address).version for address in found.all]
    assert versions == sorted(versions)
    if found.address:
        assert found.address == found.all[0]
        network = ipaddress.ip_network(f"{found.address}/{found.netmask}", strict=False)
        assert str(network.broadcast_address) == found.broadcast
    assert set(found.ipv6) <= set(found.all)
    assert read_addresses("no-such-interface").address == ""


def test_a_boot_is_the_kernels_or_the_suites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a device the kernel counts; in development each start of the suite has its own id."""
    monkeypatch.delenv("C8210_BOOT_ID", raising=False)
    kernel = read_boot(tmp_path)
    assert kernel.id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert kernel.uptime_s(100) == 100
    monkeypatch.setenv("C8210_BOOT_ID", "one")
    first = read_boot(tmp_path)
    assert read_boot(tmp_path) == first
    (tmp_path / "boot.json").write_text("{")
    assert read_boot(tmp_path).id == "one"
    monkeypatch.setenv("C8210_BOOT_ID", "two")
    assert read_boot(tmp_path).id == "two"
