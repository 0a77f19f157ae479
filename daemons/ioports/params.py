"""The settings of the status LED and of the I/O ports."""

from common.params.kinds import Access, Bool, Choice, Int, Text
from common.params.registry import PARAMETERS, Options
from common.supervised_ranges import DEFAULT as RANGES
from common.supervised_ranges import Ranges

_ioports = PARAMETERS.owned_by("ioports")

STATUS_LED_USAGE = _ioports.setting(
    "StatusLed.Usage",
    Choice((("on", "On"), ("off", "Off"), ("flash", "Flash"))),
    "on",
    "Status LED",
    "How the status LED shows normal operation; faults, locating and resetting are always shown.",
    read=Access.OPERATOR,
)
STATUS_LED_FLASH_INTERVAL = _ioports.setting(
    "StatusLed.FlashInterval",
    Int(1, 30, "s"),
    "4",
    "Interval",
    "The time from one flash of the status LED to the next, when it flashes in normal operation.",
    read=Access.OPERATOR,
)

PORTS = 2
"""How many terminals the unit's connector has (M-HW-07); a board may have none of them."""
INPUTS = _ioports.fact(
    "Input.NbrOfInputs", Int(0, 100), "2", "Nbr of inputs", "How many I/O ports are inputs now."
)
OUTPUTS = _ioports.fact(
    "Output.NbrOfOutputs", Int(0, 100), "0", "Nbr of outputs", "How many I/O ports are outputs now."
)
MANUAL_TRIGGER = _ioports.fact(
    "Properties.IO.ManualTriggerNbr",
    Int(0, 100),
    "6",
    "Manual trigger nbr",
    "The number by which io/virtualinput.cgi knows the manual trigger.",
)
VIRTUAL_INPUT = _ioports.fact(
    "Properties.VirtualInput.VirtualInput",
    Bool(),
    "yes",
    "Virtual input",
    "The unit has virtual inputs.",
    read=Access.ANYBODY,
    const=True,
)
SUPERVISED_IO = _ioports.fact(
    "Properties.SupervisedIO.SupervisedIO",
    Bool(),
    "yes",
    "Supervised I/O",
    "The unit can tell a cut or shorted cable from an open or closed contact.",
)
SUPERVISED_IO_VERSION = _ioports.fact(
    "Properties.SupervisedIO.Version",
    Text(16),
    "2.0",
    "Supervised I/O version",
    "The version of supervisedio.cgi.",
    const=True,
)

_CIRCUIT = Choice.of("closed", "open")
_NAMED: Options = {"read": Access.OPERATOR}
_OUTPUT: Options = {"write": Access.OPERATOR}


def _declare(index: int) -> None:
    """Declare one port; digits of who may do what as recorded from a D4200-VE (VAPIX page 3)."""
    group, number = f"IOPort.I{index}", index + 1
    _ioports.fact(
        f"{group}.Configurable",
        Bool(),
        "yes",
        "Configurable",
        "The direction of the port can be chosen.",
        read=Access.OPERATOR,
        write=Access.ADMIN,  # so recorded, though nobody can
    )
    _ioports.setting(
        f"{group}.Direction",
        Choice.of("input", "output"),
        "input",
        "Direction",
        "Whether the port reads a circuit or closes one.",
    )
    _ioports.setting(
        f"{group}.Usage", Text(64), "", "Usage", "What the port is used for, in your own words."
    )
    _ioports.setting(
        f"{group}.Input.Name",
        Text(128),
        f"Port {number}",
        f"Input {number} name",
        "The name of the port while it is an input.",
        **_NAMED,
    )
    _ioports.setting(
        f"{group}.Input.Trig",
        _CIRCUIT,
        "closed",
        "Generate when circuit is...",
        "The input is active when its circuit is so; the normal state is the other one.",
        **_NAMED,
    )
    _ioports.setting(
        f"{group}.Input.Debounce",
        Int(0, 1000, "ms"),
        "20",
        "Debounce",
        "How long a circuit must stay as it is before that counts; with 0 every edge is an event.",
        **_NAMED,
    )
    _ioports.setting(
        f"{group}.Input.Supervised",
        Bool(),
        "no",
        "Supervised",
        "Tell a cut or shorted cable from an open or closed contact; needs end-of-line resistors.",
        **_NAMED,
    )
    _ioports.setting(
        f"{group}.Input.SupervisedRanges",
        Ranges(),
        RANGES,
        "Supervised ranges",
        "Which voltages at the terminal mean which state of a supervised loop, in mV.",
        **_NAMED,
    )
    _declare_output(f"{group}.Output", number)


def _declare_output(group: str, number: int) -> None:
    _ioports.setting(
        f"{group}.Name",
        Text(128),
        f"Port {number}",
        "Name",
        "The name of the port while it is an output.",
        **_OUTPUT,
    )
    _ioports.setting(
        f"{group}.Active",
        _CIRCUIT,
        "closed",
        "Active",
        "How the circuit is while the output is active; the normal state is the other one.",
        **_OUTPUT,
    )
    # What follows is of VAPIX 2, which says little of it. Mode and the delay in seconds are those of an ONVIF relay
    # (DeviceIO, RelayOutputSettings); clients read the pulse time as ms after which an output resets itself.
    _ioports.setting(
        f"{group}.Mode",
        Choice.of("monostable", "bistable"),
        "bistable",
        "Mode",
        "A monostable output ends an activation by itself, a bistable one stays as it is set.",
        **_OUTPUT,
    )
    _ioports.setting(
        f"{group}.PulseTime",
        Int(0, 65535, "ms"),
        "0",
        "Pulse time",
        "After this time a monostable output is inactive again; 0 leaves that to the delay time.",
        **_OUTPUT,
    )
    _ioports.setting(
        f"{group}.DelayTime",
        Int(0, 65535, "s"),
        "1",
        "Delay time",
        "After this time a monostable output without a pulse time is inactive again; 0 for never.",
        **_OUTPUT,
    )
    _ioports.setting(
        f"{group}.Button",
        Choice((("none", "None"), ("pulse", "Pulse"), ("actinact", "Active/inactive"))),
        "none",
        "Button",
        "Read by clients alone: which buttons a page of theirs should show for the output.",
        **_OUTPUT,
    )


for _index in range(PORTS):
    _declare(_index)
