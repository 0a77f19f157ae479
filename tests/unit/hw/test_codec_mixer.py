"""The codec's controls: what selecting an input sets, and what happens while the card is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import alsaaudio
import pytest

from hw.boards import c8210_hat as hat
from hw.boards import load
from hw.drivers import codec_mixer
from hw.drivers.codec_mixer import CodecMixer
from tests.contract.private_bus import eventually

BOOLEAN = {
    "Left Output Mixer PCM",
    "Left Boost Mixer LINPUT1",
    "Left Boost Mixer LINPUT3",
    "Left Input Mixer Boost",
    "Right Boost Mixer RINPUT1",
    "Right Input Mixer Boost",
    hat.PIN_ELECTRET,
    hat.PIN_DYNAMIC,
    hat.PIN_LINE,
    hat.PIN_CURRENT,
    hat.PIN_UNUSED,
}
STEPS = {
    "Playback": 255,
    "Headphone": 127,
    "ADC PCM": 255,
    "Capture": 63,
    "Left Input Boost Mixer LINPUT1": 3,
    "Left Input Boost Mixer LINPUT3": 7,
    "Right Input Boost Mixer RINPUT1": 3,
}
"""sound/soc/codecs/wm8960.c, as alsa-lib's simple mixer names it; the pins are the overlay's."""


class Card:
    """The controls of the card, as `alsaaudio.Mixer` shows them."""

    def __init__(self) -> None:
        self.there = True
        self.state: dict[tuple[str, int], int] = {}
        self.opened = 0

    def mixer(self, control: str, device: str) -> "Control":
        """Open a control."""
        assert device == "hw:c8210hat"
        if not self.there:
            raise alsaaudio.ALSAAudioError("No such device [hw:c8210hat]")
        assert control in BOOLEAN or control in STEPS, f"the codec has no {control}"
        self.opened += 1
        return Control(self, control)

    def on(self, control: str) -> bool:
        """Whether a switch is on."""
        return bool(self.state.get((control, -1)))


class Control:
    """One control."""

    def __init__(self, card: Card, name: str) -> None:
        self._card = card
        self._name = name

    def setmute(self, mute: int) -> None:
        """Set a switch."""
        assert self._name in BOOLEAN
        self._card.state[self._name, -1] = int(not mute)

    def setrec(self, capture: int, channel: int) -> None:
        """Set the switch of a capture control, of one channel or of both."""
        assert self._name == "Capture"
        for each in (0, 1) if channel == alsaaudio.MIXER_CHANNEL_ALL else (channel,):
            self._card.state["Capture Switch", each] = capture

    def setvolume(self, volume: int, channel: int, pcmtype: int, units: int) -> None:
        """Set a volume in its own steps."""
        assert units == alsaaudio.VOLUME_UNITS_RAW
        assert 0 <= volume <= STEPS[self._name]
        assert (pcmtype == alsaaudio.PCM_CAPTURE) == (self._name in ("Capture", "ADC PCM"))
        self._card.state[self._name, channel] = volume

    def close(self) -> None:
        """Close."""
        self._card.opened -= 1


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    """The HAT's card in the place of ALSA's mixer."""
    card = Card()
    monkeypatch.setattr(CodecMixer.__init__, "__defaults__", (card.mixer,))
    monkeypatch.setattr(codec_mixer, "RETRY_INTERVAL_S", 0.02)
    return card


@asynccontextmanager
async def selector() -> AsyncIterator[Any]:
    """Run the HAT's own selector until the block ends."""
    make = load("c8210_hat").input_selector
    assert make is not None
    driver = make(None)  # type: ignore[arg-type]  # it needs no bus
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(driver.run(), name="codec")
        yield driver
        task.cancel()


