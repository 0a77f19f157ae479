"""One instance of the suite on this machine: its folders, ports and environment."""

import fcntl
import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2]
SOCKET_PATH_LIMIT = 60
"""A socket's path may have 107 bytes; ours end in up to 40 bytes of their own."""

_PASSED_ON = (
    "C8210_LOG",
    "C8210_MULTICAST_INTERFACE",
    "C8210_INTERFACE",
    "C8210_SIP_ADDRESS",
    "C8210_KEYRING",
)
"""What daemons are told from outside: how much to say, to keep multicast audio to one interface, which one's link a
simulated unit watches, to keep calls to one address, and whose firmware images a simulated unit trusts."""


class CannotStart(Exception):
    """Something outside stands in the way; the text says what to do about it."""


@dataclass(frozen=True)
class Instance:
    """Where an instance lives and what it is told."""

    state: Path
    runtime: Path
    http_port: int
    https_port: int
    board: str

    @property
    def simulated(self) -> bool:
        """Whether the simulated world belongs to it."""
        return self.board == "simulated"

    @property
    def bus_socket(self) -> Path:
        """Where the private message bus listens."""
        return self.runtime / "bus"

    @property
    def command_socket(self) -> Path:
        """Where `restart` and `power-cut` are taken."""
        return self.runtime / "supervisor"

    def environment(self) -> dict[str, str]:
        """Return the environment of one start of the suite; each start has a boot id of its own."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("C8210_")},
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            # nginx is in a folder that an ordinary user's PATH does not name on Debian.
            "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin",
            "C8210_HTTP_PORT": str(self.http_port),
            "C8210_HTTPS_PORT": str(self.https_port),
            "C8210_STATE": str(self.state),
            "C8210_RUNTIME": str(self.runtime),
            "C8210_BOARD": self.board,
            "C8210_BOOT_ID": str(uuid.uuid4()),
            "C8210_SUPERVISOR": str(self.command_socket),
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.bus_socket}",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            **self._sound(),
        }

    def _sound(self) -> dict[str, str]:
        if not self.simulated:
            return {}
        return {"ALSA_CONFIG_PATH": str(self.runtime / "sim" / "asound.conf")}


@contextmanager
def claimed() -> Iterator[Instance]:
    """Take the state folder and the ports for as long as the block runs; raises `CannotStart`."""
    board = os.environ.get("C8210_BOARD") or "simulated"
    boards = sorted(path.stem for path in (LIBRARY / "hw" / "boards").glob("[!_]*.py"))
    if board not in boards:
        raise CannotStart(
            f"C8210_BOARD: there is no board called '{board}', only {', '.join(boards)}"
        )
    state = Path(os.environ.get("C8210_STATE") or "var").resolve()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    http_port, https_port = _port("C8210_HTTP_PORT", 8080), _port("C8210_HTTPS_PORT", 8443)
    if http_port == https_port:
        raise CannotStart(
            f"HTTP and HTTPS cannot both have port {http_port}: set C8210_HTTP_PORT to another one"
        )
    with (state / "instance.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"another instance uses {state}: stop it, or set C8210_STATE to another folder"
            ) from None
        for name, port in (("C8210_HTTP_PORT", http_port), ("C8210_HTTPS_PORT", https_port)):
            _free(name, port)
        runtime = _runtime_folder()
        try:
            yield Instance(state, runtime, http_port, https_port, board)
        finally:
            shutil.rmtree(runtime, ignore_errors=True)


def _runtime_folder() -> Path:
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    if not base or len(base) > SOCKET_PATH_LIMIT or not os.access(base, os.W_OK):
        base = "/tmp"  # noqa: S108 - mkdtemp makes a folder of mode 0700 below it
    return Path(tempfile.mkdtemp(prefix="c8210-", dir=base))


def _port(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotStart(f"{name} must be a port number from 1 to 65535, not '{text}'")
    return int(text)


def _free(name: str, port: int) -> None:
    with socket.socket(socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except PermissionError:
            raise CannotStart(
                f"only root may use port {port}: set {name} to one above 1023"
            ) from None
        except OSError:
            raise CannotStart(f"port {port} is in use: set {name} to a free one") from None
