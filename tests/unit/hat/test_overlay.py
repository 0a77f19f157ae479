"""The HAT's overlay: mainline bindings, compiled without a warning, merged into the Raspberry Pi 4's own tree.

Tree and configuration are those of Debian's kernel for arm64, which the set-up fetches (etc/setup/pi4-tree.sh).
"""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hw.boards import c8210_hat as board
from hw.hat import netlist, overlay, pins
from hw.hat.overlay import BadTree, Node

PI4 = Path(__file__).parents[3] / "build/hat/bcm2711-rpi-4-b.dtb"
KERNEL = PI4.with_name("config")
DRIVERS = {
    "brcm,bcm2711-gpio": "PINCTRL_BCM2835",
    "brcm,bcm2835-aux-uart": "SERIAL_8250_BCM2835AUX",
    "brcm,bcm2835-i2s": "SND_BCM2835_SOC_I2S",
    "brcm,bcm2835-sdhost": "MMC_BCM2835",
    "fixed-clock": "COMMON_CLK",
    "gpio-keys": "KEYBOARD_GPIO",
    "gpio-leds": "LEDS_GPIO",
    "regulator-fixed": "REGULATOR_FIXED_VOLTAGE",
    "simple-audio-amplifier": "SND_SOC_SIMPLE_AMPLIFIER",
    "simple-audio-card": "SND_SIMPLE_CARD",
    "ti,ads1015": "TI_ADS1015",
    "wlf,wm8960": "SND_SOC_WM8960",
}
"""The kernel's option for the driver that says it is compatible."""
BESIDES = (
    "DMA_BCM2835",
    "I2C_BCM2835",
    "GPIO_CDEV",
    "INPUT_EVDEV",
    "LEDS_TRIGGER_PATTERN",
    "EEPROM_AT24",
    "I2C_MUX_PINCTRL",
)
"""What our drivers and the bring-up need as well."""
GPIO = "/soc/gpio@7e200000"
PULLS = {"off": 0, "down": 1, "up": 2}
FUNCTIONS = {0: 4, 5: 2}
"""brcm,function of ALT0 and ALT5 (brcm,bcm2835-gpio.yaml)."""
ACTIVE_HIGH, ACTIVE_LOW = 0, 1

MAP = {pin.gpio: pin for pin in pins.load()}


