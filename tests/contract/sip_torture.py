"""Odd and wrong SIP messages: those of RFC 4475, from a file beside this, and a maker of any number of others."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_suffix(".txt")


@dataclass(frozen=True)
class Torture:
    """A message, and what it is."""

    name: str
    kind: str
    """`right`, `wrong` or `either`."""
    data: bytes
    over_streams: bool
    """Whether it means the same where messages follow one another without gaps."""


def tortures() -> list[Torture]:
    """Read the messages of RFC 4475."""
    parts = re.split(r"^=== (\S+) (\S+)( datagrams)?\n", _FILE.read_text(), flags=re.MULTILINE)
    return [
        Torture(name, kind, _bytes(text), datagrams is None)
        for name, kind, datagrams, text in zip(
            *(parts[first::4] for first in range(1, 5)), strict=True
        )
    ]


def _bytes(text: str) -> bytes:
    lines = text.removesuffix("\n").removesuffix("\\").replace("\n", "\r\n").encode()
    return re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), lines)


_NASTY = (
    *(
        b"\0",
        b"\r\n",
        b"\r\n\r\n",
        b";",
        b",",
        b"<",
        b">",
        b'"',
        b"%",
        b"%00",
        b"\xff\xfe",
        b":",
        b"@",
    ),
    *(
        b"A" * 300,
        b"9" * 40,
        b"-1",
        b"4294967296",
        b"2147483648",
        b"0",
        b"%s%n",
        b";lr" * 60,
        b"[::",
    ),
    *(b"sip:", b"sips:", b"tel:", b"SIP/2.0", b"\t", b" ", b"\\", b"(", b"=", b"\xe2\x82\xac"),
)


def mutated(seeds: list[bytes], seed: int) -> Iterator[bytes]:
    """Make messages of `seeds` without an end, the same ones for the same `seed`."""
    chance = random.Random(seed)
    while True:
        data = chance.choice(seeds)
        for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
            data = chance.choice(_CHANGES)(chance, data)
        yield data[:60_000]


def _bytes_changed(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(chance: random.Random, data: bytes) -> bytes:
    first = chance.randrange(len(data))
    return data[:first] + data[first + chance.randint(1, 200) :] or data


def _nasty(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.choice(_NASTY) * chance.choice((1, 1, 2, 20)) + data[at:]


def _line_moved(chance: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\r\n")
    lines.insert(chance.randrange(len(lines)), lines.pop(chance.randrange(len(lines))))
    return b"\r\n".join(lines)


def _line_repeated(chance: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\r\n")
    at = chance.randrange(len(lines))
    return b"\r\n".join([*lines[:at], *[lines[at]] * chance.choice((2, 3, 40)), *lines[at + 1 :]])


def _line_dropped(chance: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\r\n")
    del lines[chance.randrange(len(lines))]
    return b"\r\n".join(lines) or data


def _value_changed(chance: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\r\n")
    at = chance.randrange(len(lines))
    name, sign, value = lines[at].partition(chance.choice((b":", b"=")))
    lines[at] = name + sign + chance.choice((b"", value[::-1], value * 30, chance.choice(_NASTY)))
    return b"\r\n".join(lines)


def _number_changed(chance: random.Random, data: bytes) -> bytes:
    numbers = list(re.finditer(rb"\d+", data))
    if not numbers:
        return data
    found = chance.choice(numbers)
    other = chance.choice((b"0", b"-1", b"99999999999999999999", b"65536", b"4294967295", b""))
    return data[: found.start()] + other + data[found.end() :]


_CHANGES = (
    *(_bytes_changed, _cut, _nasty, _line_moved, _line_repeated, _line_dropped),
    *(_value_changed, _number_changed),
)
