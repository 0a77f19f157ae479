"""One loudness for everything that plays."""

from common.params.kinds import Bool, Int
from daemons.audio.params.owner import AUDIO, VIEWED

LOUDNESS_ENABLED = AUDIO.setting(
    "Audio.Loudness.Enabled",
    Bool(),
    "yes",
    "Loudness normalisation",
    "Whether audio clips are brought to the same loudness when they play.",
    **VIEWED,
)
LOUDNESS_TARGET = AUDIO.setting(
    "Audio.Loudness.Target",
    Int(-40, -10, "LUFS"),
    "-20",
    "Loudness target",
    "The loudness to which audio clips are brought (EBU R 128).",
    **VIEWED,
)
