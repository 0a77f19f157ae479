"""Stores files by SFTP."""

import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache

import anyio
import asyncssh

from daemons.events.delivery.line import STEP_S, Line
from daemons.events.recipients.kinds import Failed, Message
from daemons.events.recipients.senders.files import CHUNK_BYTES, check_stored, file_of, size_of

HOST_KEY_TYPES = {
    "RSA": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"),
    "ECDSA": ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    "ED25519": ("ssh-ed25519",),
    "DSA": ("ssh-dss",),
}
"""In the order in which they are asked for (M-RCP-13)."""


@cache
def lacking() -> tuple[str, ...]:
    """Return the types of host keys that the library, or what it is built on, no longer knows."""
    return tuple(
        name for name, algorithms in HOST_KEY_TYPES.items() if not any(map(_knows, algorithms))
    )


def _knows(algorithm: str) -> bool:
    try:
        asyncssh.SSHClientConnectionOptions(config=None, server_host_key_algs=[algorithm])
    except ValueError:
        return False
    return True


def _wanted() -> list[str]:
    """Return the algorithms to ask for, the best first."""
    types = (names for type_, names in HOST_KEY_TYPES.items() if type_ not in lacking())
    return [name for names in types for name in names]


def _no_key(error: asyncssh.KeyExchangeFailed) -> str:
    known = ", ".join(name for name in HOST_KEY_TYPES if name not in lacking())
    lacks = f"; {', '.join(lacking())} cannot be used on this unit" if lacking() else ""
    return f"the server and this unit have no method in common ({error.reason}). Host keys can be {known}{lacks}"


async def deliver(line: Line, parameters: Mapping[str, str], message: Message) -> str:
    """Store the file; done when the server shows all of it under its final name."""
    file = file_of(message)
    async with _server(line, parameters) as (sftp, _):
        await _store(sftp, parameters, file.path, file.name, size_of(file))
    return ""


async def test(line: Line, parameters: Mapping[str, str]) -> str:
    """Store a small file in the folder, and delete it."""
    name = "c8210-test.txt"
    async with _server(line, parameters) as (sftp, trust):
        path = _path(parameters, name)
        async with sftp.open(path, "wb") as file:
            await file.write(b"test\n")
        await sftp.remove(path)
    return f"a file was stored in the folder and deleted; {trust.said()}"


class Trust(asyncssh.SSHClient):
    """Which host keys are believed."""

    def __init__(self, md5: str, sha256: str) -> None:
        self._md5 = md5.replace(":", "").lower()
        self._sha256 = sha256.removeprefix("SHA256:").rstrip("=")
        self.shown = ""
        """The key that the server has shown."""

    @property
    def is_checked(self) -> bool:
        """Whether the server has to prove who it is."""
        return bool(self._md5 or self._sha256)

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:  # noqa: ARG002, RUF100, E501
        """Tell whether one of the fingerprints is that of the key; any is, where none is given."""
        md5 = hashlib.md5(key.public_data, usedforsecurity=False).hexdigest()
        sha256 = b64encode(hashlib.sha256(key.public_data).digest()).decode().rstrip("=")
        self.shown = f"{key.get_algorithm()} SHA256:{sha256}"
        return not self.is_checked or md5 == self._md5 or sha256 == self._sha256

    def said(self) -> str:
        """Return for a person which key it was."""
        if self.is_checked:
            return f"the server's key {self.shown} has the given fingerprint"
        return f"the server's key {self.shown} is not checked, for no fingerprint is given"


