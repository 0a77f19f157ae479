"""A PC without any of our hardware: sound through its own card, no lamps, no button."""

from hw.drivers.network_nameplate import NetworkNameplate
from hw.ports import Board, SoundCard

BOARD = Board(
    name="host",
    description="This computer",
    sound=SoundCard(playback="default", capture="default"),
    nameplate=lambda connection: NetworkNameplate(),
    leds=None,
    button=None,
    amplifier=None,
    input_selector=None,
    terminals=None,
    interface=None,
    link=None,  # a computer has links of many kinds, and none of them is *the* link
    development=True,
)
