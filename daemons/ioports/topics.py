"""What happens at the physical side of the unit."""

from typing import Final

from common.topics import TOPICS, Item, ItemType, Topic

CONTROL_BUTTON = TOPICS.declare(
    Topic(
        # No recorded unit tells of its control button; the name follows those of its neighbours under IO.
        "tns1:Device/tnsaxis:IO/ControlButton",
        "Control button",
        data=(Item("pressed", ItemType.BOOLEAN, "Pressed"),),
        state="pressed",
    )
)

HIGHEST_VIRTUAL_INPUT: Final = 64
"""How many there are; they are numbered from 1 (VAPIX page 7.4)."""

VIRTUAL_INPUT = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:IO/VirtualInput",
        "Virtual input",
        source=(
            Item(
                "port",
                ItemType.INT,
                "Port number",
                {str(number): str(number) for number in range(1, HIGHEST_VIRTUAL_INPUT + 1)},
            ),
        ),
        data=(Item("active", ItemType.BOOLEAN, "Active"),),
        state="active",
    )
)

VIRTUAL_PORT = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:IO/VirtualPort",
        "Manual trigger",
        source=(Item("port", ItemType.INT, "Port", {"1": "1"}),),
        data=(Item("state", ItemType.BOOLEAN, "Active"),),
        state="state",
    )
)

# Nor of what was meant by it, nor of its LEDs: these names are ours, too.
CONTROL_BUTTON_GESTURE = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:IO/ControlButtonGesture",
        "Control button gesture",
        data=(
            Item(
                "gesture",
                ItemType.STRING,
                "Gesture",
                {
                    "cloud_connect": "Cloud connection",
                    "impedance_test": "Impedance test",
                    "factory_default": "Factory default",
                },
            ),
        ),
    )
)

CAUSES: Final = {
    "reset": "the unit is reset to factory default settings",
    "upgrade": "the software is being upgraded",
    "power_up_release": "releasing the control button now resets the unit to factory default settings",
    "power_up_hold": "the control button is still held since power-up",
    "power_up_press": "the control button is held since power-up",
    "locate": "somebody wants to find the unit",
    "starting": "the unit is starting",
    "cloud_connecting": "the unit connects to the cloud service",
    "upgrade_failed": "an upgrade failed",
    "network_lost": "the network connection is unavailable or lost",
    "rule_red_flashing": "a rule asks for flashing red",
    "rule_amber_flashing": "a rule asks for flashing amber",
    "rule_green_flashing": "a rule asks for flashing green",
    "rule_red": "a rule asks for red",
    "rule_amber": "a rule asks for amber",
    "rule_green": "a rule asks for green",
    "normal": "normal operation",
    "over_current": "the over-current protection was tripped",
    "over_temperature": "the over-temperature protection was tripped",
    "not_calibrated": "the impedance was not calibrated",
    "speaker_normal": "normal operation",
}
"""Why an LED shows what it shows; `led_table.py` says what that is."""

LED = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:IO/Led",
        "LED",
        source=(
            Item("led", ItemType.STRING, "LED", {"status": "Status LED", "speaker": "Speaker LED"}),
        ),
        data=(Item("cause", ItemType.STRING, "What it shows", CAUSES),),
        state="cause",
    )
)
"""Of the causes that hold, the most urgent one."""

ANY_PORT = -1
"""The port that stands for all inputs: active while any of them is."""
_PORTS = {"0": "Port 1", "1": "Port 2"}

INPUT_PORT = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:IO/Port",
        "Digital input port",
        source=(Item("port", ItemType.INT, "Port", {str(ANY_PORT): "Any", **_PORTS}),),
        data=(Item("state", ItemType.BOOLEAN, "Active"),),
        state="state",
    )
)
OUTPUT_PORT = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:IO/OutputPort",
        "Digital output port",
        source=(Item("port", ItemType.INT, "Port", _PORTS),),
        data=(Item("state", ItemType.BOOLEAN, "Active"),),
        state="state",
    )
)
SUPERVISED_PORT = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:IO/SupervisedPort",
        "Supervised input port",
        source=(Item("port", ItemType.INT, "Port", _PORTS),),
        data=(
            Item(
                "state",
                ItemType.STRING,
                "State",
                {"Open": "Open", "Closed": "Closed", "Tampered": "Tampered"},
            ),
            Item("tampered", ItemType.BOOLEAN, "Tampered"),
            # Ours: VAPIX does not tell in its event which way the cable was tampered with (M-IO-09).
            Item(
                "circuit",
                ItemType.STRING,
                "Circuit",
                {"open": "Open", "close": "Closed", "cut": "Cut", "short": "Shorted"},
            ),
        ),
        state="state",
    )
)
DIGITAL_INPUT = TOPICS.declare(
    Topic(
        "tns1:Device/Trigger/DigitalInput",
        "Digital input",
        source=(Item("InputToken", ItemType.REFERENCE, "Input", _PORTS),),
        data=(Item("LogicalState", ItemType.BOOLEAN, "Active"),),
        state="LogicalState",
        application_data=True,
    )
)
RELAY = TOPICS.declare(
    Topic(
        "tns1:Device/Trigger/Relay",
        "Relay output",
        source=(Item("RelayToken", ItemType.REFERENCE, "Relay", _PORTS),),
        data=(
            Item(
                "LogicalState",
                ItemType.STRING,
                "State",
                {"active": "Active", "inactive": "Inactive"},
            ),
        ),
        state="LogicalState",
    )
)
