"""The load at the amplifier's terminals."""

from common.params.kinds import Int
from daemons.audio.params.owner import AUDIO, OPERATED

AUDIO.setting(
    "Audio.Impedance.Tolerance",
    Int(5, 50, "%"),
    "15",
    "Impedance tolerance",
    "By how much the load may differ from the tested one before an alarm is raised.",
    **OPERATED,
)
