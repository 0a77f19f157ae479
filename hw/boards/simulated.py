"""A unit whose outside is the simulated world (hw/sim)."""

from hw.drivers.simulated_attachment import attached
from hw.drivers.simulated_button import SimulatedButton
from hw.drivers.simulated_leds import SimulatedLeds
from hw.drivers.simulated_nameplate import SimulatedNameplate
from hw.ports import Board, SoundCard

BOARD = Board(
    name="simulated",
    description="Simulated unit",
    sound=SoundCard(playback="c8210_speaker", capture="c8210_microphone", attached=attached),
    nameplate=SimulatedNameplate,
    leds=SimulatedLeds,
    button=SimulatedButton,
    interface=None,  # the network is this computer's own: that it comes and goes is no fault of the unit
    development=True,
)
