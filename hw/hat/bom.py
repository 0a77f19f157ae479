"""The bill of materials: what to buy, made of the schematic."""

import csv
import io
import re
from collections import defaultdict
from typing import Final

from hw.hat.netlist import Kind, Netlist, Part
from hw.hat.pins import FOLDER

BOM: Final = FOLDER / "bom.csv"
_COLUMNS: Final = (
    "quantity",
    "references",
    "value",
    "mpn",
    "maker",
    "footprint",
    "text",
    "compared with data sheet",
)


def table(netlist: Netlist) -> str:
    """Return the bill as CSV, one line for each thing to buy."""
    groups: defaultdict[tuple[str, str], list[Part]] = defaultdict(list)
    for part in netlist.parts.values():
        groups[part.kind.name, _value(part)].append(part)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for (_, value), parts in sorted(groups.items()):
        kind = parts[0].kind
        refs = sorted((part.ref for part in parts), key=_in_order)
        compared = "yes" if kind.checked else "no"
        number = order_number(kind, value)
        row = (
            len(refs),
            " ".join(refs),
            value,
            number,
            kind.maker,
            kind.footprint,
            kind.text,
            compared,
        )
        writer.writerow(row)
    return out.getvalue()


def order_number(kind: Kind, value: str) -> str:
    """Return what to order: Yageo writes 4.7k as 4K7, 330 as 330R and 10k as 10K."""
    if "{code}" not in kind.mpn:
        return kind.mpn
    number, prefix = (value[:-1], value[-1].upper()) if value[-1].isalpha() else (value, "R")
    whole, point, rest = number.partition(".")
    return kind.mpn.format(code=f"{whole}{prefix}{rest}" if point else f"{number}{prefix}")


def _value(part: Part) -> str:
    """What tells two parts of one kind apart; a connector's or a lamp's name does not."""
    return part.value if part.ref[0] in "RCLF" and "LED" not in part.ref else ""


def _in_order(ref: str) -> tuple[str, int]:
    match = re.fullmatch(r"([A-Z]+)(\d+)", ref)
    if match is None:
        raise ValueError(f"{ref} is no reference")
    return match[1], int(match[2])
