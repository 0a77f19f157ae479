"""The amplifier HAT on a Raspberry Pi 4 (hw/c8210-hat).

Every name and figure by which the parts are found stands here once; the overlay and the netlist in `hw/c8210-hat`
are compared with them. Levels are those of the pins: `_N` is active when low.
"""

from typing import Final

from common.bus.connection import Connection
from hw.drivers.class_leds import BicolourLamp, ClassLeds
from hw.drivers.gpio_terminals import GpioTerminals, TerminalLines
from hw.drivers.iio_adc import AdcChannel, IioAdc
from hw.drivers.input_button import InputButton
from hw.drivers.network_link import NetworkLink
from hw.drivers.network_nameplate import NetworkNameplate
from hw.drivers.thermometer import Ntc
from hw.ports import Amplifier, Board, InputSelector, Led, SoundCard, Supervision

# --- the ID EEPROM (HAT+): what the device tree says of the HAT --------------------------------

HAT_VENDOR: Final = "C8210 project"
HAT_PRODUCT: Final = "C8210 amplifier HAT"
HAT_PRODUCT_ID: Final = 0x8210

# --- GPIO lines, by `gpio-line-names` ---------------------------------------------------------

IO1_IN: Final = "IO1_IN"
"""Low while the terminal is at 1 V to ground or less; its pull-up on the HAT makes it read open."""
IO2_IN: Final = "IO2_IN"
IO1_OUT: Final = "IO1_OUT"
"""High closes the terminal to ground; its pull-down at the MOSFET's gate opens it when nobody drives the line."""
IO2_OUT: Final = "IO2_OUT"
AMP_FAULT_N: Final = "AMP_FAULT_N"
"""Low while the amplifier's protection has tripped (open drain, pull-up)."""
AMP_RESET_N: Final = "AMP_RESET_N"
"""Low shuts the amplifier down and clears a trip; driven as open drain, pulled up on the HAT."""
AMP_MUTE: Final = "AMP_MUTE"
"""High mutes. The kernel's simple-audio-amplifier holds it while nothing is played; no daemon asks for it."""

# --- lamps (gpio-leds), button (gpio-keys) ----------------------------------------------------

LED_STATUS_RED: Final = "red:status"
LED_STATUS_GREEN: Final = "green:status"
LED_SPEAKER_RED: Final = "red:speaker"
LED_SPEAKER_GREEN: Final = "green:speaker"
LEDS_DEVICE: Final = "c8210-leds"
"""The node of the overlay, and so the folder in /sys/devices/platform that ioports may write to."""
BUTTON_NAME: Final = "c8210-button"
"""The `label` of the gpio-keys node, which becomes the name of the input device."""
BUTTON_KEY: Final = 148
"""KEY_PROG1: no meaning to anything else that listens to keys."""

# --- analogue channels (ADS1015, IIO) ---------------------------------------------------------

ADC_NAME: Final = "ads1015"
ADC_IO1: Final = 0
ADC_IO2: Final = 1
ADC_TEMPERATURE: Final = 2
ADC_SUPPLY: Final = 3

# --- sound (ALSA) -----------------------------------------------------------------------------

CARD: Final = "c8210hat"
"""The card's id: `simple-audio-card,name` in small letters without signs."""
PIN_ELECTRET: Final = "Electret Mic"
"""A microphone at the tip, with the codec's bias at the ring: `simple-audio-card,pin-switches`."""
PIN_DYNAMIC: Final = "Dynamic Mic"
"""A microphone at the tip, without bias."""
PIN_LINE: Final = "Line In"
PIN_CURRENT: Final = "Current Sense"
"""The shunt's amplifier at the right ADC."""
PIN_UNUSED: Final = "Unused"
"""Outputs of the codec that lead nowhere: its own class-D amplifiers among them, which would switch for nobody."""

INTERFACE = "eth0"

# --- what the drivers are made of -------------------------------------------------------------

TERMINALS: Final = (TerminalLines(IO1_IN, IO1_OUT), TerminalLines(IO2_IN, IO2_OUT))
TERMINAL_DIVIDER: Final = 11.0
"""470 kOhm over 47 kOhm: 30 V at the terminal are 2.73 V at the converter."""
TERMINAL_CHANNELS: Final = (
    AdcChannel(ADC_IO1, TERMINAL_DIVIDER),
    AdcChannel(ADC_IO2, TERMINAL_DIVIDER),
)
SUPERVISION: Final = Supervision(supply_v=3.3, pull_up_ohm=4_700)
LAMPS: Final = {
    Led.STATUS: BicolourLamp(LED_STATUS_RED, LED_STATUS_GREEN),
    Led.SPEAKER: BicolourLamp(LED_SPEAKER_RED, LED_SPEAKER_GREEN),
}

RAIL_DIVIDER: Final = 11.0
AMPLIFIER_NTC: Final = Ntc(ohm_at_25=10_000, b_kelvin=3380, supply_v=3.3, pull_up_ohm=10_000)
TOO_HOT_C: Final = 90.0
"""At the thermistor beside the amplifier; its own limit, in the chip, is 150."""

