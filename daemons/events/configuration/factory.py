"""The rules that a unit has from the factory (M-EVT-12 to 17), all of them off."""

import msgspec

from common.paths import ETC
from common.rules import Action, Rule

FILE = ETC / "rules" / "factory.json"


class FactoryRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule and what it does, with the numbers they always have."""

    rule: Rule
    action: Action


def factory_rules() -> tuple[FactoryRule, ...]:
    """Return the factory's rules."""
    return msgspec.json.decode(FILE.read_bytes(), type=tuple[FactoryRule, ...])
