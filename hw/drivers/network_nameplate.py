"""The serial number of a board without a nameplate: the MAC address of its network interface."""

import hashlib
import re
from pathlib import Path

NETWORK = Path("/sys/class/net")
MACHINE_ID = Path("/etc/machine-id")

_LOCALLY_ADMINISTERED = "02"


class NetworkNameplate:
    """Reads the address of one interface, or of the first one that is a piece of hardware."""

    def __init__(
        self, interface: str | None = None, network: Path = NETWORK, machine_id: Path = MACHINE_ID
    ) -> None:
        self._interface = interface
        self._network = network
        self._machine_id = machine_id

    async def serial_number(self) -> str:
        """Return the MAC address without colons.

        A computer without any network card gets a locally administered address made from its machine id.
        """
        if self._interface is not None and (serial := self._address(self._interface)):
            return serial
        names = sorted(path.name for path in self._network.iterdir())
        hardware = [name for name in names if (self._network / name / "device").exists()]
        for name in (*hardware, *names):
            if serial := self._address(name):
                return serial
        digest = hashlib.sha256(self._machine_id.read_bytes()).hexdigest()
        return (_LOCALLY_ADMINISTERED + digest[:10]).upper()

    def _address(self, interface: str) -> str:
        try:
            text = (self._network / interface / "address").read_text().strip()
        except OSError:
            return ""
        digits = text.replace(":", "").upper()
        if not re.fullmatch(r"[0-9A-F]{12}", digits) or int(digits, 16) == 0:
            return ""
        return digits