def powered(card: Card) -> set[str]:
    """Return what of the left input the kernel powers, by the routes of wm8960.c and of the overlay.

    AINL (R25, bit 5), which the driver calls Left Boost Mixer, powers all of it: the amplifier and the mixer behind
    it, where LINPUT3 comes in, too. LMIC (R47, bit 5), its Left Input Mixer, powers the amplifier alone.
    """
    routes = {
        ("LINPUT1", hat.PIN_ELECTRET): True,
        ("LINPUT1", hat.PIN_DYNAMIC): True,
        ("LINPUT3", hat.PIN_LINE): True,
        ("AINL", "LINPUT1"): card.on("Left Boost Mixer LINPUT1"),
        ("AINL", "LINPUT3"): card.on("Left Boost Mixer LINPUT3"),
        ("LMIC", "AINL"): card.on("Left Input Mixer Boost"),
        ("LMIC", "LINPUT1"): card.on("Left Input Mixer Boost"),
        ("LMIC", "LINPUT3"): True,
    }
    fed = {name for name in PINS if card.on(name)}
    for _ in routes:
        fed |= {sink for (sink, source), closed in routes.items() if closed and source in fed}
    # Only what leads to the ADC, whose one source is LMIC.
    needed = {"LMIC"}
    for _ in routes:
        needed |= {source for (sink, source), closed in routes.items() if closed and sink in needed}
    return fed & needed & {"AINL", "LMIC"}


PINS = (hat.PIN_ELECTRET, hat.PIN_DYNAMIC, hat.PIN_LINE)


@pytest.mark.parametrize(
    ("type_", "power", "pin"),
    [
        ("mic", "electret", hat.PIN_ELECTRET),
        ("mic", "none", hat.PIN_DYNAMIC),
        ("line", "none", hat.PIN_LINE),
        ("line", "electret", hat.PIN_LINE),
    ],
)
@pytest.mark.covers("M-HW-05", part="the codec")
async def test_one_pin_of_the_jack_is_on(card: Card, type_: str, power: str, pin: str) -> None:
    """The bias comes with its pin alone; a microphone goes through the input amplifier, a line past it."""
    async with selector() as driver:
        driver.select("mic", "electret" if power == "none" else "none")
        driver.select(type_, power)
        await eventually(lambda: [name for name in PINS if card.on(name)] == [pin], "the pin")
    microphone = type_ == "mic"
    assert powered(card) == {"AINL", "LMIC"}
    assert card.on("Left Boost Mixer LINPUT1") is microphone
    # The input amplifier: heard from a microphone, mute beside a line, which comes in behind it.
    assert bool(card.state["Capture Switch", 0]) is microphone
    assert (card.state["Left Input Boost Mixer LINPUT3", -1] == 0) is microphone
    assert card.state["Capture Switch", 1], "the current is heard in any case"
    assert card.opened == 0


async def test_what_never_changes_is_set_at_the_start(card: Card) -> None:
    """The way to the amplifier at 0 dB, and that of the current, which no microphone's gain touches."""
    async with selector() as driver:
        driver.select("mic", "none")
        await eventually(lambda: card.on(hat.PIN_DYNAMIC), "the selection")
    assert card.state["Headphone", -1] == 121
    assert card.state["Playback", -1] == 255
    assert card.on("Left Output Mixer PCM")
    assert card.state[hat.PIN_UNUSED, -1] == 0
    assert card.on(hat.PIN_CURRENT)
    assert card.on("Right Boost Mixer RINPUT1")
    assert card.on("Right Input Mixer Boost")
    assert card.state["Capture", 1] == 23
    assert card.state["Capture", 0] == 45
    assert ("Capture", -1) not in card.state


async def test_a_card_that_comes_later_is_set_then(
    card: Card, caplog: pytest.LogCaptureFixture
) -> None:
    """As it was told last; said once that it is away."""
    card.there = False
    async with selector() as driver:
        driver.select("mic", "none")
        await eventually(lambda: "the codec cannot be set" in caplog.text, "the warning")
        await asyncio.sleep(0.1)
        driver.select("line", "none")
        card.there = True
        await eventually(lambda: card.on(hat.PIN_LINE), "the line input")
        assert not card.on(hat.PIN_DYNAMIC)
    assert caplog.text.count("the codec cannot be set") == 1
