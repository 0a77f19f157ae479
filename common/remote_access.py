"""Remote access for maintenance as it travels over the bus: SSH accounts, and how the servers are."""

from enum import Enum
from typing import Final

import msgspec

MOST_SSH_ACCOUNTS: Final = 100


class SshAccount(msgspec.Struct, frozen=True):
    """One SSH account, without anything secret."""

    username: str
    comment: str = ""


class ServerState(Enum):
    """How a server is."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"
    """It does not come up; systemd or the network daemon tries again."""
    UNMANAGED = "unmanaged"
    """Nothing here can start or stop it: no systemd, or the server is not installed."""


class Server(msgspec.Struct, frozen=True):
    """One server: what is wanted of it, how it is, and why that differs."""

    enabled: bool
    state: ServerState
    detail: str = ""


class HostKey(msgspec.Struct, frozen=True):
    """A key by which clients know the SSH server."""

    type: str
    """As it stands in the key: `ssh-ed25519`, `ssh-rsa`."""
    fingerprint: str
    """`SHA256:` and 43 characters of base64, as OpenSSH shows it."""


class RemoteAccess(msgspec.Struct, frozen=True):
    """All of it."""

    ssh: Server
    ftp: Server
    host_keys: list[HostKey]
