"""The converter by industrial I/O, where the bus fails, the files differ, or other converters are beside it."""

import errno
from pathlib import Path

import pytest

from common.errors import Unavailable
from hw.drivers.iio_adc import AdcChannel, IioAdc
from tests.parts.fake_sys import FakeAdc

CHANNELS = [AdcChannel(0, 11.0), AdcChannel(1)]


def converter(folder: Path) -> tuple[FakeAdc, IioAdc, Path]:
    """Return a converter with 0.3 V at its first input, its driver and its folder."""
    fake = FakeAdc(folder, "ads1015", 4)
    fake.put(0, 0.3)
    return fake, IioAdc("ads1015", CHANNELS, folder), folder / "bus/iio/devices/iio:device0"


async def test_each_channel_has_its_divider(tmp_path: Path) -> None:
    """The voltage is that before the divider."""
    _, adc, _ = converter(tmp_path)
    assert await adc.volts() == pytest.approx((3.3, 0.0))


@pytest.mark.parametrize("code", [errno.EIO, errno.ETIMEDOUT, errno.EAGAIN, errno.EBUSY])
async def test_a_conversion_that_fails_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """The bus is disturbed, or somebody else uses the converter: the next try may do."""
    _, adc, _ = converter(tmp_path)
    read = Path.read_text

    def failing(path: Path) -> str:
        if path.name.endswith("_raw"):
            raise OSError(code, "of the bus")
        return read(path)

    monkeypatch.setattr(Path, "read_text", failing)
    with pytest.raises(Unavailable, match=r"the converter ads1015 cannot be read: .* of the bus"):
        await adc.volts()
    monkeypatch.undo()
    assert (await adc.volts())[0] == pytest.approx(3.3)


async def test_what_is_no_number_is_unavailable(tmp_path: Path) -> None:
    """The file is there and says nothing."""
    _, adc, folder = converter(tmp_path)
    (folder / "in_voltage1_raw").write_text("\n")
    with pytest.raises(Unavailable, match="cannot be read"):
        await adc.volts()


async def test_one_scale_for_all_channels_does_as_well(tmp_path: Path) -> None:
    """As drivers have it whose gain cannot be set for each."""
    _, adc, folder = converter(tmp_path)
    for scale in folder.glob("in_voltage?_scale"):
        scale.unlink()
    (folder / "in_voltage_scale").write_text("4.0\n")
    assert (await adc.volts())[0] == pytest.approx(6.6)


async def test_another_converter_is_not_taken(tmp_path: Path) -> None:
    """Nor one whose name cannot be read."""
    fake, adc, folder = converter(tmp_path)
    (folder / "name").write_text("ads1115\n")
    (folder.parent / "iio:device1").mkdir()
    with pytest.raises(Unavailable, match="there is no converter ads1015"):
        await adc.volts()
    fake.remove()
