"""The amplifier HAT on a Raspberry Pi 4.

Its lamps, button and amplifier have no driver yet: they read as not there, so that nobody is told that a lamp
is lit which is dark. The sound card is the one that the image's ALSA configuration calls `default`.
"""

from hw.drivers.network_nameplate import NetworkNameplate
from hw.ports import Board, SoundCard

BOARD = Board(
    name="c8210_hat",
    description="C8210 HAT on a Raspberry Pi 4",
    sound=SoundCard(playback="default", capture="default"),
    nameplate=lambda connection: NetworkNameplate("eth0"),
    leds=None,
    button=None,
    interface="eth0",
)
