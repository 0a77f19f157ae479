"""A unit in a virtual machine: the device's own tree with Debian's kernel, and what the emulator has for a HAT.

The kernel's drivers are the real ones: a sound card whose output the emulator records, GPIO lines (gpio-sim) with
leds-gpio and gpio-keys on them, a watchdog, a slot for SD cards, a USB port.
"""

import base64
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import numpy as np
import numpy.typing as npt

from tests.emulated import Emulated
from tests.suite import ROOT, Unit, free_port
from tests.vm.monitor import Monitor

MADE = ROOT / "build/vm"
PATIENCE_S = float(os.environ.get("C8210_PATIENCE", "600"))
"""How long anything may take: a start lasts a minute on an idle computer, several on a busy one."""

_KERNEL = (
    "root=PARTLABEL=rootfs.0 ro rauc.slot=A panic=5 quiet loglevel=5 net.ifnames=0 console=ttyS0"
    " systemd.getty_auto=no"
)
_WAV_HEADER = 44


class CannotEmulate(Exception):
    """Something that the machine needs is not on this computer; the text says what."""


def build() -> Path:
    """Return the folder with everything that the machine starts from, made anew where something has changed."""
    if os.geteuid() != 0:
        raise CannotEmulate("only root can make the disk: the tree's programs run in it")
    needed = ("mmdebstrap", "genimage", "mkenvimage", "iasl", "cpio", "zstd", "depmod")
    if lacking := [name for name in needed if not shutil.which(name)]:
        raise CannotEmulate(
            f"not installed: {', '.join(lacking)} (etc/setup/packages.list, [system] and [vm])"
        )
    subprocess.run(["tests/vm/disk.sh", str(MADE)], cwd=ROOT, check=True)
    return MADE


def _emulator(made: Path) -> list[str]:
    """Return what runs Debian 13's emulator from where it was laid out."""
    qemu = made / "qemu"
    libraries = qemu / "usr/lib/x86_64-linux-gnu"
    return [
        # It ends with us, whatever ends us.
        *("setpriv", "--pdeathsig=KILL"),
        *(str(qemu / "usr/lib64/ld-linux-x86-64.so.2"), "--library-path", str(libraries)),
        str(qemu / "usr/bin/qemu-system-x86_64"),
        *("-L", str(qemu / "usr/share/qemu"), "-L", str(qemu / "usr/share/seabios")),
    ]


def python_line(source: str, *arguments: str, interpreter: str = "python3") -> str:
    """Return the line of a shell that runs a program."""
    packed = base64.b64encode(source.encode()).decode()
    return f'{interpreter} -c "$(echo {packed} | base64 -d)" {shlex.join(arguments)}'


class VirtualMachine(Emulated):
    """One unit; its disk is as it was made whenever it is switched on."""

    monitor: Monitor

    def __init__(self, made: Path, work: Path, patience: float = PATIENCE_S) -> None:
        self._wav = work / "speaker.wav"
        self._qmp = work / "monitor.sock"
        ports = {80: free_port(), 443: free_port()}
        forwards = [f"hostfwd=tcp:127.0.0.1:{ours}-:{its}" for its, ours in ports.items()]
        disk = made / "disk.img"
        super().__init__(
            [
                *_emulator(made),
                # Its time is that of a processor which does 10^9 instructions a second, and passes at once where there
                # is nothing to do: sound does not break, and nothing is late, however slow and busy this computer is.
                *("-M", "q35", "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"),
                *("-cpu", "max,la57=off", "-smp", "2", "-m", "1024"),
                *("-kernel", str(made / "Image"), "-initrd", str(made / "initrd.img")),
                *("-append", _KERNEL, "-acpitable", f"file={made / 'hat.aml'}"),
                *("-drive", f"if=none,id=disk,file={disk},format=raw,snapshot=on"),
                *("-device", "virtio-blk-pci,drive=disk", "-device", "virtio-rng-pci"),
                # Nothing gets out of this network, and only what is named comes in.
                *("-nic", ",".join(["user,id=net,model=virtio-net-pci,restrict=on", *forwards])),
                *("-audiodev", f"wav,id=speaker,path={self._wav},out.frequency=48000"),
                *("-device", "virtio-sound-pci,audiodev=speaker,ioeventfd=off"),
                *("-device", "i6300esb", "-action", "watchdog=reset"),
                *("-device", "qemu-xhci,id=usb"),
                *("-device", "sdhci-pci", "-drive", "if=none,id=card"),
                *("-device", "sd-card,id=slot,drive=card"),
                *("-qmp", f"unix:{self._qmp},server=on,wait=off"),
            ],
            work,
            patience,
        )
        self.http_url = f"http://127.0.0.1:{ports[80]}"
        self.https_url = f"https://127.0.0.1:{ports[443]}"

    def __enter__(self) -> Self:
        """Switch it on."""
        super().__enter__()
        self.monitor = Monitor(self._connected(self._qmp))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cut its power."""
        self.monitor.close()
        super().__exit__(kind, error, trace)

    def does(self, line: str) -> str:
        """Run a line in its shell, as root, and return what it prints; fails where the line does."""
        status, text = self.run(line)
        assert status == 0, f"{line}: {status}\n{text}"
        return text.strip()

    def python(self, source: str, *arguments: str, before: str = "") -> tuple[int, str]:
        """Run a program in it, in Debian's Python; returns its status and what it printed.

        `before` is a line of the shell that runs in the same process first.
        """
        first = f"{before}; " if before else ""
        status, text = self.run(f"( {first}exec {python_line(source, *arguments)} )")
        return status, text.strip()

    def heard(self) -> int:
        """Return how many frames the sound card has been told so far."""
        return max(0, self._wav.stat().st_size - _WAV_HEADER) // 4

    def recording(self, since: int) -> npt.NDArray[np.int16]:
        """Return what the sound card was told from a frame on, as 16-bit values: a row for each frame, two channels."""
        frames = self.heard() - since
        with self._wav.open("rb") as file:
            file.seek(_WAV_HEADER + since * 4)
            return np.frombuffer(file.read(frames * 4), "<i2").reshape(-1, 2)

    def as_unit(self) -> Unit:
        """Return it as somebody on its network sees it."""
        client = httpx.Client(base_url=self.https_url, verify=False, timeout=60)
        return Unit(self.http_url, self.https_url, client, self._process, Path(), self._log)
