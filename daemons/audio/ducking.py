"""Who is heard when several sources play: classes, priorities and what the higher does to the lower."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from daemons.audio.playback import SourceClass


class Action(Enum):
    """What a higher source does to the lower ones."""

    MIX = "mix"
    DUCK = "duck"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class ClassRule:
    """What a source of one class does to every source below it; the ramp is taken both ways."""

    action: Action
    depth_db: float = 0.0
    ramp_ms: float = 20.0

    def __post_init__(self) -> None:
        if self.depth_db < 0:
            raise ValueError(
                f"a duck depth of {self.depth_db} dB would make the lower source louder"
            )
        if not 1 <= self.ramp_ms <= 10_000:
            raise ValueError(f"a ramp of {self.ramp_ms} ms is not between 1 ms and 10 s")

    @property
    def gain(self) -> float:
        """The factor on a lower source's samples."""
        match self.action:
            case Action.MIX:
                return 1.0
            case Action.SILENCE:
                return 0.0
            case Action.DUCK:
                return float(10.0 ** (-self.depth_db / 20.0))


_DEFAULT_RULES: Mapping[SourceClass, ClassRule] = MappingProxyType(
    {
        SourceClass.EMERGENCY: ClassRule(Action.SILENCE, ramp_ms=10.0),
        SourceClass.PAGE: ClassRule(Action.SILENCE, ramp_ms=20.0),
        SourceClass.ANNOUNCEMENT: ClassRule(Action.DUCK, depth_db=20.0, ramp_ms=50.0),
        SourceClass.ADVERTISEMENT: ClassRule(Action.DUCK, depth_db=12.0, ramp_ms=100.0),
        SourceClass.MUSIC: ClassRule(Action.DUCK, depth_db=12.0, ramp_ms=100.0),
    }
)


@dataclass(frozen=True, slots=True)
class ClassRules:
    """The rule of each class. Within a class the same rule holds between priorities; equals are mixed."""

    rules: Mapping[SourceClass, ClassRule] = field(default_factory=lambda: _DEFAULT_RULES)

    def __post_init__(self) -> None:
        missing = [kind.name.lower() for kind in SourceClass if kind not in self.rules]
        if missing:
            raise ValueError(f"no rule for {', '.join(missing)}")


@dataclass(frozen=True, slots=True)
class Contender:
    """A source as the rules see it."""

    id: str
    class_: SourceClass
    priority: int
    place: int | None = None
    """Its place in the list of the multicast controller, 1 before all others; None when it is in no list."""
    alone: bool = False
    """Whether it silences all below it, whatever the rule of its class says."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done to one source, how fast, and on whose account (None when nothing is done)."""

    action: Action = Action.MIX
    gain: float = 1.0
    ramp_ms: float = 20.0
    by: str | None = None


def decide(contenders: Sequence[Contender], rules: ClassRules) -> dict[str, Treatment]:
    """Say for each source what the ones above it do to it; the strongest of several wins, the highest of equals."""
    highest_first = sorted(contenders, key=_rank, reverse=True)
    treatments: dict[str, Treatment] = {}
    for lower in contenders:
        strongest = Treatment()
        for higher in highest_first:
            if not _goes_before(higher, lower):
                continue
            rule = _rule_between(higher, lower, rules)
            if rule.gain < strongest.gain:
                strongest = Treatment(rule.action, rule.gain, rule.ramp_ms, higher.id)
        treatments[lower.id] = strongest
    return treatments


def ramp_between(before: Treatment, after: Treatment) -> float:
    """Return the ramp from one treatment to another, in ms.

    Whoever turns a source down says how long that takes, and how long it takes to turn it up again.
    """
    if after.by is None or (after.gain > before.gain and after.by != before.by):
        return before.ramp_ms
    return after.ramp_ms


def _rank(contender: Contender) -> tuple[SourceClass, int]:
    return contender.class_, contender.priority


def _listed_apart(one: Contender, other: Contender) -> bool:
    return one.place is not None and other.place is not None and one.place != other.place


def _goes_before(higher: Contender, lower: Contender) -> bool:
    """Whether one source acts on another: by the controller's list where both are in it, else by class."""
    if _listed_apart(higher, lower):
        return (higher.place or 0) < (lower.place or 0)
    return _rank(higher) > _rank(lower)


def _rule_between(higher: Contender, lower: Contender, rules: ClassRules) -> ClassRule:
    """Return the rule of the higher class; in the controller's list only the first is heard (VAPIX page 6.4)."""
    if higher.alone or _listed_apart(higher, lower):
        return ClassRule(Action.SILENCE, ramp_ms=rules.rules[SourceClass.PAGE].ramp_ms)
    return rules.rules[higher.class_]