@asynccontextmanager
async def _server(
    line: Line, parameters: Mapping[str, str]
) -> AsyncIterator[tuple[asyncssh.SFTPClient, Trust]]:
    trust = Trust(parameters["ssh_host_pub_key_md5"], parameters["ssh_host_pub_key_sha256"])
    options = _options(parameters)
    try:
        connection = await line.open(parameters["host"], int(parameters["port"]))
        async with (
            asyncssh.connect(sock=connection, client_factory=lambda: trust, options=options) as ssh,
            ssh.start_sftp_client() as sftp,
        ):
            await _find_folder(sftp, parameters["upload_path"])
            yield sftp, trust
    except asyncssh.HostKeyNotVerifiable as error:
        raise Failed(
            f"the server's key {trust.shown} does not have the given fingerprint"
            if trust.shown
            else f"the server's key cannot be used: {error.reason}"
        ) from error
    except asyncssh.KeyExchangeFailed as error:
        raise Failed(_no_key(error)) from error
    except asyncssh.PermissionDenied as error:
        raise Failed("the server refuses the login") from error
    except asyncssh.SFTPError as error:
        raise Failed(f"the server refuses: {error.reason or type(error).__name__}") from error
    except TimeoutError:
        raise Failed("the server does not answer in time") from None
    except (asyncssh.Error, OSError, EOFError) as error:
        raise Failed(f"the connection broke: {error or type(error).__name__}") from error


def _options(parameters: Mapping[str, str]) -> asyncssh.SSHClientConnectionOptions:
    by_key = parameters["ssh_auth_type"] in ("1", "3")
    by_password = parameters["ssh_auth_type"] in ("2", "3")
    keys = []
    if by_key and parameters["ssh_private_key"]:
        keys = [_key(parameters["ssh_private_key"], parameters["ssh_private_key_passphrase"])]
    elif parameters["ssh_auth_type"] == "1":
        raise Failed("the private key is missing", permanent=True)
    return asyncssh.SSHClientConnectionOptions(
        username=parameters["login"],
        password=parameters["password"] if by_password else None,
        client_keys=keys or None,
        preferred_auth=[
            *(["publickey"] if keys else []),
            *(["password", "keyboard-interactive"] if by_password else []),
        ],
        known_hosts=([], [], []),  # so that `Trust` is asked
        server_host_key_algs=_wanted(),
        config=None,
        agent_path=None,
        connect_timeout=STEP_S,
        login_timeout=STEP_S,
        keepalive_interval=STEP_S,
        keepalive_count_max=1,
        x509_trusted_certs=None,
        compression_algs=["none"],  # a server could make much of little
    )


def _key(text: str, passphrase: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_private_key(text, passphrase or None)
    except asyncssh.KeyImportError as error:
        raise Failed(f"the private key cannot be used: {error}", permanent=True) from error


async def _find_folder(sftp: asyncssh.SFTPClient, folder: str) -> None:
    try:
        if not await sftp.isdir(folder or "."):
            raise Failed(f"the folder '{folder}' does not exist on the server")
    except asyncssh.SFTPError as error:
        raise Failed(f"the folder '{folder}' cannot be seen: {error.reason}") from error


def _path(parameters: Mapping[str, str], name: str) -> str:
    folder = parameters["upload_path"]
    return f"{folder.rstrip('/')}/{name}" if folder else name


async def _store(
    sftp: asyncssh.SFTPClient, parameters: Mapping[str, str], source: str, name: str, size: int
) -> None:
    temporary = parameters["temporary"] == "1"
    final = _path(parameters, name)
    # The same for each attempt at the same file, so that one that was cut off is overwritten.
    first = _path(parameters, f".{name}.tmp") if temporary else final
    async with await anyio.open_file(source, "rb") as data, sftp.open(first, "wb") as target:
        while chunk := await data.read(CHUNK_BYTES):
            await target.write(chunk)
    check_stored((await sftp.stat(first)).size, size)
    if temporary:
        await _rename(sftp, first, final)


async def _rename(sftp: asyncssh.SFTPClient, first: str, final: str) -> None:
    """Give the file its name, in place of one that an attempt before has left."""
    try:
        await sftp.posix_rename(first, final)
    except asyncssh.SFTPOpUnsupported:
        with suppress(asyncssh.SFTPError):
            await sftp.remove(final)
        await sftp.rename(first, final)
