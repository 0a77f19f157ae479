"""SFTP recipients against OpenSSH, and against a server that can be told to misbehave."""

import getpass
import hashlib
import os
import shutil
import socket
import subprocess
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from daemons.events.recipients.senders import sftp
from tests.contract.recipients_rig import drip, file_message, hang, scripted, send

CONTENT = os.urandom(300_000)
KEY_TYPES = {
    "RSA": "ssh-rsa",
    "ECDSA": "ecdsa-sha2-nistp256",
    "ED25519": "ssh-ed25519",
    "DSA": "ssh-dss",
}


@pytest.fixture(scope="module")
def keys() -> dict[str, asyncssh.SSHKey]:
    """A host key of each type."""
    return {name: asyncssh.generate_private_key(algorithm) for name, algorithm in KEY_TYPES.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that the server serves, with one for uploads in it."""
    served = tmp_path / "served"
    (served / "in").mkdir(parents=True)
    return served


def md5(key: asyncssh.SSHKey) -> str:
    """Return the fingerprint with 32 hexadecimal digits."""
    return hashlib.md5(key.public_data).hexdigest()


def sha256(key: asyncssh.SSHKey) -> str:
    """Return the fingerprint with 43 Base64 digits."""
    return b64encode(hashlib.sha256(key.public_data).digest()).decode().rstrip("=")


@asynccontextmanager
async def server(
    keys: list[asyncssh.SSHKey], folder: Path, factory: Any = None, password: str = "s3cret"
) -> AsyncIterator[int]:
    """Serve a folder by SFTP to `camera`; yields the port."""

    class Server(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, given: str) -> bool:
            return (username, given) == ("camera", password)

    def sftp_server(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        made: asyncssh.SFTPServer = (factory or asyncssh.SFTPServer)(channel, chroot=bytes(folder))
        return made

    listening = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=Server,
        server_host_keys=keys,
        sftp_factory=sftp_server,
        config=None,
    )
    async with listening:
        yield listening.get_port()


def parameters(port: int, **others: str) -> dict[str, str]:
    """Return where the server is, and how to log in."""
    return {
        "host": "127.0.0.1",
        "port": str(port),
        "upload_path": "in",
        "login": "camera",
        "password": "s3cret",
    } | others


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.covers("M-RCP-10")
async def test_a_file_arrives_in_the_folder(
    keys: dict[str, asyncssh.SSHKey], folder: Path, tmp_path: Path
) -> None:
    """Byte by byte, under its name; once more over itself after a lost answer."""
    async with server([keys["RSA"]], folder) as port:
        for _ in range(2):
            result = await send("sftp", parameters(port), file_message(tmp_path, CONTENT))
            assert result.ok, result.reason
    assert names(folder / "in") == ["door_0000007.mkv"]
    assert (folder / "in" / "door_0000007.mkv").read_bytes() == CONTENT


@pytest.mark.covers("M-RCP-10", part="the folder must exist, else an error; login")
async def test_a_missing_folder_and_a_wrong_password_are_errors(
    keys: dict[str, asyncssh.SSHKey], folder: Path, tmp_path: Path
) -> None:
    """Nothing is made, and the reason says which it was."""
    message = file_message(tmp_path, CONTENT)
    async with server([keys["RSA"]], folder) as port:
        lost = await send("sftp", parameters(port, upload_path="nowhere"), message)
        wrong = await send("sftp", parameters(port, password="wr0ng-one"), message)
    assert not lost.ok
    assert "the folder 'nowhere' does not exist" in lost.reason
    assert (wrong.ok, wrong.reason) == (False, "the server refuses the login")
    assert names(folder) == ["in"]


@pytest.mark.covers("M-RCP-11")
async def test_the_md5_fingerprint_decides(
    keys: dict[str, asyncssh.SSHKey], folder: Path, tmp_path: Path
) -> None:
    """32 hexadecimal digits, in either case, with or without colons."""
    await _decides(keys, folder, tmp_path, "ssh_host_pub_key_md5", md5)


@pytest.mark.covers("M-RCP-12")
async def test_the_sha256_fingerprint_decides(
    keys: dict[str, asyncssh.SSHKey], folder: Path, tmp_path: Path
) -> None:
    """43 Base64 digits."""
    await _decides(keys, folder, tmp_path, "ssh_host_pub_key_sha256", sha256)


async def _decides(
    keys: dict[str, asyncssh.SSHKey], folder: Path, tmp_path: Path, name: str, fingerprint: Any
) -> None:
    message = file_message(tmp_path, CONTENT)
    async with server([keys["RSA"]], folder, password="never-seen") as port:
        given = {name: fingerprint(keys["ED25519"])}
        stranger = await send("sftp", parameters(port, **given), message)
    async with server([keys["RSA"]], folder) as port:
        given = {name: fingerprint(keys["RSA"])}
        known = await send("sftp", parameters(port, **given), message)
    assert known.ok, known.reason
    assert not stranger.ok
    assert "does not have the given fingerprint" in stranger.reason
    assert f"SHA256:{sha256(keys['RSA'])}" in stranger.reason


async def test_one_of_two_fingerprints_is_enough(
    keys: dict[str, asyncssh.SSHKey], folder: Path, tmp_path: Path
) -> None:
    """Neither is not."""
    message = file_message(tmp_path, CONTENT)
    rsa, other = keys["RSA"], keys["DSA"]
    async with server([rsa], folder) as port:
        for one, two, ok in ((rsa, other, True), (other, rsa, True), (other, other, False)):
            given = {"ssh_host_pub_key_md5": md5(one), "ssh_host_pub_key_sha256": sha256(two)}
            assert (await send("sftp", parameters(port, **given), message)).ok is ok


@pytest.mark.covers("M-RCP-13")
@pytest.mark.parametrize("offered", [["RSA"], ["ECDSA"], ["ED25519"], ["DSA"]])
async def test_every_type_of_host_key(
    offered: list[str], keys: dict[str, asyncssh.SSHKey], folder: Path, tmp_path: Path
) -> None:
    """With its fingerprint."""
    (key,) = (keys[name] for name in offered)
    async with server([key], folder) as port:
        given = parameters(port, ssh_host_pub_key_sha256=sha256(key))
        result = await send("sftp", given, file_message(tmp_path, CONTENT))
    assert result.ok, result.reason


@pytest.mark.covers("M-RCP-13", part="preference")
@pytest.mark.parametrize("count", [4, 3, 2])
async def test_the_preferred_type_of_host_key_is_asked_for(
    count: int, keys: dict[str, asyncssh.SSHKey], folder: Path
) -> None:
    """RSA before ECDSA before ED25519 before DSA, whatever the server would like."""
    offered = list(KEY_TYPES)[-count:]
    async with server([keys[name] for name in reversed(offered)], folder) as port:
        result = await send("sftp", parameters(port), None)
    assert result.ok, result.reason
    assert f"SHA256:{sha256(keys[offered[0]])} is not checked" in result.reason


async def test_a_type_that_the_library_lacks_is_refused_by_name(
    keys: dict[str, asyncssh.SSHKey],
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A person reads which it was."""
    monkeypatch.setattr(sftp, "lacking", lambda: ("DSA",))
    async with server([keys["DSA"]], folder) as port:
        result = await send("sftp", parameters(port), file_message(tmp_path, CONTENT))
    assert not result.ok
    assert "DSA cannot be used on this unit" in result.reason


@pytest.mark.covers("M-RCP-14")
async def test_a_temporary_name_becomes_the_desired_one(
    keys: dict[str, asyncssh.SSHKey], folder: Path, tmp_path: Path
) -> None:
    """An upload that breaks off leaves the temporary name only; the next attempt leaves the desired name only."""

    class Breaking(asyncssh.SFTPServer):
        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            if offset > 100_000:
                self.channel.get_connection().abort()
            return super().write(file_obj, offset, data)  # type: ignore[return-value]

    message = file_message(tmp_path, CONTENT)
    async with server([keys["RSA"]], folder, Breaking) as port:
        broken = await send("sftp", parameters(port, temporary="1"), message)
    assert (broken.ok, broken.permanent) == (False, False)
    assert names(folder / "in") == [".door_0000007.mkv.tmp"]
    async with server([keys["RSA"]], folder) as port:
        result = await send("sftp", parameters(port, temporary="1"), message)
    assert result.ok, result.reason
    assert names(folder / "in") == ["door_0000007.mkv"]
    assert (folder / "in" / "door_0000007.mkv").read_bytes() == CONTENT


async def test_a_server_that_acknowledges_what_it_has_not_kept_is_not_believed(
    keys: dict[str, asyncssh.SSHKey], folder: Path, tmp_path: Path
) -> None:
    """Every write is well, and the file is empty."""

    class Liar(asyncssh.SFTPServer):
        def write(self, file_obj: object, offset: int, data: bytes) -> int:  # noqa: ARG002, RUF100
            return len(data)

    async with server([keys["RSA"]], folder, Liar) as port:
        result = await send("sftp", parameters(port), file_message(tmp_path, CONTENT))
    assert f"stored 0 of {len(CONTENT)} bytes" in result.reason


async def test_a_full_disk_is_told_and_tried_again(
    keys: dict[str, asyncssh.SSHKey], folder: Path, tmp_path: Path
) -> None:
    """It may have room later."""

    class Full(asyncssh.SFTPServer):
        def write(self, file_obj: object, offset: int, data: bytes) -> int:  # noqa: ARG002, RUF100
            raise asyncssh.SFTPFailure("no space left")

    async with server([keys["RSA"]], folder, Full) as port:
        result = await send("sftp", parameters(port), file_message(tmp_path, CONTENT))
    assert (result.ok, result.permanent) == (False, False)
    assert "no space left" in result.reason


@pytest.mark.parametrize("handler", [hang, drip], ids=["hang", "drip"])
async def test_a_server_without_an_answer_costs_its_time_and_no_more(
    handler: object, tmp_path: Path
) -> None:
    """The deadline ends what no single step's time-out does."""
    async with scripted(handler) as port:  # type: ignore[arg-type]
        message = file_message(tmp_path, CONTENT)
        result = await send("sftp", parameters(port), message, seconds=0.6)
    assert (result.ok, result.permanent) == (False, False)


@pytest.mark.covers("M-RCP-22", part="SFTP")
async def test_the_test_stores_a_file_and_deletes_it(
    keys: dict[str, asyncssh.SSHKey], folder: Path
) -> None:
    """It says which key the server has, and whether that was checked."""
    async with server([keys["ED25519"]], folder) as port:
        checked = parameters(port, ssh_host_pub_key_md5=md5(keys["ED25519"]).upper())
        result = await send("sftp", checked, None)
        bad = await send("sftp", parameters(port, upload_path="nowhere"), None)
    assert result.ok, result.reason
    assert "has the given fingerprint" in result.reason
    assert not bad.ok
    assert names(folder) == ["in"]


@pytest.fixture
def openssh(tmp_path: Path) -> Iterator[tuple[int, str, Path]]:
    """OpenSSH's server for the present user, who logs in with a key: port, its key's fingerprint, user's key."""
    program = shutil.which("sshd", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("there is no sshd")
    if os.geteuid() == 0:  # where it locks itself in while it talks to strangers
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    host_key, user_key = tmp_path / "host", tmp_path / "user"
    for path in (host_key, user_key):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    fingerprint = ["ssh-keygen", "-l", "-E", "sha256", "-f", str(host_key)]
    printed = subprocess.run(fingerprint, check=True, capture_output=True, text=True)
    authorized = tmp_path / "authorized"
    authorized.write_bytes(user_key.with_suffix(".pub").read_bytes())
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    configuration = tmp_path / "sshd_config"
    configuration.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host_key}\nAuthorizedKeysFile {authorized}\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n"
    )
    with subprocess.Popen(
        [program, "-D", "-e", "-f", str(configuration)], stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stderr is not None
            while b"listening" not in (line := process.stderr.readline()):
                assert line, "sshd did not start"
            yield port, printed.stdout.split()[1], user_key
        finally:
            process.terminate()


@pytest.mark.covers("M-RCP-10", part="OpenSSH, with a key")
async def test_openssh_takes_a_file_from_who_has_a_key(
    openssh: tuple[int, str, Path], folder: Path, tmp_path: Path
) -> None:
    """The most common server of all, with the fingerprint that its own tool prints."""
    port, fingerprint, user_key = openssh
    given = parameters(
        port,
        login=getpass.getuser(),
        password="",
        upload_path=str(folder / "in"),
        ssh_host_pub_key_sha256=fingerprint,
        ssh_auth_type="1",
        ssh_private_key=user_key.read_text(),
        temporary="1",
    )
    for _ in range(2):
        result = await send("sftp", given, file_message(tmp_path, CONTENT))
        assert result.ok, result.reason
    assert names(folder / "in") == ["door_0000007.mkv"]
    assert (folder / "in" / "door_0000007.mkv").read_bytes() == CONTENT
