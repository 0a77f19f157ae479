"""Who is heard when several sources play."""

from common.params.kinds import Choice, Int
from daemons.audio.params.owner import AUDIO, VIEWED

_ACTION = Choice(
    (("silence", "Silence the others"), ("duck", "Turn the others down"), ("mix", "Play along"))
)
CLASSES = (
    ("Emergency", "silence", "20", "10"),
    ("Page", "silence", "20", "20"),
    ("Announcement", "duck", "20", "50"),
    ("Advertisement", "duck", "12", "100"),
    ("Music", "duck", "12", "100"),
)
"""Name, action, depth and ramp of each class, the most urgent first."""
for _class, _action, _depth, _ramp in CLASSES:
    AUDIO.setting(
        f"Audio.Class.{_class}.Action",
        _ACTION,
        _action,
        f"{_class}: action",
        f"What a source of class {_class.lower()} does to the less urgent ones.",
        **VIEWED,
    )
    AUDIO.setting(
        f"Audio.Class.{_class}.DuckDepth",
        Int(0, 60, "dB"),
        _depth,
        f"{_class}: depth",
        f"By how much a source of class {_class.lower()} turns the less urgent ones down.",
        **VIEWED,
    )
    AUDIO.setting(
        f"Audio.Class.{_class}.DuckRamp",
        Int(1, 10_000, "ms"),
        _ramp,
        f"{_class}: ramp",
        "How long turning down, and turning up again, takes.",
        **VIEWED,
    )
