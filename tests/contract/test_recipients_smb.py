"""Network storage recipients against Samba."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemons.events.recipients.kinds import Message
from daemons.events.recipients.senders.smb import MATROSKA
from tests.contract.recipients_rig import cut_off, drip, file_message, hang, scripted, send

CONTENT = MATROSKA + os.urandom(300_000)
START_TIMEOUT_S = 20.0


@pytest.fixture(scope="module")
def samba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A Samba server of this test's own, with one share: its port and the share's folder."""
    programs = [shutil.which(name, path="/usr/sbin:/usr/bin") for name in ("smbd", "smbpasswd")]
    smbd, smbpasswd = programs
    if smbd is None or smbpasswd is None:
        pytest.skip("there is no smbd")
    if os.geteuid() != 0:
        pytest.skip("smbd changes users, which needs root")
    base = tmp_path_factory.mktemp("samba")
    share = base / "share"
    (share / "in").mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    folders = ("private", "state", "cache", "lock", "pid", "ncalrpc")
    for name in folders:
        (base / name).mkdir(mode=0o755)
    configuration = base / "smb.conf"
    configuration.write_text(
        "[global]\nserver role = standalone server\ninterfaces = 127.0.0.1\nbind interfaces only = yes\n"
        f"smb ports = {port}\nlog file = {base}/log\nprivate dir = {base}/private\n"
        f"state directory = {base}/state\ncache directory = {base}/cache\nlock directory = {base}/lock\n"
        f"pid directory = {base}/pid\nncalrpc dir = {base}/ncalrpc\npassdb backend = tdbsam\n"
        "disable netbios = yes\nload printers = no\nprinting = bsd\nprintcap name = /dev/null\n"
        "disable spoolss = yes\nmap to guest = never\nserver min protocol = SMB2\n"
        f"[sounds]\npath = {share}\nread only = no\nforce user = {pwd.getpwuid(0).pw_name}\n"
        f"[sealed]\npath = {share}\nread only = yes\n"
    )
    user = pwd.getpwuid(0).pw_name
    subprocess.run(
        [smbpasswd, "-c", configuration, "-s", "-a", user],
        input=b"s3cret\ns3cret\n",
        check=True,
        capture_output=True,
    )
    with subprocess.Popen(
        [smbd, "--foreground", "--no-process-group", "-s", configuration],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _wait_for(port, process)
            yield port, share
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end:
        assert process.poll() is None, "smbd did not start"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("smbd does not listen")


@pytest.fixture
def folder(samba: tuple[int, Path]) -> Path:
    """The folder of the share, empty."""
    inside = samba[1] / "in"
    for path in inside.iterdir():
        path.unlink()
    return inside


def parameters(port: int, **others: str) -> dict[str, str]:
    """Return where the share is, and how to log in."""
    return {
        "host": "127.0.0.1",
        "port": str(port),
        "share": "sounds",
        "upload_path": "/in/",
        "login": pwd.getpwuid(0).pw_name,
        "password": "s3cret",
    } | others


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.covers("M-RCP-09")
async def test_a_file_arrives_on_the_share(
    samba: tuple[int, Path], folder: Path, tmp_path: Path
) -> None:
    """Byte by byte, under its name, over what an attempt before has left."""
    (folder / "door_0000007.mkv").write_bytes(b"x" * 2 * len(CONTENT))
    result = await send("networkshare", parameters(samba[0]), file_message(tmp_path, CONTENT))
    assert result.ok, result.reason
    assert names(folder) == ["door_0000007.mkv"]
    assert (folder / "door_0000007.mkv").read_bytes() == CONTENT


@pytest.mark.covers("M-RCP-09", part="Matroska files only")
async def test_what_is_no_matroska_file_is_refused(
    samba: tuple[int, Path], folder: Path, tmp_path: Path
) -> None:
    """By its content, by its name, and a text is no file at all."""
    (other := tmp_path / "other").mkdir()
    for message in (
        file_message(tmp_path, b"RIFF" + CONTENT),
        file_message(other, CONTENT, "door.wav"),
        Message(text="x"),
    ):
        result = await send("networkshare", parameters(samba[0]), message)
        assert (result.ok, result.permanent) == (False, True)
    assert names(folder) == []


@pytest.mark.covers("M-RCP-09", part="errors")
@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"upload_path": "nowhere"}, "the folder 'nowhere' does not exist on the share"),
        ({"share": "nothing"}, "there is no share 'nothing' on the server"),
        ({"password": "wr0ng-one"}, "the server refuses the login"),
        ({"share": "sealed"}, "the server allows no writing there"),
    ],
)
async def test_errors_say_what_is_wrong(
    given: dict[str, str], reason: str, samba: tuple[int, Path], folder: Path, tmp_path: Path
) -> None:
    """Folder, share, login, rights."""
    message = file_message(tmp_path, CONTENT)
    result = await send("networkshare", parameters(samba[0], **given), message)
    assert (result.ok, result.reason, result.permanent) == (False, reason, False)
    assert names(folder) == []


async def test_a_connection_that_breaks_in_mid_file_is_tried_again(
    samba: tuple[int, Path], folder: Path, tmp_path: Path
) -> None:
    """The next attempt writes over the half."""
    content = CONTENT * 4
    async with cut_off(samba[0], 400_000) as port:
        broken = await send("networkshare", parameters(port), file_message(tmp_path, content))
    assert (broken.ok, broken.permanent) == (False, False)
    whole = await send("networkshare", parameters(samba[0]), file_message(tmp_path, content))
    assert whole.ok, whole.reason
    assert names(folder) == ["door_0000007.mkv"]
    assert (folder / "door_0000007.mkv").read_bytes() == content


@pytest.mark.parametrize("handler", [hang, drip], ids=["hang", "drip"])
async def test_a_server_without_an_answer_costs_its_time_and_no_more(
    handler: object, tmp_path: Path
) -> None:
    """The deadline ends what no single step's time-out does."""
    async with scripted(handler) as port:  # type: ignore[arg-type]
        message = file_message(tmp_path, CONTENT)
        result = await send("networkshare", parameters(port), message, seconds=0.6)
    assert (result.ok, result.permanent) == (False, False)


@pytest.mark.covers("M-RCP-22", part="network storage")
async def test_the_test_stores_a_file_and_deletes_it(samba: tuple[int, Path], folder: Path) -> None:
    """It proves the login, the share, the folder and the right to write; nothing is left."""
    result = await send("networkshare", parameters(samba[0]), None)
    assert result.ok, result.reason
    assert names(folder) == []
    assert not (await send("networkshare", parameters(samba[0], upload_path="no"), None)).ok
