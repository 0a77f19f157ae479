"""A machine in an emulator: power, a serial console, and a shell in what it has started.

The shell is a unit that only a machine's owner can hand in, as a credential in the emulated firmware; the image has
nothing for it but systemd itself.
"""

import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

CREDENTIAL = "opt/io.systemd.credentials/systemd.extra-unit"

SHELL = """[Unit]
DefaultDependencies=no
After=sysinit.target
[Service]
ExecStartPre=-/usr/bin/systemctl mask --runtime --now serial-getty@hvc0.service
ExecStart=/bin/bash -c 'until test -c /dev/hvc0; do sleep 1; done; exec bash --noprofile --norc <>/dev/hvc0 >&0 2>&1'
Restart=always
"""
"""Where the emulator is slow, systemd's own patience with devices ends before the console is there; and nobody else
asks for a name on it."""
WANTING = """[Unit]
DefaultDependencies=no
Conflicts=umount.target
Before=local-fs.target umount.target
After=swap.target
Wants=t.service
[Mount]
What=tmpfs
Where=/tmp
Type=tmpfs
Options=mode=1777,strictatime,nosuid,nodev
"""
"""systemd's own unit with a wish: names of what the firmware hands in are short, and this one starts by itself."""


class Emulated:
    """One machine; as slow as software emulation is.

    `emulator` is what starts it, but for its console and its shell. `patience` is for how many seconds anything is
    waited for.
    """

    def __init__(self, emulator: Sequence[str], work: Path, patience: float) -> None:
        self._log = work / "console.log"
        self._socket = work / "shell.sock"
        self._patience = patience
        (work / "shell.service").write_text(SHELL)
        (work / "tmp.mount").write_text(WANTING)
        self._command = [
            *emulator,
            *("-monitor", "none", "-display", "none", "-serial", f"file:{self._log}"),
            *("-device", "virtio-serial-pci"),
            *("-chardev", f"socket,id=shell,path={self._socket},server=on,wait=off"),
            *("-device", "virtconsole,chardev=shell"),
            *("-fw_cfg", f"name={CREDENTIAL}.t.service,file={work}/shell.service"),
            *("-fw_cfg", f"name={CREDENTIAL}.tmp.mount,file={work}/tmp.mount"),
        ]

    def __enter__(self) -> Self:
        """Switch it on."""
        self._socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
        self._shell = self._connected(self._socket)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cut its power."""
        self._shell.close()
        self._process.kill()
        self._process.wait()

    def wait_for_shell(self) -> None:
        """Wait until what was started answers; raises `TimeoutError`."""
        end = time.monotonic() + self._patience
        # No echo and no prompt: what a line prints is then the last that is heard of it.
        hello = (
            b"stty -echo; bind 'set enable-bracketed-paste off' 2>/dev/null; PS1=; echo he''re\n"
        )
        while True:
            try:
                self._shell.sendall(hello)
                self._read(b"here", 5)
                break
            except TimeoutError:
                if time.monotonic() > end:
                    raise TimeoutError(f"no shell: {self.console()[-2000:]}") from None
        self.run("export TERM=dumb SYSTEMD_PAGER= SYSTEMD_COLORS=0")

    def run(self, command: str) -> tuple[int, str]:
        """Run a line in the shell; returns its status, and what it said on both outputs."""
        self._shell.sendall(f"{command}; echo =:$?:=\n".encode())
        text = self._read(b":=", self._patience)
        while (found := text.rfind("=:")) < 0 or not text[found + 2 : -2].strip().isdigit():
            text += self._read(b":=", self._patience)
        return int(text[found + 2 : -2]), text[:found].replace("\r", "")

    def console(self) -> str:
        """Return everything that the serial console has said."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _connected(self, path: Path) -> socket.socket:
        """Return a connection to a socket of the emulator's, which makes it when it starts."""
        end = time.monotonic() + 30
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(path))
            except OSError:
                connection.close()
                if time.monotonic() > end or self._process.poll() is not None:
                    raise
                time.sleep(0.1)
            else:
                return connection

    def _read(self, until: bytes, patience: float) -> str:
        end = time.monotonic() + patience
        text = b""
        while not text.rstrip().endswith(until):
            self._shell.settimeout(max(0.1, end - time.monotonic()))
            part = self._shell.recv(4096)
            if not part:
                raise ConnectionError("the machine is off")
            text += part
        return text.decode(errors="replace").rstrip()
