"""Parameter kinds: what a value may be, how it is written in VAPIX, and which form field edits it.

A kind checks and normalises a VAPIX string (`parse` raises `InvalidValue`), and knows the element that
`param.cgi?action=listdefinitions` prints for it. A new kind is one class here and one folder in `web/src/fields/`.
"""

import ipaddress
import re
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

from common.errors import InvalidValue

MASK = "******"
"""What every reading of a secret prints (VAPIX page 2.2)."""

_NOT_ONE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Control characters, and all that some client takes for the end of a line of param.cgi."""


class Access(IntEnum):
    """Who may do something, as the digits of VAPIX security levels (VAPIX page 1.3)."""

    ANYBODY = 0
    VIEWER = 1
    OPERATOR = 4
    ADMIN = 6
    INTERNAL = 7


class Reset(Enum):
    """What clears a parameter."""

    RESTORE = "restore"
    """Cleared by restore and by factory default."""
    FACTORY_DEFAULT = "factory_default"
    """Survives a restore (the list of M-MNT-02); cleared by factory default."""
    NEVER = "never"
    """What the unit is: identity and facts that their owner publishes anew at start."""


class Kind(ABC):
    """What values a parameter can have."""

    @abstractmethod
    def parse(self, text: str) -> str:
        """Return the value in its one stored form; raises `InvalidValue` with a reason for a person."""

    @abstractmethod
    def vapix_type(self) -> tuple[str, dict[str, str], tuple[tuple[str, str], ...]]:
        """Return the element in `<type>`: its name, its attributes, and (value, nice value) entries."""

    @abstractmethod
    def field(self) -> dict[str, Any]:
        """Return what a form needs to know, with `type` naming the field kind."""


@dataclass(frozen=True)
class Bool(Kind):
    """Two words, `yes` and `no` unless the parameter has words of its own (`On`/`Off`)."""

    true: str = "yes"
    false: str = "no"

    def parse(self, text: str) -> str:
        """Accept the two words in any case."""
        for word in (self.true, self.false):
            if text.lower() == word.lower():
                return word
        raise InvalidValue(f"must be {self.true} or {self.false}")

    def vapix_type(self) -> tuple[str, dict[str, str], tuple[tuple[str, str], ...]]:
        """Return the `<bool>` element."""
        return "bool", {"true": self.true, "false": self.false}, ()

    def field(self) -> dict[str, Any]:
        """Return a toggle."""
        return {"type": "bool", "true": self.true, "false": self.false}


@dataclass(frozen=True)
class Int(Kind):
    """A whole number in a range, bounds included."""

    minimum: int | None = None
    maximum: int | None = None
    unit: str = ""

    def parse(self, text: str) -> str:
        """Accept decimal digits with an optional sign."""
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise InvalidValue("must be a whole number")
        number = int(text)
        if self.minimum is not None and number < self.minimum:
            raise InvalidValue(f"must be at least {self.minimum}")
        if self.maximum is not None and number > self.maximum:
            raise InvalidValue(f"must be at most {self.maximum}")
        return str(number)

    def vapix_type(self) -> tuple[str, dict[str, str], tuple[tuple[str, str], ...]]:
        """Return the `<int>` element."""
        return "int", _bounds(self.minimum, self.maximum), ()

    def field(self) -> dict[str, Any]:
        """Return a number field."""
        return {
            "type": "int",
            "minimum": self.minimum,
            "maximum": self.maximum,
            "unit": self.unit,
        }


@dataclass(frozen=True)
class Choice(Kind):
    """One of some words; compared without regard to case, kept as declared."""

    choices: tuple[tuple[str, str], ...]
    """(value, words for a person)."""

    @classmethod
    def of(cls, *values: str) -> "Choice":
        """Return a choice whose values speak for themselves."""
        return cls(tuple((value, value) for value in values))

    def parse(self, text: str) -> str:
        """Accept one of the values."""
        for value, _label in self.choices:
            if text.lower() == value.lower():
                return value
        known = ", ".join(value for value, _label in self.choices)
        raise InvalidValue(f"must be one of {known}")

    def vapix_type(self) -> tuple[str, dict[str, str], tuple[tuple[str, str], ...]]:
        """Return the `<enum>` element."""
        return "enum", {}, self.choices

    def field(self) -> dict[str, Any]:
        """Return a select."""
        return {
            "type": "enum",
            "choices": [{"value": value, "label": label} for value, label in self.choices],
        }


@dataclass(frozen=True)
class Gain(Kind):
    """A level in dB in even steps, or `mute`, as VAPIX gain lists have them (VAPIX page 3.2)."""

    minimum_db: float
    maximum_db: float
    step_db: float = 1.0

    def parse(self, text: str) -> str:
        """Accept `mute` or a level of the list."""
        if text.lower() == "mute":
            return "mute"
        if not re.fullmatch(r"[+-]?[0-9]{1,4}(\.[0-9]{1,3})?", text):
            raise InvalidValue("must be mute or a level in dB")
        level = float(text)
        if not self.minimum_db <= level <= self.maximum_db:
            raise InvalidValue(f"must be from {self.minimum_db:g} to {self.maximum_db:g} dB")
        if abs((level - self.minimum_db) / self.step_db % 1.0) > 1e-6:
            raise InvalidValue(f"must be in steps of {self.step_db:g} dB")
        return f"{level + 0.0:g}"

    def levels(self) -> tuple[str, ...]:
        """Return every level there is, loudest last."""
        count = round((self.maximum_db - self.minimum_db) / self.step_db)
        return tuple(f"{self.minimum_db + step * self.step_db:g}" for step in range(count + 1))

    def vapix_type(self) -> tuple[str, dict[str, str], tuple[tuple[str, str], ...]]:
        """Return the `<enum>` element with every level."""
        entries = (("mute", "Mute"), *((level, f"{level} dB") for level in self.levels()))
        return "enum", {}, entries

    def field(self) -> dict[str, Any]:
        """Return a slider with a mute switch."""
        return {
            "type": "gain",
            "minimum": self.minimum_db,
            "maximum": self.maximum_db,
            "step": self.step_db,
            "unit": "dB",
        }


@dataclass(frozen=True)
class Text(Kind):
    """One line of text without control characters."""

    max_length: int = 256
    pattern: str | None = None
    hint: str = ""
    """What a text that fits the pattern looks like, for the refusal."""

    def parse(self, text: str) -> str:
        """Accept a text of at most `max_length` characters that fits the pattern."""
        if len(text) > self.max_length:
            raise InvalidValue(f"must be at most {self.max_length} characters long")
        if _NOT_ONE_LINE.search(text):
            raise InvalidValue("must be one line of text without control characters")
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise InvalidValue("must be text") from None
        if self.pattern is not None and not re.fullmatch(self.pattern, text):
            raise InvalidValue(self.hint or "has the wrong form")
        return text

    def vapix_type(self) -> tuple[str, dict[str, str], tuple[tuple[str, str], ...]]:
        """Return the `<string>` element."""
        return "string", {"maxlen": str(self.max_length)}, ()

    def field(self) -> dict[str, Any]:
        """Return a text field."""
        return {"type": "string", "max_length": self.max_length}


@dataclass(frozen=True)
class Secret(Kind):
    """A text that no reading ever shows."""

    max_length: int = 256

    def parse(self, text: str) -> str:
        """Accept a text of at most `max_length` characters."""
        return Text(self.max_length).parse(text)

    def vapix_type(self) -> tuple[str, dict[str, str], tuple[tuple[str, str], ...]]:
        """Return the `<password>` element."""
        return "password", {"maxlen": str(self.max_length)}, ()

    def field(self) -> dict[str, Any]:
        """Return a password field."""
        return {"type": "password", "max_length": self.max_length}


@dataclass(frozen=True)
class IpAddress(Kind):
    """An IPv4 or IPv6 address, or nothing."""

    def parse(self, text: str) -> str:
        """Accept an address in its usual form, or an empty text."""
        if not text:
            return text
        try:
            return _address(text)
        except ValueError:
            raise InvalidValue("must be an IP address") from None

    def vapix_type(self) -> tuple[str, dict[str, str], tuple[tuple[str, str], ...]]:
        """Return the `<ip>` element."""
        return "ip", {}, ()

    def field(self) -> dict[str, Any]:
        """Return an address field."""
        return {"type": "ip"}


@dataclass(frozen=True)
class IpAddressList(Kind):
    """IP addresses (with or without a prefix length), separated by commas."""

    def parse(self, text: str) -> str:
        """Accept addresses, or an empty text."""
        if not text:
            return text
        if len(text) > 1024:
            raise InvalidValue("must be at most 1024 characters long")
        try:
            return ",".join(_address_with_length(part.strip()) for part in text.split(","))
        except ValueError:
            raise InvalidValue("must be IP addresses separated by commas") from None

    def vapix_type(self) -> tuple[str, dict[str, str], tuple[tuple[str, str], ...]]:
        """Return the `<ipList>` element."""
        return "ipList", {}, ()

    def field(self) -> dict[str, Any]:
        """Return a field for several addresses."""
        return {"type": "ip_list"}


@dataclass(frozen=True)
class Hostname(Kind):
    """A host name or an IP address, or nothing (RFC 1123)."""

    max_length: int = 253

    def parse(self, text: str) -> str:
        """Accept labels of letters, digits and hyphens."""
        if not text:
            return text
        with suppress(ValueError):
            return _address(text)
        label = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
        if len(text) > self.max_length or not re.fullmatch(rf"{label}(\.{label})*\.?", text):
            raise InvalidValue("must be a host name of letters, digits and hyphens")
        return text

    def vapix_type(self) -> tuple[str, dict[str, str], tuple[tuple[str, str], ...]]:
        """Return the `<hostname>` element."""
        return "hostname", {"maxlen": str(self.max_length)}, ()

    def field(self) -> dict[str, Any]:
        """Return a host name field."""
        return {"type": "hostname", "max_length": self.max_length}


def _address(text: str) -> str:
    """Return an address in its usual form; the standard library lets anything pass as an IPv6 zone."""
    address, percent, zone = text.partition("%")
    if percent and not re.fullmatch(r"[A-Za-z0-9_.-]{1,15}", zone):
        raise ValueError("not the name of an interface")
    return f"{ipaddress.ip_address(address)}{percent}{zone}"


def _address_with_length(text: str) -> str:
    address, slash, length = text.partition("/")
    if slash:
        length = str(
            ipaddress.ip_interface(f"{address.partition('%')[0]}/{length}").network.prefixlen
        )
    return f"{_address(address)}{slash}{length}"


def _bounds(minimum: int | None, maximum: int | None) -> dict[str, str]:
    bounds = {"min": minimum, "max": maximum}
    return {name: str(value) for name, value in bounds.items() if value is not None}
