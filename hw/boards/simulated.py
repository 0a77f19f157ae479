"""A unit whose outside is the simulated world (hw/sim)."""

import os

from common.bus.connection import Connection
from hw.drivers.network_link import NetworkLink
from hw.drivers.simulated_amplifier import SimulatedAmplifier
from hw.drivers.simulated_attachment import attached
from hw.drivers.simulated_button import SimulatedButton
from hw.drivers.simulated_input import SimulatedInput
from hw.drivers.simulated_leds import SimulatedLeds
from hw.drivers.simulated_link import SimulatedLink
from hw.drivers.simulated_nameplate import SimulatedNameplate
from hw.drivers.simulated_slots import SimulatedSlots
from hw.drivers.simulated_terminals import SimulatedTerminals
from hw.ports import Board, Link, SoundCard

INTERFACE_VARIABLE = "C8210_INTERFACE"


def _link(connection: Connection) -> Link:
    """Return the cable of the simulated world, or the link of a real interface where one is named."""
    interface = os.environ.get(INTERFACE_VARIABLE)
    return NetworkLink(interface) if interface else SimulatedLink(connection)


BOARD = Board(
    name="simulated",
    description="Simulated unit",
    sound=SoundCard(
        playback="c8210_speaker",
        capture="c8210_microphone",
        input_types=("mic", "line"),
        input_powers=("none", "electret"),
        attached=attached,
        round_trip_frames=4_320,  # five periods to the speaker, four in its room
    ),
    nameplate=SimulatedNameplate,
    leds=SimulatedLeds,
    button=SimulatedButton,
    amplifier=SimulatedAmplifier,
    input_selector=SimulatedInput,
    terminals=SimulatedTerminals,
    interface=None,  # the network is this computer's own: that it comes and goes is no fault of the unit
    link=_link,
    slots=SimulatedSlots,
    development=True,
)
