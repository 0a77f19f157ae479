"""The levels under the mutes, and the gain of each type of input, beside the VAPIX gains.

A VAPIX gain holds either `mute` or a level. What the level was before the mute is remembered here, so that whoever
unmutes comes back to it. The pair of the type that is plugged in always says what `AudioSource.A0.InputGain` says.
A rule keeps all of them in step within each transaction, so that nothing is lost whoever is killed, and nobody can
read or write something in between.
"""

from collections.abc import Collection, Mapping

from common.params.kinds import Bool, Choice
from common.params.registry import PARAMETERS, Options, Rule
from daemons.audio.params.input import INPUT_GAIN, INPUT_GAINS, INPUT_TYPE, SEPARATE_GAIN
from daemons.audio.params.output import OUTPUT_GAIN, OUTPUT_GAINS
from daemons.audio.params.owner import AUDIO, OPERATED

_KEPT: Options = {**OPERATED, "hidden": True}

OUTPUT_LEVEL = AUDIO.setting(
    "Audio.Output.Level",
    Choice.of(*OUTPUT_GAINS.levels()),
    "0",
    "Output level",
    "The level in dB to which the speaker returns when it is unmuted.",
    **_KEPT,
)
INPUT_TYPES = {"mic": "Mic", "line": "Line"}
"""Type of audio input -> the part of the names of its memory."""

for _type, _label in (("Mic", "Microphone"), ("Line", "Line")):
    AUDIO.setting(
        f"Audio.Input.{_type}.Level",
        Choice.of(*INPUT_GAINS.levels()),
        "0",
        f"{_label}: level",
        "The level in dB of this type of audio input when it is not muted.",
        **_KEPT,
    )
    AUDIO.setting(
        f"Audio.Input.{_type}.Mute",
        Bool(),
        "no",
        f"{_label}: mute",
        "Whether this type of audio input is muted.",
        **_KEPT,
    )

_MUTE = "mute"


def in_step(
    written: Collection[str], before: Mapping[str, str], after: Mapping[str, str]
) -> Mapping[str, str]:
    """Return every gain and memory so that they agree; who writes a gain with the type means that gain."""
    now = dict(after)

    def keep(gain: str, level: str, mute: str = "") -> None:
        muted = gain == _MUTE
        if not muted:
            now[level] = gain
        if mute:
            now[mute] = "yes" if muted else "no"

    keep(now[OUTPUT_GAIN.name], OUTPUT_LEVEL.name)
    separate = now[SEPARATE_GAIN.name] == "yes"
    present = INPUT_TYPES[now[INPUT_TYPE.name]]
    unplugged = before[INPUT_TYPE.name] != now[INPUT_TYPE.name]
    if separate and unplugged and INPUT_GAIN.name not in written:
        muted = now[f"Audio.Input.{present}.Mute"] == "yes"
        now[INPUT_GAIN.name] = _MUTE if muted else now[f"Audio.Input.{present}.Level"]
    for type_ in INPUT_TYPES.values():
        if type_ == present or not separate:
            keep(now[INPUT_GAIN.name], f"Audio.Input.{type_}.Level", f"Audio.Input.{type_}.Mute")
    return now


RULE = PARAMETERS.declare_rule(
    Rule(
        frozenset(
            (
                *(OUTPUT_GAIN.name, OUTPUT_LEVEL.name),
                *(INPUT_GAIN.name, INPUT_TYPE.name, SEPARATE_GAIN.name),
                *(f"Audio.Input.{type_}.Level" for type_ in INPUT_TYPES.values()),
                *(f"Audio.Input.{type_}.Mute" for type_ in INPUT_TYPES.values()),
            )
        ),
        in_step,
    )
)
