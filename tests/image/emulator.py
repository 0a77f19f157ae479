"""A Raspberry Pi's worth of machine in an emulator: real U-Boot, the very disk, a network, a sound card at USB."""

import time
from pathlib import Path

import httpx
import numpy as np
import numpy.typing as npt

from tests.emulated import Emulated
from tests.suite import ROOT_PASSWORD, free_port

_WAV_HEADER = 44
_STARTING = "C8210: starting slot"
_READY = {"apiVersion": "1.0", "method": "systemready"}


class Emulator(Emulated):
    """One unit with its card; as slow as software emulation is.

    What its loudspeaker plays is in `wav`. `patience` is for how many seconds anything is waited for.
    """

    def __init__(self, disk: Path, u_boot: Path, work: Path, patience: float) -> None:
        work.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.wav = work / "speaker.wav"
        emulator = [
            # It ends with us, whatever ends us.
            *("setpriv", "--pdeathsig=KILL", "nice", "-n", "5"),
            *("qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1024"),
            # Its time is that of a processor which does 10^9 instructions a second, however slowly this computer does
            # them: what waits in the unit for something waits as long as on a device, and its sound does not break.
            *("-accel", "tcg", "-icount", "shift=0", "-bios", str(u_boot)),
            *("-drive", f"if=none,id=disk,file={disk},format=raw"),
            *("-device", "virtio-blk-pci,drive=disk", "-device", "virtio-rng-pci"),
            # Nothing gets out of this network, and only what is named comes in.
            *("-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:443"),
            *("-device", "virtio-net-pci,netdev=net,romfile="),
            *(
                "-device",
                "qemu-xhci",
                "-audiodev",
                f"wav,id=sound,path={self.wav},out.frequency=48000",
            ),
            *("-device", "usb-audio,audiodev=sound"),
        ]
        super().__init__(emulator, work, patience)
        self.url = f"https://127.0.0.1:{port}"

    def client(self, password: str = ROOT_PASSWORD) -> httpx.Client:
        """Return a client that logs in as root."""
        patience = httpx.Timeout(self._patience, connect=60)
        return httpx.Client(
            base_url=self.url, auth=("root", password), verify=False, timeout=patience
        )

    def starts(self) -> list[str]:
        """Return the slots that U-Boot has started, in their order."""
        lines = self.console().split(_STARTING)[1:]
        return [line.split()[0].rstrip(",") for line in lines]

    def wait_for_start(self, begin: int) -> str:
        """Wait until more than `begin` slots have been started; returns the last of them."""
        end = time.monotonic() + self._patience
        while len(slots := self.starts()) <= begin:
            if time.monotonic() > end:
                raise TimeoutError(f"it does not start: {self.console()[-2000:]}")
            time.sleep(0.5)
        return slots[-1]

    def wait_until_ready(self, before: str = "") -> str:
        """Wait until the web server says that every daemon is there, in another start than `before`; returns its id."""
        end = time.monotonic() + self._patience
        with httpx.Client(base_url=self.url, verify=False, timeout=20) as anybody:
            while True:
                try:
                    data = anybody.post("/axis-cgi/systemready.cgi", json=_READY).json()["data"]
                    if data["systemready"] == "yes" and data["bootid"] != before:
                        return str(data["bootid"])
                except (httpx.HTTPError, ValueError, KeyError) as error:
                    data = repr(error)
                if time.monotonic() > end:
                    raise TimeoutError(f"it is not ready: {data}\n{self.console()[-3000:]}")
                time.sleep(2)

    def does(self, line: str) -> str:
        """Run a line in its shell, as root, and return what it prints; fails where the line does."""
        status, text = self.run(line)
        assert status == 0, f"{line}: {status}\n{text}"
        return text.strip()

    def switch_off(self) -> None:
        """Switch it off in order."""
        self._shell.sendall(b"systemctl poweroff --no-block\n")
        self._process.wait(self._patience)

    def played(self) -> npt.NDArray[np.int16]:
        """Return what the sound card has played so far: a row for each frame of two channels."""
        content = self.wav.read_bytes()[_WAV_HEADER:]
        return np.frombuffer(content[: len(content) // 4 * 4], "<i2").reshape(-1, 2)