FULL_SCALE_V: Final = 15.6
"""The peak at the loudspeaker's terminals for a sample of full scale."""
FULL_SCALE_A: Final = 8.84
"""The peak current for a sample of full scale of the right ADC."""
SENSE_DELAY_FRAMES: Final = 1_440
"""Three periods of the card's buffer; the converters' own delay, under 1 ms, is left out."""

SPEAKER: Final = "c8210_speaker"
MICROPHONE: Final = "c8210_microphone"
SENSE: Final = "c8210_sense"
"""The devices of etc/alsa/c8210_hat.conf."""


def _codec(connection: Connection) -> InputSelector:
    """Return the WM8960's mixer: sound/soc/codecs/wm8960.c has the controls, its data sheet the steps."""
    # Here and not above: daemons without sound shall not load it.
    from hw.drivers.codec_mixer import CaptureSwitch, CodecMixer, Setting, Switch, Volume

    left, right = 0, 1
    jack_off = [Switch(pin, False) for pin in (PIN_ELECTRET, PIN_DYNAMIC, PIN_LINE)]
    no_line: list[Setting] = [*jack_off, Volume("Left Input Boost Mixer LINPUT3", 0)]
    microphone: list[Setting] = [
        Switch("Left Boost Mixer LINPUT3", False),
        Switch("Left Boost Mixer LINPUT1"),
        CaptureSwitch("Capture", True, left),
    ]
    # A line comes in behind the input amplifier, which is mute then. It has to be at that amplifier as well, and the
    # amplifier at the mixer: by that way alone the kernel knows that the mixer needs power.
    line: list[Setting] = [
        *jack_off,
        CaptureSwitch("Capture", False, left),
        Switch("Left Boost Mixer LINPUT1", False),
        Switch("Left Boost Mixer LINPUT3"),
        Volume("Left Input Boost Mixer LINPUT3", 5),  # 0 dB
        Switch(PIN_LINE),
    ]
    return CodecMixer(
        CARD,
        [
            Volume("Playback", 255),  # 0 dB
            Volume("Headphone", 121),  # 0 dB
            Switch("Left Output Mixer PCM"),
            Switch(PIN_UNUSED, False),
            Switch("Left Input Mixer Boost"),
            Volume("ADC PCM", 195, capture=True),  # 0 dB
            # The current, through the right input amplifier at 0 dB.
            Switch(PIN_CURRENT),
            Switch("Right Boost Mixer RINPUT1"),
            Switch("Right Input Mixer Boost"),
            Volume("Right Input Boost Mixer RINPUT1", 0),
            Volume("Capture", 23, right, capture=True),
            CaptureSwitch("Capture", True, right),
        ],
        {
            ("mic", "none"): [
                *no_line,
                *microphone,
                Volume("Left Input Boost Mixer LINPUT1", 3),  # +29 dB
                Volume("Capture", 45, left, capture=True),  # +16.5 dB
                Switch(PIN_DYNAMIC),
            ],
            ("mic", "electret"): [
                *no_line,
                *microphone,
                Volume("Left Input Boost Mixer LINPUT1", 2),  # +20 dB
                Volume("Capture", 39, left, capture=True),  # +12 dB
                Switch(PIN_ELECTRET),
            ],
            ("line", "none"): line,
            ("line", "electret"): line,  # the ring of a stereo plug is no place for a bias
        },
    )


def _amplifier(connection: Connection) -> Amplifier:
    """Return the TPA3118D2 with its lines, its thermistor and its shunt."""
    from hw.drivers.fault_line import FaultLine
    from hw.drivers.sensing_amplifier import CurrentSense, SensingAmplifier
    from hw.drivers.thermometer import Thermometer

    return SensingAmplifier(
        FULL_SCALE_V,
        FaultLine(AMP_FAULT_N, AMP_RESET_N),
        Thermometer(AMPLIFIER_NTC, IioAdc(ADC_NAME, [AdcChannel(ADC_TEMPERATURE)])),
        TOO_HOT_C,
        CurrentSense(SENSE, FULL_SCALE_A, SENSE_DELAY_FRAMES),
    )


BOARD = Board(
    name="c8210_hat",
    description="C8210 HAT on a Raspberry Pi 4",
    sound=SoundCard(
        playback=SPEAKER,
        capture=MICROPHONE,
        input_types=("mic", "line"),
        input_powers=("none", "electret"),
    ),
    nameplate=lambda connection: NetworkNameplate("eth0"),
    leds=lambda connection: ClassLeds(LAMPS),
    button=lambda connection: InputButton(BUTTON_NAME, BUTTON_KEY),
    amplifier=_amplifier,
    input_selector=_codec,
    terminals=lambda connection: GpioTerminals(
        TERMINALS, IioAdc(ADC_NAME, TERMINAL_CHANNELS), SUPERVISION
    ),
    interface="eth0",
    link=lambda connection: NetworkLink("eth0"),
)
