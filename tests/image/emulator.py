"""A Raspberry Pi's worth of machine in an emulator: real U-Boot, the very disk, and a shell in what it starts.

The shell is a unit that only a machine's owner can hand in, as a credential in the emulated firmware; the image has
nothing for it but systemd itself.
"""

import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

CREDENTIAL = "opt/io.systemd.credentials/systemd.extra-unit"

SHELL = """[Unit]
DefaultDependencies=no
BindsTo=dev-hvc0.device
After=dev-hvc0.device sysinit.target
[Service]
ExecStart=/bin/bash --noprofile --norc
StandardInput=tty-force
StandardOutput=tty
StandardError=tty
TTYPath=/dev/hvc0
Restart=always
"""
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


class Emulator:
    """One machine with a disk, and a second one with `files` in it; as slow as software emulation is.

    `patience` is for how many seconds anything is waited for.
    """

    def __init__(self, disk: Path, files: Path, u_boot: Path, work: Path, patience: float) -> None:
        self._log = work / "console.log"
        self._socket = work / "shell.sock"
        self._patience = patience
        (work / "shell.service").write_text(SHELL)
        (work / "tmp.mount").write_text(WANTING)
        self._command = [
            *("nice", "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72"),
            *("-smp", "2", "-m", "1024", "-nic", "none", "-monitor", "none", "-display", "none"),
            *("-serial", f"file:{self._log}", "-bios", str(u_boot)),
            *("-drive", f"if=none,id=disk,file={disk},format=raw"),
            *("-device", "virtio-blk-pci,drive=disk"),
            *("-drive", f"if=none,id=files,file={files},format=raw,readonly=on"),
            *("-device", "virtio-blk-pci,drive=files"),
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
        end = time.monotonic() + 30
        self._shell = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self._shell.connect(str(self._socket))
                break
            except OSError:
                if time.monotonic() > end or self._process.poll() is not None:
                    raise
                time.sleep(0.1)
        self._shell.settimeout(self._patience)
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
        self._shell.settimeout(5)
        while True:
            try:
                self._shell.sendall(b"stty -echo; echo here\n")
                self._read(b"\nhere", 5)
                break
            except TimeoutError:
                if time.monotonic() > end:
                    raise TimeoutError(f"no shell: {self.console()[-2000:]}") from None
        self.run("bind 'set enable-bracketed-paste off' 2>/dev/null; PS1=")

    def run(self, command: str) -> tuple[int, str]:
        """Run a line in the shell; returns its status, and what it said on both outputs."""
        self._shell.sendall(f"{command}; echo =:$?:=\n".encode())
        text = self._read(b":=", self._patience)
        while (found := text.rfind("=:")) < 0 or not text[found + 2 : -2].strip().isdigit():
            text += self._read(b":=", self._patience)
        return int(text[found + 2 : -2]), text[:found].replace("\r", "")

    def restart(self) -> None:
        """Start anew as the owner would, and wait for the shell of the next start."""
        begin = self.console().count("C8210: starting slot")
        self._shell.sendall(b"systemctl reboot --no-block\n")
        end = time.monotonic() + self._patience
        while self.console().count("C8210: starting slot") == begin:
            if time.monotonic() > end:
                raise TimeoutError("it did not start anew")
            time.sleep(1)
        self.wait_for_shell()

    def console(self) -> str:
        """Return everything that the serial console has said."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

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
