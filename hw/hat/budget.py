"""The power budget: what a unit takes from its PoE+ port, by rails with their efficiencies and loads on them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hw.hat.pins import FOLDER

BUDGET: Final = FOLDER / "budget.toml"
SOURCE: Final = "PoE"


@dataclass(frozen=True)
class Rail:
    """A supply made of another."""

    feed: str
    efficiency: float


@dataclass(frozen=True)
class Scenario:
    """What is going on, and what each load takes then, in W."""

    text: str
    fits: bool
    """Whether the port can give it."""
    loads: Mapping[str, float]


@dataclass(frozen=True)
class Budget:
    """All of it."""

    available_w: float
    reserve_w: float
    rails: Mapping[str, Rail]
    rail_of: Mapping[str, str]
    """The rail of each load."""
    scenarios: Mapping[str, Scenario]

    def taken_w(self, scenario: str) -> float:
        """Return what the port has to give; raises `KeyError` for a load or a rail that nobody knows."""
        loads = self.scenarios[scenario].loads
        return sum(watt / self._passed(self.rail_of[load]) for load, watt in loads.items())

    def left_w(self, scenario: str) -> float:
        """Return what is left of the port's power; negative where it is too little."""
        return self.available_w - self.taken_w(scenario)

    def _passed(self, rail: str) -> float:
        """Return which part of the port's power arrives at a rail."""
        passed = 1.0
        while rail != SOURCE:
            passed *= self.rails[rail].efficiency
            rail = self.rails[rail].feed
        return passed


def load(path: Path = BUDGET) -> Budget:
    """Read the budget."""
    return parse(tomllib.loads(path.read_text()))


def parse(data: Mapping[str, Any]) -> Budget:
    """Return the budget that a decoded file describes."""
    return Budget(
        available_w=data["available_w"],
        reserve_w=data["reserve_w"],
        rails={
            name: Rail(feed=entry["from"], efficiency=entry["efficiency"])
            for name, entry in data["rail"].items()
        },
        rail_of={name: entry["rail"] for name, entry in data["load"].items()},
        scenarios={name: Scenario(**entry) for name, entry in data["scenario"].items()},
    )


def table(budget: Budget) -> str:
    """Return the scenarios as a table for people."""
    rows = ["| scenario | taken from the port | left of it |", "|---|---|---|"]
    rows += [
        f"| {scenario.text} | {budget.taken_w(name):.1f} W | {budget.left_w(name):.1f} W |"
        for name, scenario in budget.scenarios.items()
    ]
    return "\n".join(rows) + "\n"
