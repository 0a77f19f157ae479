"""A temporary folder in the place of /sys and /dev: the LED class, an ADC of IIO, an input device."""

import os
from pathlib import Path
from typing import Final

from hw.drivers.input_button import EV_KEY, EV_SYN, EVENT, EVIOCGKEY

COLOURS = {(0, 0): "off", (1, 0): "red", (0, 1): "green", (1, 1): "amber"}
"""What an eye sees of a red and a green LED behind one lens."""

Shown = list[tuple[int, int]]
"""Brightness and ms."""


class FakeLeds:
    """LEDs whose trigger is `pattern` already, as the udev rule leaves them."""

    def __init__(
        self, sys: Path, names: list[str], triggers: str = "none timer [pattern]", most: int = 1
    ) -> None:
        self._folder = sys / "class/leds"
        for name in names:
            led = self._folder / name
            led.mkdir(parents=True)
            (led / "trigger").write_text(triggers + "\n")
            (led / "max_brightness").write_text(f"{most}\n")
            (led / "brightness").write_text("0\n")
            if "[pattern]" in triggers:
                (led / "pattern").write_text("\n")

    def text(self, name: str, file: str = "pattern") -> str:
        """Return what stands in a file."""
        return (self._folder / name / file).read_text()

    def shown(self, name: str) -> Shown:
        """Return one round of what the kernel makes of the pattern: steps of brightness and ms."""
        return kernel_shows(self.text(name), int(self.text(name, "max_brightness")))


def kernel_shows(text: str, most: int) -> Shown:
    """Do as drivers/leds/trigger/ledtrig-pattern.c does with a software pattern, for one round.

    It knows steps alone: fading between two levels, which the kernel would do here, is an error.
    """
    numbers = [int(word) for word in text.split()]
    assert numbers, "there is no pattern"
    assert len(numbers) % 2 == 0, "not pairs"
    tuples = list(zip(numbers[::2], numbers[1::2], strict=True))
    assert len(tuples) >= 2, "EINVAL: at least 2 tuples for a software pattern"
    assert all(brightness <= most for brightness, _ms in tuples), "EINVAL: brighter than it can be"
    shown: Shown = []
    at = 0
    while at < len(tuples):
        brightness, duration = tuples[at]
        following = tuples[(at + 1) % len(tuples)]
        assert following[0] == brightness, "the kernel fades here"
        if shown and shown[-1][0] == brightness:
            shown[-1] = brightness, shown[-1][1] + duration
        else:
            shown.append((brightness, duration))
        at += 2 if following[1] == 0 else 1
    return shown


def together(red: list[tuple[int, int]], green: list[tuple[int, int]]) -> list[tuple[str, int]]:
    """Return what an eye sees of both: equal steps joined, steady as 0 ms."""
    if len(red) == len(green) == 1:
        return [(COLOURS[red[0][0], green[0][0]], 0)]
    whole = max(
        sum(ms for _level, ms in each)
        for each in (red, green)
        if len({step[0] for step in each}) > 1
    )
    changes = sorted({at for each in (red, green) for at in _changes(each) if at < whole})
    seen: list[tuple[str, int]] = []
    for start, end in zip(changes, [*changes[1:], whole], strict=True):
        colour = COLOURS[_level(red, start), _level(green, start)]
        if seen and seen[-1][0] == colour:
            seen[-1] = colour, seen[-1][1] + end - start
        else:
            seen.append((colour, end - start))
    return seen


def _changes(steps: list[tuple[int, int]]) -> list[int]:
    at, found = 0, []
    for _level_then, ms in steps:
        found.append(at)
        at += ms
    return found


def _level(steps: list[tuple[int, int]], at: int) -> int:
    for level, ms in steps:
        if at < ms:
            return level
        at -= ms
    raise AssertionError("two LEDs of one lamp are out of step")


class FakeAdc:
    """A converter of IIO."""

    def __init__(self, sys: Path, name: str, channels: int, scale_mv: float = 2.0) -> None:
        self._device = sys / "bus/iio/devices/iio:device0"
        self._scale_mv = scale_mv
        self._device.mkdir(parents=True)
        (self._device / "name").write_text(f"{name}\n")
        for channel in range(channels):
            (self._device / f"in_voltage{channel}_scale").write_text(f"{scale_mv:.9f}\n")
            self.put(channel, 0.0)

    def put(self, channel: int, volts: float) -> None:
        """Put a voltage at the converter's pin."""
        raw = self._device / f"in_voltage{channel}_raw"
        raw.write_text(f"{round(volts * 1000 / self._scale_mv)}\n")

    def remove(self) -> None:
        """Take the converter away."""
        for path in self._device.iterdir():
            path.unlink()
        self._device.rmdir()


class FakeInput:
    """An input device: real bytes of struct input_event through a named pipe, and its answer to EVIOCGKEY."""

    NAME: Final = "event3"

    def __init__(self, devices: Path, sys: Path, name: str, key: int) -> None:
        (sys / f"class/input/{self.NAME}/device").mkdir(parents=True)
        (sys / f"class/input/{self.NAME}/device/name").write_text(f"{name}\n")
        (devices / "input").mkdir(exist_ok=True)
        self._path = devices / "input" / self.NAME
        self._key = key
        self.down: set[int] = set()
        self._feed: int | None = None
        self.plug()

    def plug(self) -> None:
        """Be there."""
        os.mkfifo(self._path)
        # Read and write, so that it opens without a reader and never ends by itself.
        self._feed = os.open(self._path, os.O_RDWR | os.O_NONBLOCK)

    def unplug(self) -> None:
        """Go: the reader finds the end."""
        self._path.unlink()
        self.close()

    def close(self) -> None:
        """Close our end."""
        if self._feed is not None:
            os.close(self._feed)
            self._feed = None

    def key(self, code: int, value: int) -> None:
        """Move a key: 1 down, 0 up, 2 repeats."""
        if value:
            self.down.add(code)
        else:
            self.down.discard(code)
        self.send((EV_KEY, code, value), (EV_SYN, 0, 0))

    def press(self, pressed: bool) -> None:
        """Press or release the button."""
        self.key(self._key, int(pressed))

    def send(self, *events: tuple[int, int, int]) -> None:
        """Queue events of type, code and value."""
        assert self._feed is not None
        os.write(self._feed, b"".join(EVENT.pack(0, 0, *event) for event in events))

    def ioctl(self, descriptor: int, request: int, answer: bytearray) -> int:
        """Answer EVIOCGKEY, as fcntl.ioctl does on the device."""
        assert os.fstat(descriptor).st_ino == self._path.stat().st_ino
        assert request == EVIOCGKEY
        for code in self.down:
            answer[code // 8] |= 1 << code % 8
        return len(answer)
