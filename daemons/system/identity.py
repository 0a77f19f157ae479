"""Who the unit is."""

import re
from dataclasses import dataclass

from common.errors import InvalidValue


@dataclass(frozen=True)
class Identity:
    """The serial number, and everything that follows from it."""

    serial_number: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9A-F]{12}", self.serial_number):
            raise InvalidValue(
                f"a serial number has 12 upper-case hex digits, not '{self.serial_number[:40]}'"
            )

    @property
    def realm(self) -> str:
        """What passwords are valid for."""
        return f"AXIS_{self.serial_number}"

    @property
    def host_name(self) -> str:
        """The name the unit has until somebody gives it another."""
        return f"axis-{self.serial_number.lower()}"

    @property
    def mac_address(self) -> str:
        """The serial number in the form of a MAC address, which it is."""
        return ":".join(re.findall("..", self.serial_number))
