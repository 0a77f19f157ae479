"""The edge tries a configuration with the real nginx before it lets a parameter be written."""

import asyncio
import dataclasses
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.errors import InvalidValue
from common.paths import ETC
from daemons.http.adapters.nginx import Nginx
from daemons.http.front import Place
from daemons.http.settings import LiveSettings, Settings
from daemons.http.web_server import WebServer
from tests.suite import free_port
from tests.unit.http.test_front import PLACE


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A machine whose folders a test may write."""
    return dataclasses.replace(PLACE, etc=ETC, runtime=tmp_path, as_root=True)


@pytest.fixture
def taken() -> Iterator[str]:
    """A port on which something else listens."""
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        yield str(other.getsockname()[1])


@pytest.mark.parametrize("simulated", [True, False])
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"HTTPS.Enabled": "no"},
        {"System.BoaPort": "8080", "HTTPS.Port": "8443", "System.BoaKeepAliveTimeout": "600"},
        {f"System.BoaGroupPolicy.{role}": "http" for role in ("admin", "operator", "viewer")},
        {"HTTPS.Ciphers": "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"},
    ],
)
async def test_nginx_takes_every_configuration_that_parameters_can_make(
    place: Place, tmp_path: Path, simulated: bool, values: dict[str, str]
) -> None:
    """On the simulated board and on others; installed whole, and left alone when nothing changed."""
    installed = tmp_path / "nginx.conf"
    nginx = Nginx(dataclasses.replace(place, simulated=simulated), installed)
    settings = Settings.read(values)
    await nginx.install(settings)
    before = installed.stat()
    await nginx.install(settings)
    after = installed.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert before.st_mode & 0o777 == 0o644
    assert names_in(tmp_path) == ["nginx.conf"]


async def test_what_nginx_refuses_is_never_installed(place: Place, tmp_path: Path) -> None:
    """The one before stays."""
    installed = tmp_path / "nginx.conf"
    nginx = Nginx(place, installed)
    await nginx.install(Settings.read({}))
    good = installed.read_bytes()
    with pytest.raises(InvalidValue, match="no cipher"):
        await nginx.install(Settings.read({"HTTPS.Ciphers": "NIX"}))
    assert installed.read_bytes() == good


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"System.BoaPort": "FREE"}, set()),
        ({"System.BoaPort": "443"}, {"System.BoaPort"}),
        ({"System.BoaPort": "443", "HTTPS.Enabled": "no"}, set()),
        ({"System.BoaPort": "443", "HTTPS.Port": "80"}, set()),
        ({"HTTPS.Port": "TAKEN"}, {"HTTPS.Port"}),
        ({"HTTPS.Ciphers": "NIX:!ALL"}, {"HTTPS.Ciphers"}),
    ],
)
async def test_changes_that_cannot_be_are_refused_by_name(
    place: Place, tmp_path: Path, taken: str, changes: dict[str, str], refused: set[str]
) -> None:
    """Ports that are one, ports of others, ciphers that nobody knows."""
    ports = {"TAKEN": taken, "FREE": str(free_port())}
    changes = {name: ports.get(value, value) for name, value in changes.items()}
    server = WebServer(Nginx(place, tmp_path / "nginx.conf"), LiveSettings())
    told = await server.refused(changes)
    assert told.keys() == refused
    assert all(told.values())


async def test_the_configuration_follows_the_parameters(place: Place, tmp_path: Path) -> None:
    """Made anew after each change."""
    installed = tmp_path / "nginx.conf"
    settings = LiveSettings()
    server = WebServer(Nginx(place, installed), settings)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        following = tasks.create_task(server.follow(), name="web server")
        for port in ("8443", "9443"):
            settings.update({"HTTPS.Port": port})
            server.settings_changed()
            while not is_in(installed, f"listen {port} "):
                await asyncio.sleep(0.01)
        following.cancel()


async def test_the_reload_is_asked_for_after_each_change(place: Place, tmp_path: Path) -> None:
    """Not where nothing has changed: a reload ends connections that rest."""
    installed = tmp_path / "nginx.conf"
    asked: list[str] = []

    def ask() -> None:
        asked.append(installed.read_text())

    nginx = Nginx(place, installed, ask)
    first = Settings.read({"HTTPS.Port": "8443"})
    second = Settings.read({"HTTPS.Port": "9443"})
    for settings in (first, first, second, second):
        await nginx.install(settings)
    assert len(asked) == 2
    assert asked[1] == installed.read_text() != asked[0]
    await Nginx(place, installed, ask).install(second)
    assert len(asked) == 2


def names_in(folder: Path) -> list[str]:
    """Return what lies in a folder."""
    return sorted(entry.name for entry in folder.iterdir())


def is_in(path: Path, text: str) -> bool:
    """Whether a file is there and holds a text."""
    return path.exists() and text in path.read_text()
