"""The ID EEPROM of the HAT: the binary, made of a text in the form that Raspberry Pi's own tool takes.

The format is that of the HAT+ specification: a header, then atoms of a type, a number, a length, data and a checksum,
all little-endian. Of its settings those are known that this HAT has; any other is refused.
"""

import re
import struct
import uuid
from dataclasses import dataclass
from typing import Final

from hw.hat.pins import FOLDER

TEXT: Final = FOLDER / "eeprom.txt"
SIZE: Final = 4096
"""What a 24C32 holds, in bytes."""

_SIGNATURE: Final = b"R-Pi"
_VERSION_HATPLUS: Final = 2
_VENDOR, _OVERLAY, _POWER = 0x0001, 0x0003, 0x0006
_BOARDS: Final = uuid.UUID("6f0c2d1e-8210-5a5a-9c82-10c8210c8210")
"""The name space of our boards' UUIDs; drawn up once, and never to be changed."""
_POLYNOMIAL: Final = 0xA001
"""x^16 + x^15 + x^2 + 1, the lowest bit first."""


class BadSettings(Exception):
    """The text says something that no EEPROM of ours has, or lacks something."""


@dataclass(frozen=True)
class Settings:
    """What the text says."""

    product_uuid: uuid.UUID
    product_id: int
    product_ver: int
    vendor: str
    product: str
    current_supply: int
    """In mA at 5 V."""
    dt_blob: str
    """The name of the overlay, without its ending."""


def parse(text: str) -> Settings:
    """Read the text; raises `BadSettings`."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r'(\w+)\s+(?:"([^"\\]*)"|([^\s"]+))\s*', line)
        if match is None:
            raise BadSettings(f"line {number} is no setting: {line}")
        name, quoted, bare = match.groups()
        if name in found:
            raise BadSettings(f"line {number} says {name} again")
        found[name] = bare if quoted is None else quoted
    if unknown := sorted(found.keys() - Settings.__annotations__.keys()):
        raise BadSettings(f"unknown: {', '.join(unknown)}")
    if missing := sorted(Settings.__annotations__.keys() - found.keys()):
        raise BadSettings(f"missing: {', '.join(missing)}")
    try:
        settings = Settings(
            product_uuid=uuid.UUID(found["product_uuid"]),
            product_id=int(found["product_id"], 0),
            product_ver=int(found["product_ver"], 0),
            vendor=found["vendor"],
            product=found["product"],
            current_supply=int(found["current_supply"], 0),
            dt_blob=found["dt_blob"],
        )
    except ValueError as error:
        raise BadSettings(str(error)) from error
    _check(settings)
    return settings


def board_uuid(settings: Settings, serial: str) -> uuid.UUID:
    """Return the UUID of one board: another for each serial number and version, and always the same."""
    if settings.product_uuid.int:
        return settings.product_uuid
    return uuid.uuid5(_BOARDS, f"{settings.product_id:04x}/{settings.product_ver:04x}/{serial}")


def build(settings: Settings, serial: str) -> bytes:
    """Return what is written to the EEPROM of the board with that serial number."""
    vendor, product = settings.vendor.encode(), settings.product.encode()
    atoms = [
        (
            _VENDOR,
            # The UUID lies there as one number, its last byte first.
            board_uuid(settings, serial).bytes[::-1]
            + struct.pack("<HH", settings.product_id, settings.product_ver)
            + struct.pack("BB", len(vendor), len(product))
            + vendor
            + product,
        ),
        (_OVERLAY, settings.dt_blob.encode()),
        (_POWER, struct.pack("<I", settings.current_supply)),
    ]
    body = b"".join(_atom(number, type_, data) for number, (type_, data) in enumerate(atoms))
    header = struct.Struct("<4sBBHI")
    length = header.size + len(body)
    return header.pack(_SIGNATURE, _VERSION_HATPLUS, 0, len(atoms), length) + body


def _check(settings: Settings) -> None:
    for name, value in (("product_id", settings.product_id), ("product_ver", settings.product_ver)):
        if not 0 <= value <= 0xFFFF:
            raise BadSettings(f"{name} has 16 bits")
    for name, text in (("vendor", settings.vendor), ("product", settings.product)):
        if not (text.isascii() and 0 < len(text) <= 255):
            raise BadSettings(f"{name} has 1 to 255 signs of ASCII")
    if not re.fullmatch(r"[\w-]+", settings.dt_blob, re.ASCII):
        raise BadSettings("dt_blob is the name of a file without its ending")
    if settings.current_supply < 0:
        raise BadSettings("current_supply is not negative")


def _atom(number: int, type_: int, data: bytes) -> bytes:
    head = struct.pack("<HHI", type_, number, len(data) + 2) + data
    return head + struct.pack("<H", _checksum(head))


def _checksum(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc
