"""The HAT's overlay, compiled and merged into a Raspberry Pi's device tree, by the tools of the device tree compiler.

Nothing here knows what the overlay says: it turns text into blobs, and a blob into something to look at.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hw.hat.pins import FOLDER

SOURCE: Final = FOLDER / "c8210-hat.dts"
NAME: Final = "c8210-hat"
"""What the ID EEPROM calls it, and so the file that the firmware looks for."""


class BadTree(Exception):
    """A tool refused, or warned of, what it was given."""


def compile_overlay(source: Path, blob: Path) -> None:
    """Compile with symbols; raises `BadTree` for any error or warning."""
    _run("dtc", "-@", "-I", "dts", "-O", "dtb", "-o", str(blob), str(source))


def merge(base: Path, overlay: Path, merged: Path) -> None:
    """Apply an overlay to a device tree, as firmware does at the start; raises `BadTree`."""
    _run("fdtoverlay", "-i", str(base), "-o", str(merged), str(overlay))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:
        raise BadTree(f"{command[0]}: {done.stderr.strip() or done.returncode}")


# --- looking at a blob ------------------------------------------------------------------------

_MAGIC: Final = 0xD00DFEED
_BEGIN, _END, _PROPERTY, _NOTHING, _STOP = 1, 2, 3, 4, 9


@dataclass
class Node:
    """A node of a device tree."""

    name: str
    properties: dict[str, bytes] = field(default_factory=dict)
    children: dict[str, "Node"] = field(default_factory=dict)

    def at(self, path: str) -> "Node":
        """Return the node at a path such as `/soc/gpio@7e200000`; raises `KeyError`."""
        node = self
        for name in path.strip("/").split("/"):
            node = node.children[name] if name else node
        return node

    def cells(self, name: str) -> list[int]:
        """Return a property as 32-bit numbers."""
        value = self.properties[name]
        return [int.from_bytes(value[at : at + 4]) for at in range(0, len(value), 4)]

    def texts(self, name: str) -> list[str]:
        """Return a property as a list of texts."""
        return self.properties[name].decode().rstrip("\0").split("\0")

    def text(self, name: str) -> str:
        """Return a property as a text; raises `ValueError` where it is a list."""
        (text,) = self.texts(name)
        return text

    def walk(self) -> Iterator["Node"]:
        """Yield this node and all below it."""
        yield self
        for child in self.children.values():
            yield from child.walk()

    def by_handle(self, handle: int) -> "Node":
        """Return the node below with this phandle; raises `KeyError`."""
        for node in self.walk():
            if node.properties.get("phandle") == handle.to_bytes(4):
                return node
        raise KeyError(f"no node has phandle {handle}")


def read(blob: bytes) -> Node:
    """Return the root of a flattened device tree (Devicetree Specification 0.4, chapter 5); raises `BadTree`."""
    if int.from_bytes(blob[0:4]) != _MAGIC:
        raise BadTree("this is no flattened device tree")
    at, names = int.from_bytes(blob[8:12]), int.from_bytes(blob[12:16])
    above = [Node("")]
    while (token := int.from_bytes(blob[at : at + 4])) != _STOP:
        at += 4
        if token == _BEGIN:
            name = _text(blob, at)
            at += (len(name) + 4) & ~3
            node = Node(name)
            above[-1].children[name] = node
            above.append(node)
        elif token == _END:
            above.pop()
        elif token == _PROPERTY:
            length = int.from_bytes(blob[at : at + 4])
            name = _text(blob, names + int.from_bytes(blob[at + 4 : at + 8]))
            above[-1].properties[name] = blob[at + 8 : at + 8 + length]
            at += 8 + (length + 3 & ~3)
        elif token != _NOTHING:
            raise BadTree(f"token {token} is none of a device tree")
    return above[0].children[""]


def _text(blob: bytes, at: int) -> str:
    return blob[at : blob.index(b"\0", at)].decode()
