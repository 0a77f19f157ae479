"""The certificates that the system daemon makes for the web server and for SIP."""

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from common.device import Device
from common.params.client import ParamsClient
from common.params.kinds import Access
from daemons.system.adapters.certificate import READERS, OwnCertificate, Reader
from daemons.system.certificate_names import CertificateNames, names_of_unit
from daemons.system.ports import Addresses
from tests.contract.private_bus import PrivateBus, eventually
from tests.contract.unit_at_work import SERIAL_NUMBER, working_unit

NAMES = names_of_unit("axis-02c821000001", Addresses(("192.0.2.90", "fe80::1")))


def handshake(folder: Path, name: str) -> None:
    """Have a client that trusts this certificate alone open the unit under `name`."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    client = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=name)
    far = server.wrap_bio(to_server, to_client, server_side=True)
    for _round in range(4):
        for end in (near, far):
            with contextlib.suppress(ssl.SSLWantReadError):
                end.do_handshake()


def loaded(folder: Path) -> x509.Certificate:
    """Return the certificate in `folder`."""
    return x509.load_pem_x509_certificate((folder / "certificate.pem").read_bytes())


def files_in(folder: Path) -> list[str]:
    """Return the names of all files below `folder`."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.covers("M-GET-07", "M-GET-11", part="certificate")
async def test_on_the_first_boot_the_unit_is_trusted_under_all_its_names(bus: PrivateBus) -> None:
    """By address and by host name; under a stranger's name it is not."""
    async with working_unit(bus) as unit:
        device = msgspec.json.decode(await unit.as_http.device(), type=Device)
    folder = bus.state / "system" / "tls" / "nginx"
    host_name = f"axis-{SERIAL_NUMBER.lower()}"
    for name in (
        *device.addresses,
        host_name,
        f"{host_name}.local",
        "localhost",
        "127.0.0.1",
        socket.gethostname(),
    ):
        handshake(folder, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(folder, "example.com")


async def test_only_the_group_of_who_needs_a_key_can_read_it(bus: PrivateBus) -> None:
    """And the folder lets nobody else in; nobody has the other's key."""
    keys = set()
    async with working_unit(bus):
        for reader in ("nginx", "sip"):
            folder = bus.state / "system" / "tls" / reader
            assert folder.stat().st_mode & 0o007 == 0
            for name in ("key.pem", "certificate.pem"):
                assert (folder / name).stat().st_mode & 0o777 == 0o640
            assert files_in(folder) == ["certificate.pem", "key.pem"]
            handshake(folder, f"axis-{SERIAL_NUMBER.lower()}")
            keys.add((folder / "key.pem").read_bytes())
    assert len(keys) == 2


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
async def test_only_who_is_a_client_has_a_certificate_for_that(
    tmp_path: Path, reader: Reader
) -> None:
    """A server that asks a SIP client for its certificate finds that it is meant for it."""
    await OwnCertificate(tmp_path, reader).ensure(NAMES)
    extensions = loaded(tmp_path / "tls" / reader.name).extensions
    usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert (ExtendedKeyUsageOID.CLIENT_AUTH in usages) == (reader.name == "sip")
    assert ExtendedKeyUsageOID.SERVER_AUTH in usages


async def test_a_new_name_is_covered_with_the_same_key(tmp_path: Path) -> None:
    """Pins on the key hold; a name that goes changes nothing."""
    own = OwnCertificate(tmp_path)
    folder = tmp_path / "tls" / "nginx"
    assert await own.ensure(NAMES)
    first = loaded(folder)
    assert not await own.ensure(NAMES)
    assert not await OwnCertificate(tmp_path).ensure(CertificateNames(("localhost",), ("::1",)))
    assert loaded(folder) == first
    assert await own.ensure(CertificateNames((*NAMES.host_names, "porch"), NAMES.addresses))
    second = loaded(folder)
    assert second.public_key() == first.public_key()
    assert second.serial_number != first.serial_number
    handshake(folder, "porch")


async def test_only_who_may_hold_an_older_one_loads_it_again(tmp_path: Path) -> None:
    """The web server waits for the first; a reload would close the connections of the first callers."""
    asked: list[None] = []
    own = OwnCertificate(tmp_path, ask_reload=lambda: asked.append(None))
    assert await own.ensure(NAMES)
    assert not asked
    assert await own.ensure(CertificateNames((*NAMES.host_names, "porch"), NAMES.addresses))
    assert len(asked) == 1
    own.file.unlink()
    assert await own.ensure(NAMES)
    assert len(asked) == 2


@pytest.mark.covers("M-GET-07", part="host name changed")
async def test_a_changed_host_name_is_live_at_once(bus: PrivateBus) -> None:
    """The certificate is made anew for it, with the same key, and the name in use is published."""
    folder = bus.state / "system" / "tls" / "nginx"
    async with working_unit(bus) as unit:
        before = loaded(folder)
        params = ParamsClient(unit.http)
        changes = {"Network.HostName": "Porch", "Network.DomainName": "example.org"}
        _, refused = await params.bus.update(changes, int(Access.ADMIN), "test", True)
        assert not refused
        await eventually(lambda: loaded(folder) != before, "a new certificate")
        handshake(folder, "porch.example.org")
        handshake(folder, "porch.local")
        assert loaded(folder).public_key() == before.public_key()
        async with asyncio.timeout(5):
            while (await params.values(["Network.VolatileHostName"]))[
                "Network.VolatileHostName.HostName"
            ] != "Porch":
                await asyncio.sleep(0.01)
        device = msgspec.json.decode(await unit.as_http.device(), type=Device)
        assert device.host_name == "Porch"


@pytest.mark.parametrize("damaged", ["key.pem", "certificate.pem"])
@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERT"])
async def test_what_is_damaged_or_missing_is_made_anew(
    tmp_path: Path, damaged: str, content: bytes | None
) -> None:
    """The unit is never locked out by half a file; the key stays if it is whole."""
    own = OwnCertificate(tmp_path)
    folder = tmp_path / "tls" / "nginx"
    await own.ensure(NAMES)
    before = loaded(folder)
    if content is None:
        (folder / damaged).unlink()
    else:
        (folder / damaged).write_bytes(content)
    assert await own.ensure(NAMES)
    handshake(folder, "localhost")
    assert (loaded(folder).public_key() == before.public_key()) == (damaged != "key.pem")


async def test_a_damaged_note_is_none(tmp_path: Path) -> None:
    """Nobody knows then what the certificate was made for: it is made anew."""
    own = OwnCertificate(tmp_path)
    await own.ensure(NAMES)
    (tmp_path / "tls" / "nginx.json").write_bytes(b'{"certificate":"\xff"}')
    assert await own.ensure(NAMES)
    handshake(tmp_path / "tls" / "nginx", "localhost")


async def test_wiping_leaves_nothing_behind(tmp_path: Path) -> None:
    """No key, no certificate, no note of them; twice is no error."""
    own = OwnCertificate(tmp_path)
    await own.ensure(NAMES)
    own.wipe()
    own.wipe()
    assert files_in(tmp_path) == []
