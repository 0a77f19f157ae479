"""Copies of the HAT's schematic with one thing changed, for rules that have to see it."""

import copy
import tomllib
from typing import Any

from hw.hat import netlist
from hw.hat.netlist import Netlist

NETS = tomllib.loads(netlist.NETLIST.read_text())
KINDS = tomllib.loads(netlist.PARTS.read_text())


class Copy:
    """The data of the schematic, to be changed."""

    def __init__(self) -> None:
        self.nets: dict[str, Any] = copy.deepcopy(NETS)
        self.kinds: dict[str, Any] = copy.deepcopy(KINDS)

    def small(self, ref: str) -> dict[str, Any]:
        """Return a part with two terminals."""
        part: dict[str, Any] = self.nets["two_terminal"][ref]
        return part

    def part(self, ref: str) -> dict[str, Any]:
        """Return another part."""
        part: dict[str, Any] = self.nets["part"][ref]
        return part

    def read(self) -> Netlist:
        """Return the schematic as it is now."""
        return netlist.parse(self.nets, self.kinds)
