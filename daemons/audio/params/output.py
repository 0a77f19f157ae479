"""The speaker."""

from common.params.kinds import Bool, Choice, Gain, Int
from daemons.audio.params.owner import AUDIO, OPERATED

OUTPUT_GAINS = Gain(-72, 6)
EQUALISERS = (
    ("flat", "Flat"),
    ("speech", "Speech"),
    ("music", "Music"),
    ("ceiling", "Ceiling speaker"),
    ("horn", "Horn speaker"),
    ("small", "Small speaker"),
)
"""The presets of `equaliser.py`, with their names for people."""

OUTPUT_GAIN = AUDIO.setting(
    "AudioSource.A0.OutputGain",
    OUTPUT_GAINS,
    "0",  # clips are levelled to -20 LUFS, which leaves room; a speaker's own -30 would be near silence
    "Output gain",
    "The level of the speaker, applied after mixing.",
    **OPERATED,
)
AUDIO.setting(
    "Audio.Output.Equaliser",
    Choice(EQUALISERS),
    "flat",
    "Equaliser",
    "The frequency response given to everything that plays.",
    **OPERATED,
)
AUDIO.setting(
    "Audio.Output.AutomaticVolume.Enabled",
    Bool(),
    "no",
    "Automatic volume control",
    "Whether the gain of the speaker follows the noise around it, as the audio input hears it.",
    **OPERATED,
)
AUDIO.setting(
    "Audio.Output.AutomaticVolume.Range",
    Int(1, 20, "dB"),
    "10",
    "Automatic volume range",
    "By how much automatic volume control may turn the speaker up.",
    **OPERATED,
)
AUDIO.setting(
    "Audio.Output.AutomaticVolume.Reference",
    Int(-100, -20, "dBFS"),
    "-60",
    "Automatic volume reference",
    "The noise, as the audio input has it before its gain, above which the speaker is turned up.",
    **OPERATED,
)
