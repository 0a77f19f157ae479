"""The page of the bus: every interface, its members, and who may call them."""

from collections.abc import Iterator, Mapping

from sdbus.dbus_proxy_async_method import DbusMethodAsync
from sdbus.dbus_proxy_async_signal import DbusSignalAsync

from common.bus.callers import load_matrix
from common.bus.policy import OFFERED
from common.bus.suite import BY_BUS_NAME, SUITE

Row = tuple[str, str]


def bus_page(note: str) -> str:
    """Return the page: one table for each interface, in the order of the suite."""
    lines = ["# The bus", "", note]
    written: set[str] = set()
    for member in SUITE:
        for offered in OFFERED[member]:
            for interface, rows in _interfaces(offered).items():
                if interface not in written:
                    written.add(interface)
                    where = "every daemon" if interface.endswith("Daemon1") else member.bus_name
                    lines += ["", f"## {interface} ({where})", ""]
                    lines += [
                        "| member | in | out | who may call | what it does |",
                        "|---|---|---|---|---|",
                    ]
                    lines += [row for _name, row in sorted(rows)]
    return "\n".join([*lines, ""])


def _interfaces(offered: type) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for interface, name, row in _members(offered):
        found.setdefault(interface, []).append((name, row))
    return found


def _members(offered: type) -> Iterator[tuple[str, str, str]]:
    matrix = load_matrix()
    for name in dir(offered):
        member = getattr(offered, name)
        if not isinstance(member, DbusMethodAsync | DbusSignalAsync):
            continue
        if not member.interface_name.startswith("org.c8210."):
            continue
        if isinstance(member, DbusMethodAsync):
            callers = matrix[member.interface_name][member.method_name]
            who = ", ".join(
                other.name for bus_name, other in BY_BUS_NAME.items() if bus_name in callers
            )
            who = "every daemon" if len(callers) == len(BY_BUS_NAME) else who
            cells = (
                f"`{member.method_name}`",
                _code(member.input_signature),
                _code(member.result_signature),
                who,
            )
            summary = _summary(member.original_method.__doc__)
            yield member.interface_name, member.method_name, _row(*cells, summary)
        else:
            cells = (f"signal `{member.signal_name}`", "", _code(member.signal_signature), "")
            summary = _summary(member.__doc__)
            yield member.interface_name, f"~{member.signal_name}", _row(*cells, summary)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _code(signature: str) -> str:
    return f"`{signature}`" if signature else ""


def _summary(text: str | None) -> str:
    return " ".join((text or "").strip().partition("\n\n")[0].split())