@pytest.fixture(scope="module")
def blob(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the compiled overlay."""
    path = tmp_path_factory.mktemp("overlay") / f"{overlay.NAME}.dtbo"
    overlay.compile_overlay(overlay.SOURCE, path)
    return path


@pytest.fixture(scope="module")
def base() -> Node:
    """Return the Raspberry Pi's own tree."""
    assert PI4.exists(), "`make setup` fetches the Raspberry Pi's device tree"
    return overlay.read(PI4.read_bytes())


@pytest.fixture(scope="module")
def tree(blob: Path) -> Node:
    """Return the Raspberry Pi's tree with the overlay in it."""
    assert PI4.exists(), "`make setup` fetches the Raspberry Pi's device tree"
    merged = blob.with_name("merged.dtb")
    overlay.merge(PI4, blob, merged)
    return overlay.read(merged.read_bytes())


def gpio_of(tree: Node, node: Node, name: str) -> tuple[int, int]:
    """Return the number and the flags of a GPIO that a node asks for."""
    handle, number, flags = node.cells(name)
    assert tree.by_handle(handle) is tree.at(GPIO)
    return number, flags


def named(line: str) -> int:
    """Return the GPIO of a line, by the pin map."""
    (number,) = (pin.gpio for pin in MAP.values() if pin.line == line)
    return number


# --- the tools --------------------------------------------------------------------------------


def test_a_warning_is_an_error(tmp_path: Path) -> None:
    """A node with an address and no `reg` is what dtc warns of."""
    source = tmp_path / "a.dts"
    source.write_text('/dts-v1/;\n/plugin/;\n&i2c1 { adc@48 { compatible = "ti,ads1015"; }; };\n')
    with pytest.raises(BadTree, match="Warning"):
        overlay.compile_overlay(source, tmp_path / "a.dtbo")


def test_an_overlay_for_another_computer_is_refused(tmp_path: Path) -> None:
    """A label that the Raspberry Pi's tree does not have."""
    source, compiled = tmp_path / "a.dts", tmp_path / "a.dtbo"
    source.write_text('/dts-v1/;\n/plugin/;\n&rp1_i2s { status = "okay"; };\n')
    overlay.compile_overlay(source, compiled)
    with pytest.raises(BadTree, match="FDT_ERR_NOTFOUND"):
        overlay.merge(PI4, compiled, tmp_path / "b.dtb")


def test_our_reader_agrees_with_fdtget(tree: Node, blob: Path) -> None:
    """What the tests below look at is what the tools of the device tree see."""
    merged = str(blob.with_name("merged.dtb"))

    def asked(*arguments: str) -> str:
        return subprocess.run(
            ["fdtget", *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    assert asked("-l", merged, GPIO).split() == list(tree.at(GPIO).children)
    assert asked("-t", "s", merged, GPIO, "gpio-line-names").split() == tree.at(GPIO).texts(
        "gpio-line-names"
    )
    assert asked("-t", "u", merged, f"{GPIO}/hat-sd", "brcm,pins") == "22 23 24 25 26 27"
    with pytest.raises(BadTree, match="no flattened"):
        overlay.read(b"something else")


def paths(node: Node, above: str = "") -> Iterator[tuple[str, Node]]:
    """Yield this node and all below it with their paths."""
    yield above or "/", node
    for child in node.children.values():
        yield from paths(child, f"{above}/{child.name}")


def test_debian_s_kernel_has_a_driver_for_every_part(tree: Node, base: Node) -> None:
    """For each node that the overlay adds or changes: built in, or as a module."""
    assert KERNEL.exists(), "`make setup` fetches the configuration of the kernel"
    built = set(re.findall(r"^CONFIG_(\w+)=[ym]$", KERNEL.read_text(), re.MULTILINE))
    before = dict(paths(base))
    seen = set()
    for path, node in paths(tree):
        same = path in before and before[path].properties == node.properties
        if same or "compatible" not in node.properties:
            continue
        (driver,) = {DRIVERS[each] for each in node.texts("compatible") if each in DRIVERS}
        assert driver in built, f"{path} has no driver"
        seen.add(driver)
    assert seen == set(DRIVERS.values())
    assert built.issuperset(BESIDES)


# --- pins -------------------------------------------------------------------------------------


def test_lines_have_the_names_of_the_pin_map(tree: Node, base: Node) -> None:
    """Daemons ask for lines by name; the names of all other lines stay as they were."""
    names, before = (node.at(GPIO).texts("gpio-line-names") for node in (tree, base))
    assert len(names) == len(before) == 58
    for number, (name, old) in enumerate(zip(names, before, strict=True)):
        pin = MAP.get(number)
        assert name == (pin.line if pin and pin.line else old)
    ours = {pin.line for pin in MAP.values()}
    for line in (
        "IO1_IN",
        "IO2_IN",
        "IO1_OUT",
        "IO2_OUT",
        "AMP_FAULT_N",
        "AMP_RESET_N",
        "AMP_MUTE",
    ):
        assert getattr(board, line) in ours


def pin_states(tree: Node) -> list[tuple[str, Node]]:
    """Return the pin settings that nodes in use ask for at the start, with who asks."""
    states = []
    for node in tree.walk():
        if "pinctrl-0" in node.properties and node.properties.get("status") != b"disabled\0":
            states += [(node.name, tree.by_handle(handle)) for handle in node.cells("pinctrl-0")]
    return states


def pins_of(state: Node) -> list[int]:
    """Return the GPIOs of a setting: in the chip's own binding, or in the generic one of its children."""
    if "brcm,pins" in state.properties:
        return state.cells("brcm,pins")
    names = [name for child in state.children.values() for name in child.texts("pins")]
    return [int(name.removeprefix("gpio")) for name in names]


def used_twice(tree: Node) -> list[int]:
    """Return the GPIOs that two nodes set, who would fight for them; the kernel refuses the second."""
    users = Counter(number for _, state in pin_states(tree) for number in pins_of(state))
    return [number for number, count in users.items() if count > 1]


def test_no_pin_is_used_twice(tree: Node) -> None:
    """The HAT's lines, the Raspberry Pi's console, wireless, Ethernet and lamps."""
    assert {number for _, state in pin_states(tree) for number in pins_of(state)} >= set(MAP) - {
        0,
        1,
    }
    assert used_twice(tree) == []


def test_a_pin_used_twice_is_seen(tmp_path: Path) -> None:
    """The card detect is a pin of the Raspberry Pi's console, unless the overlay takes it from there."""
    source, compiled, merged = (tmp_path / name for name in ("a.dts", "a.dtbo", "a.dtb"))
    text = overlay.SOURCE.read_text()
    source.write_text(text.replace("&uart1 {\n\tpinctrl-0 = <&hat_console_pin>;", "&uart1 {"))
    overlay.compile_overlay(source, compiled)
    overlay.merge(PI4, compiled, merged)
    assert used_twice(overlay.read(merged.read_bytes())) == [15]


def test_pins_are_set_as_the_pin_map_says(tree: Node) -> None:
    """Function and pull of each line of the header that the kernel uses or a daemon asks for."""
    functions: dict[int, int | None] = {}
    pulls: dict[int, int | None] = {}
    for _, state in pin_states(tree):
        numbers = pins_of(state)
        function = state.cells("brcm,function")[0] if "brcm,function" in state.properties else None
        pull = state.cells("brcm,pull") if "brcm,pull" in state.properties else []
        for index, number in enumerate(numbers):
            functions[number] = function
            pulls[number] = next(iter(pull[index:] or pull), None)
    for number, pin in MAP.items():
        if pin.by == "firmware":
            assert functions[number] == FUNCTIONS[0], pin  # the kernel may read the EEPROM too
            continue
        if pin.alt is not None:
            assert functions[number] == FUNCTIONS[pin.alt], pin
        else:
            # An input, or as it was: its driver makes it an output together with its level.
            assert functions[number] in (None, 0), pin
        if pin.pull is not None:
            assert pulls[number] == PULLS[pin.pull], pin


# --- parts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "line"),
    [
        (board.LED_STATUS_RED, "LED_STATUS_RED"),
        (board.LED_STATUS_GREEN, "LED_STATUS_GREEN"),
        (board.LED_SPEAKER_RED, "LED_SPEAKER_RED"),
        (board.LED_SPEAKER_GREEN, "LED_SPEAKER_GREEN"),
    ],
)
def test_a_lamp_has_the_name_that_the_driver_looks_for(tree: Node, label: str, line: str) -> None:
    """One LED class device for each colour, at the line of the pin map."""
    leds = tree.at(f"/{board.LEDS_DEVICE}")
    assert leds.text("compatible") == "gpio-leds"
    (led,) = (node for node in leds.children.values() if node.text("label") == label)
    assert gpio_of(tree, led, "gpios") == (named(line), ACTIVE_HIGH)


def test_both_colours_of_the_status_lamp_are_lit_from_the_start(tree: Node) -> None:
    """Amber is start-up (M-LED-02), also while no daemon runs yet."""
    leds = tree.at(f"/{board.LEDS_DEVICE}").children.values()
    lit = {node.text("label") for node in leds if node.properties.get("default-state") == b"on\0"}
    assert lit == {board.LED_STATUS_RED, board.LED_STATUS_GREEN}


def test_the_button_is_the_key_that_the_driver_looks_for(tree: Node) -> None:
    """An input device with a name of its own and one key."""
    keys = tree.at("/c8210-keys")
    (button,) = keys.children.values()
    assert keys.text("compatible") == "gpio-keys"
    assert keys.text("label") == board.BUTTON_NAME
    assert button.cells("linux,code") == [board.BUTTON_KEY]
    assert gpio_of(tree, button, "gpios") == (named("BUTTON_N"), ACTIVE_LOW)


def test_the_converter_has_its_channels(tree: Node) -> None:
    """Addresses 4 to 7 are the inputs to ground, which IIO counts from 0; gain 1 is +-4.096 V (ti,ads1015.yaml)."""
    adc = tree.at("/soc/i2c@7e804000/adc@48")
    assert adc.text("compatible") == f"ti,{board.ADC_NAME}"
    assert adc.cells("reg") == [netlist.load().only("ADS1015").i2c]
    inputs = {node.cells("reg")[0] - 4: node.cells("ti,gain") for node in adc.children.values()}
    wanted = (board.ADC_IO1, board.ADC_IO2, board.ADC_TEMPERATURE, board.ADC_SUPPLY)
    assert inputs == {index: [1] for index in wanted}


def test_the_codec_is_clocked_by_its_own_oscillator(tree: Node) -> None:
    """It is the master of both clocks, at 256 times 48 kHz, and keeps the frame clock for either direction."""
    codec = tree.at("/soc/i2c@7e804000/audio-codec@1a")
    assert codec.text("compatible") == "wlf,wm8960"
    assert codec.cells("reg") == [netlist.load().only("WM8960").i2c]
    assert "wlf,shared-lrclk" in codec.properties
    # The ADC has a frame clock of its own at ADCLRC, unless that pin is a GPIO.
    assert netlist.load().only("WM8960").pins["ADCLRC"] == netlist.OPEN
    assert codec.cells("wlf,gpio-cfg")[0] == 1
    (clock,) = codec.cells("clocks")
    assert tree.by_handle(clock).cells("clock-frequency") == [256 * 48_000]
    card = tree.at("/c8210-sound")
    for master in ("simple-audio-card,bitclock-master", "simple-audio-card,frame-master"):
        (handle,) = card.cells(master)
        end = tree.by_handle(handle)
        assert end.cells("system-clock-frequency") == [256 * 48_000]
        assert tree.by_handle(end.cells("sound-dai")[0]) is codec


def test_the_card_has_the_name_and_the_pins_that_the_drivers_look_for(tree: Node) -> None:
    """ALSA makes the card's id of its name by leaving out what is no letter or digit."""
    card = tree.at("/c8210-sound")
    name = card.text("simple-audio-card,name")
    assert "".join(sign for sign in name if sign.isalnum()) == board.CARD
    wanted = [board.PIN_ELECTRET, board.PIN_DYNAMIC, board.PIN_LINE, board.PIN_CURRENT]
    wanted.append(board.PIN_UNUSED)
    assert card.texts("simple-audio-card,pin-switches") == wanted
    widgets = card.texts("simple-audio-card,widgets")
    assert set(wanted) | {"Speaker"} == set(widgets[1::2])
    routes = card.texts("simple-audio-card,routing")
    pairs = set(zip(routes[1::2], routes[::2], strict=True))
    assert ("MICB", board.PIN_ELECTRET) in pairs  # bias with this pin alone
    assert sum(source == "MICB" for source, _ in pairs) == 1


def test_outputs_that_lead_nowhere_can_be_switched_off(tree: Node) -> None:
    """The kernel takes an output that nobody mentions for one that is heard, and powers it."""
    routes = tree.at("/c8210-sound").texts("simple-audio-card,routing")
    pairs = list(zip(routes[::2], routes[1::2], strict=True))
    codec = netlist.load().only("WM8960").pins
    outputs = {pin for pin in codec if pin.startswith(("HP_", "SPK_", "OUT"))}
    assert outputs <= {source for _sink, source in pairs}
    unused = {source for sink, source in pairs if sink == board.PIN_UNUSED}
    assert unused == {pin for pin in outputs if codec[pin] == netlist.OPEN}


def test_the_jack_and_the_shunt_are_where_the_routes_say(tree: Node) -> None:
    """The route's input is the codec's pin to which the schematic leads the signal."""
    routes = tree.at("/c8210-sound").texts("simple-audio-card,routing")
    sinks = dict(zip(routes[1::2], routes[::2], strict=True))
    codec = netlist.load().only("WM8960").pins
    assert codec[sinks[board.PIN_ELECTRET]] == codec[sinks[board.PIN_DYNAMIC]] == "MIC_IN"
    assert codec[sinks[board.PIN_LINE]] == "LINE_IN"
    assert codec[sinks[board.PIN_CURRENT]] == "CUR_IN"


def test_the_amplifier_is_unmuted_by_the_kernel_while_it_plays(tree: Node) -> None:
    """simple-audio-amplifier enables with a low level: at the start, and without a kernel, the line is high."""
    amplifier = tree.at("/hat-amplifier")
    assert amplifier.text("compatible") == "simple-audio-amplifier"
    assert gpio_of(tree, amplifier, "enable-gpios") == (named("AMP_MUTE"), ACTIVE_LOW)
    (handle,) = tree.at("/c8210-sound").cells("simple-audio-card,aux-devs")
    assert tree.by_handle(handle) is amplifier
    assert MAP[named("AMP_MUTE")].idle == "high"


def test_sound_and_card_have_dma(tree: Node, base: Node) -> None:
    """The Raspberry Pi's tree leaves the requests out, and without them the I2S driver has nothing to play by."""
    for path, requests in (("/soc/i2s@7e203000", [2, 3]), ("/soc/mmc@7e202000", [13])):
        node = tree.at(path)
        assert "dmas" not in base.at(path).properties
        assert node.text("status") == "okay"
        cells = node.cells("dmas")
        assert cells[1::2] == requests
        for handle in cells[::2]:
            assert tree.by_handle(handle).name == "dma-controller@7e007000"


@pytest.mark.covers("M-HW-10", part="the slot: lines, card detect, supply")
def test_the_user_s_card_has_a_slot_of_its_own(tree: Node) -> None:
    """The boot card stays at emmc2, and the user's card tells when it comes and goes."""
    slot = tree.at("/soc/mmc@7e202000")
    assert slot.text("compatible") == "brcm,bcm2835-sdhost"
    assert gpio_of(tree, slot, "cd-gpios") == (named("SD_CD_N"), ACTIVE_LOW)
    assert slot.cells("bus-width") == [4]
    assert tree.at("/emmc2-bus@fe000000/mmc@7e340000").text("status") == "okay"
    parts = netlist.load()
    socket = parts.only("MICROSD").pins
    assert [socket[f"DAT{n}"] for n in range(4)] == [MAP[24 + n].net for n in range(4)]
    assert socket["CMD"] == MAP[23].net
    assert parts.ohm(MAP[22].net, socket["CLK"]) < 100
    assert parts.ohm(MAP[15].net, socket["CD"]) == 1_000
