"""What stands in a request, by the types of XML schema (XML Schema part 2); a `SoapFault` says what does not."""

import re
from typing import Final

from daemons.http.soap.fault import invalid, occurrence
from daemons.http.soap.reader import Element

_DURATION: Final = re.compile(
    r"P(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?",
    re.ASCII,
)
_SECONDS: Final = (86_400, 3600, 60, 1)
_TRUTH: Final = {"1": True, "true": True, "0": False, "false": False}


def optional(parent: Element, name: str) -> Element | None:
    """Return the only child of that name, if there is one."""
    found = list(parent.all(name))
    if len(found) > 1:
        raise occurrence(parent.local)
    return found[0] if found else None


def required(parent: Element, name: str) -> Element:
    """Return the only child of that name."""
    found = optional(parent, name)
    if found is None:
        raise occurrence(parent.local)
    return found


def text_in(parent: Element, name: str, default: str | None = None) -> str:
    """Return the text of a child, without the white space around it; one without a default must be there."""
    found = optional(parent, name) if default is not None else required(parent, name)
    return default or "" if found is None else found.text.strip()


def truth_in(parent: Element, name: str, default: bool | None = None) -> bool:
    """Return an xsd:boolean."""
    if default is not None and optional(parent, name) is None:
        return default
    found = _TRUTH.get(text_in(parent, name))
    if found is None:
        raise invalid(f"value violation in element {name}")
    return found


def integer_in(parent: Element, name: str) -> int:
    """Return an xsd:int that is not negative."""
    told = text_in(parent, name)
    if not re.fullmatch(r"\+?\d{1,10}", told, re.ASCII) or int(told) >= 2**31:
        raise invalid(f"value violation in element {name}")
    return int(told)


def duration_s(text: str) -> float | None:
    """Return the seconds of an xsd:duration; None when it is none, or has months, whose length nobody knows."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    return sum(
        float(count) * seconds for count, seconds in zip(match.groups("0"), _SECONDS, strict=True)
    )


def duration_text(seconds: float) -> str:
    """Print an xsd:duration of hours, minutes and seconds."""
    hours, left = divmod(round(seconds, 3), 3600)
    minutes, left = divmod(left, 60)
    parts = ((int(hours), "H"), (int(minutes), "M"), (round(left, 3), "S"))
    return "PT" + ("".join(f"{count:g}{unit}" for count, unit in parts if count) or "0S")
