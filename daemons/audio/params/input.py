"""The audio input."""

from common.params.kinds import Access, Bool, Choice, Gain, Int
from common.params.registry import Options
from daemons.audio.params.owner import AUDIO, NAME, OPERATED, VIEWED, WORDS

INPUT_GAINS = Gain(-34.5, 12, 1.5)

_CHECKED: Options = {**OPERATED, "checked_by_owner": True}
"""What the board lacks is refused."""

AUDIO.fact(
    "AudioSource.NbrOfSources",
    Int(0),
    "1",
    "Nbr of sources",
    "How many audio sources there are.",
    read=Access.ANYBODY,
    const=True,
)
AUDIO.setting(
    "AudioSource.A0.Name", NAME, "Audio", "Name", "What people call this source.", **OPERATED
)
AUDIO.setting(
    "AudioSource.A0.AudioSupport",
    Bool(),
    "no",
    "Audio support",
    "Whether the audio input is on; off, nobody can listen in.",
    read=Access.ANYBODY,
    write=Access.ADMIN,
)
INPUT_TYPE = AUDIO.setting(
    "AudioSource.A0.InputType",
    Choice((("mic", "Microphone"), ("line", "Line"))),
    "mic",
    "Source",
    "What is plugged into the audio input.",
    **_CHECKED,
)
INPUT_GAIN = AUDIO.setting(
    "AudioSource.A0.InputGain",
    INPUT_GAINS,
    "0",
    "Input gain",
    "The level of the audio input.",
    **OPERATED,
)
AUDIO.setting(
    "AudioSource.A0.MicrophonePower",
    Bool(),
    "no",
    "Microphone power",
    "Whether the audio input powers the microphone.",
    **OPERATED,
)
MICROPHONE_POWER_TYPE = AUDIO.setting(
    "AudioSource.A0.MicrophonePowerType",
    Choice((("none", "None"), ("electret", "Electret"))),
    "none",
    "Microphone power type",
    "How the audio input powers the microphone.",
    **_CHECKED,
)
PRESENT_TYPES = AUDIO.fact(
    "Properties.Audio.InputType",
    WORDS,
    "",
    "Input type",
    "What can be plugged into the audio input of this board.",
    read=Access.ANYBODY,
)
AUDIO.fact(
    "AudioSource.A0.NbrOfChannels",
    Int(1, 2),
    "1",
    "Nbr of channels",
    "How many channels the audio input has.",
    read=Access.ANYBODY,
    const=True,
)
AUDIO.setting(
    "AudioSource.A0.AlarmLevel",
    Int(0, 100, "%"),
    "100",
    "Alarm level",
    "The level of the audio input above which an event is raised: 0 % is any sound at all, 100 % is never.",
    **VIEWED,
)
AUDIO.setting(
    "AudioSource.A0.DynamicProcessing.EchoCancellingEnabled",
    Bool(),
    "no",
    "Echo cancellation",
    "Whether the sound of the speaker is taken out of the audio input.",
    **OPERATED,
)
AUDIO.setting(
    "AudioSource.A0.DynamicProcessing.Enabled",
    Bool(),
    "no",
    "Automatic gain control",
    "Whether the gain of the audio input follows changes in the sound.",
    **OPERATED,
)
AUDIO.setting(
    "Audio.Input.NoiseSuppression",
    Bool(),
    "no",
    "Noise suppression",
    "Whether steady noise is taken out of the audio input.",
    **OPERATED,
)
SEPARATE_GAIN = AUDIO.setting(
    "Audio.Input.SeparateGain",
    Bool(),
    "no",
    "Separate gain controls",
    "Whether each type of input keeps a gain of its own.",
    **OPERATED,
)
