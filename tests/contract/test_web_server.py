"""The web server in front: where it may lie, and that no part of it outlives the rest."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from common.paths import ETC
from daemons.http.adapters.nginx import Nginx
from daemons.http.front import Place
from daemons.http.settings import Settings
from tests.suite import Unit, running_suite, until


def children_of(process: int) -> set[int]:
    """Return the ids of the processes that a process has started."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    return {int(child) for child in listed.split()}


def is_alive(process: int) -> bool:
    """Whether a process is there, and more than an entry nobody has read yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def takes_connections(url: str) -> bool:
    """Whether anybody listens on the port of an address."""
    try:
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=2):
            return True
    except ConnectionRefusedError:
        return False


def web_server(unit: Unit) -> tuple[int, set[int]]:
    """Return the process ids of the web server that runs: the first, and its workers."""

    def found() -> tuple[int, set[int]] | None:
        master = unit.processes().get("nginx")
        workers = children_of(master) if master else set()
        return (master, workers) if master and workers else None

    running = until("a web server with workers", found)
    assert running is not None
    return running


@pytest.mark.parametrize("name", ["with a space", 'of "quotes"', "back\\slash", "semi;colon"])
def test_the_clone_may_lie_in_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The web server itself reads a configuration with such a path in every place."""
    monkeypatch.setenv("PATH", "/usr/bin:/usr/sbin")
    folder = tmp_path / name
    runtime = folder / "run"
    runtime.mkdir(parents=True)
    (folder / "etc").symlink_to(ETC)
    place = Place(
        etc=folder / "etc",
        web=folder / "web",
        runtime=runtime,
        certificate=folder / "certificate.pem",
        key=folder / "key.pem",
        simulated=True,
        ipv6=True,
        as_root=os.geteuid() == 0,
    )
    asyncio.run(Nginx(place, runtime / "nginx.conf").check(Settings.read({})))


def test_the_path_of_an_ordinary_user_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian gives it no folder of system programs, where the web server is."""
    monkeypatch.setenv("PATH", "/usr/local/bin:/usr/bin:/bin")
    with running_suite(tmp_path) as unit:
        assert unit.client.get("/").status_code == 200


def test_a_power_cut_takes_the_workers_along(tmp_path: Path) -> None:
    """Else the old ones would keep the ports, and answer instead of those who come after them."""
    state = tmp_path / "a unit"
    state.mkdir()
    with running_suite(state) as unit:
        master, workers = web_server(unit)
        assert unit.client.post("/sim/power", json={"button_held": False}).status_code == 204
        until("the old ones are gone", lambda: not any(map(is_alive, (master, *workers))))
        until("it serves again", lambda: takes_connections(unit.https_url))
        assert web_server(unit)[0] != master
        assert unit.client.get("/").status_code == 200
        assert "nginx ended" not in unit.log.read_text()


def test_a_web_server_that_dies_is_back_with_workers_of_its_own(fresh_unit: Unit) -> None:
    """Its workers do not outlive it."""
    master, workers = web_server(fresh_unit)
    os.kill(master, signal.SIGKILL)
    until("its workers are gone", lambda: not any(map(is_alive, workers)))
    until("it serves again", lambda: takes_connections(fresh_unit.https_url))
    assert web_server(fresh_unit)[0] != master
    assert fresh_unit.client.get("/").status_code == 200


def test_a_supervisor_that_is_killed_leaves_no_port_taken(tmp_path: Path) -> None:
    """The next start finds its ports free."""
    with running_suite(tmp_path) as unit:
        master, workers = web_server(unit)
        unit.process.kill()
        unit.process.wait()
        until("the web server is gone", lambda: not any(map(is_alive, (master, *workers))), 5)
        assert not takes_connections(unit.http_url)
        assert not takes_connections(unit.https_url)
