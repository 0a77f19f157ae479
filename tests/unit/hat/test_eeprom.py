"""The ID EEPROM's binary, read back by a reader of its own that was written from the format's description."""

import binascii
import uuid
from pathlib import Path

import pytest

from hw.boards import c8210_hat as board
from hw.boards import detected
from hw.hat import eeprom, overlay
from hw.hat.eeprom import BadSettings

TEXT = eeprom.TEXT.read_text()


def crc_by_division(data: bytes) -> int:
    """Return the CRC-16 with polynomial 0x8005, by long division of the bits, each byte's lowest first."""
    bits = [byte >> bit & 1 for byte in data for bit in range(8)] + [0] * 16
    divisor = [int(bit) for bit in f"{0x18005:017b}"]
    for start in range(len(bits) - 16):
        if bits[start]:
            for offset, bit in enumerate(divisor):
                bits[start + offset] ^= bit
    return sum(bit << place for place, bit in enumerate(bits[-16:]))


def read(blob: bytes) -> dict[int, bytes]:
    """Return the data of each atom by its type, with everything checked that the format asks for."""
    assert blob[:4] == b"R-Pi"
    assert blob[4] == 2, "HAT+"
    assert blob[5] == 0
    assert int.from_bytes(blob[8:12], "little") == len(blob)
    atoms: dict[int, bytes] = {}
    at = 12
    for number in range(int.from_bytes(blob[6:8], "little")):
        assert int.from_bytes(blob[at + 2 : at + 4], "little") == number
        end = at + 8 + int.from_bytes(blob[at + 4 : at + 8], "little")
        assert crc_by_division(blob[at : end - 2]) == int.from_bytes(blob[end - 2 : end], "little")
        atoms[int.from_bytes(blob[at : at + 2], "little")] = blob[at + 8 : end - 2]
        at = end
    assert at == len(blob)
    return atoms


def test_the_reader_s_checksum_is_the_one_that_is_meant() -> None:
    """CRC-16/ARC of the nine digits is 0xBB3D; the other CRC-16 of the same length would be 0x31C3."""
    assert crc_by_division(b"123456789") == 0xBB3D
    assert binascii.crc_hqx(b"123456789", 0) == 0x31C3


def test_the_binary_says_what_the_text_says() -> None:
    """Vendor, overlay and power; nothing else."""
    blob = eeprom.build(eeprom.parse(TEXT), "0001")
    atoms = read(blob)
    assert set(atoms) == {1, 3, 6}
    vendor = atoms[1]
    assert int.from_bytes(vendor[16:18], "little") == 0x8210
    assert int.from_bytes(vendor[18:20], "little") == 1
    lengths = vendor[20], vendor[21]
    assert vendor[22:].decode() == "C8210 projectC8210 amplifier HAT"
    assert lengths == (13, 19)
    assert atoms[3] == overlay.NAME.encode()
    assert int.from_bytes(atoms[6], "little") == 1250
    assert len(blob) <= eeprom.SIZE


def test_raspberry_pi_s_own_tool_makes_the_same() -> None:
    """Recorded: `eepmake` of raspberrypi/utils, from our text with this board's UUID, makes these checksums."""
    blob = eeprom.build(eeprom.parse(TEXT), "0001")
    assert len(blob) == 109
    checksums = [blob[74:76], blob[93:95], blob[107:109]]
    assert [int.from_bytes(each, "little") for each in checksums] == [0x2102, 0xDA63, 0x515E]


def test_a_flipped_bit_is_seen() -> None:
    """The reader would not take any binary for good."""
    blob = bytearray(eeprom.build(eeprom.parse(TEXT), "0001"))
    blob[30] ^= 1
    with pytest.raises(AssertionError):
        read(bytes(blob))


def test_each_board_has_a_uuid_of_its_own_that_stays() -> None:
    """Made of the serial number: no two boards alike, the same binary each time."""
    settings = eeprom.parse(TEXT)
    one, same, other = (eeprom.build(settings, serial) for serial in ("0001", "0001", "0002"))
    assert one == same != other
    # The four words lie there with the lowest first, each with its lowest byte first.
    stored = uuid.UUID(int=int.from_bytes(read(one)[1][:16], "little"))
    assert stored == eeprom.board_uuid(settings, "0001")
    assert stored.version == 5
    given = TEXT.replace("00000000-0000-0000-0000-000000000000", str(stored))
    assert eeprom.build(eeprom.parse(given), "0002") == one


def test_the_board_file_looks_for_what_the_eeprom_says(tmp_path: Path) -> None:
    """The firmware shows the vendor atom in the device tree as text, and by that the board is found."""
    settings = eeprom.parse(TEXT)
    assert (settings.vendor, settings.product) == (board.HAT_VENDOR, board.HAT_PRODUCT)
    assert settings.product_id == board.HAT_PRODUCT_ID
    hat = tmp_path / "hat"
    hat.mkdir()
    (hat / "vendor").write_bytes(settings.vendor.encode() + b"\0")
    (hat / "product").write_bytes(settings.product.encode() + b"\0")
    (hat / "product_id").write_bytes(f"0x{settings.product_id:04x}".encode() + b"\0")
    (hat / "product_ver").write_bytes(f"0x{settings.product_ver:04x}".encode() + b"\0")
    assert detected(tmp_path) == "c8210_hat"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("product_id 0x8210", "product_id 0x18210", "16 bits"),
        ("product_id 0x8210", "product_id many", "invalid literal"),
        ('vendor "C8210 project"', 'vendor ""', "1 to 255"),
        ('vendor "C8210 project"', 'vendor "Ü"', "ASCII"),
        ('vendor "C8210 project"', f'vendor "{"a" * 256}"', "1 to 255"),
        ('vendor "C8210 project"', 'vendor "C8210', "no setting"),
        ('vendor "C8210 project"', "", "missing: vendor"),
        ("product_ver 0x0001", "product_ver 1\nproduct_ver 2", "again"),
        ("current_supply 1250", "current_supply -1", "not negative"),
        ("current_supply 1250", "current_supply 1250\ngpio_drive 3", "unknown: gpio_drive"),
        ('dt_blob "c8210-hat"', 'dt_blob "../c8210"', "name of a file"),
    ],
)
def test_a_text_that_says_something_else_is_refused(old: str, new: str, why: str) -> None:
    """With the reason."""
    assert old in TEXT
    with pytest.raises(BadSettings, match=why):
        eeprom.parse(TEXT.replace(old, new))
