"""Writes docs/generated anew: pages that say what the code says, so that nobody keeps them by hand."""

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from common.params.kinds import Kind
from common.params.registry import Parameter, Registry
from common.product import ARCHITECTURE
from daemons.params.declarations import declared
from docs.bus_page import bus_page
from docs.front_panel_page import front_panel_page
from docs.vapix_page import vapix_page

FOLDER = Path(__file__).with_name("generated")
NOTE = "Written by `make docs` from the declarations; changes made here are lost."


def parameters_page(registry: Registry) -> str:
    """Return the page of all parameters, numbered groups and record types, by owner."""
    lines = ["# Parameters", "", NOTE]
    for owner in sorted({parameter.owner for parameter in registry}):
        lines += ["", f"## {owner}", "", *_table(p for p in registry if p.owner == owner)]
    for template in sorted(registry.templates.values(), key=lambda each: each.name):
        group = f"{template.parent}.{template.letter}#"
        lines += ["", f"## {group} ({template.owner}, at most {template.maximum})", ""]
        lines += _table(template.members, prefix=f"{group}.")
    lines += [
        "",
        "## Records",
        "",
        "| record | owner | at most | cleared by |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {record.name} | {record.owner} | {record.maximum or ''} | {_reset(record.reset.name)} |"
        for record in sorted(registry.records.values(), key=lambda each: each.name)
    ]
    return "\n".join([*lines, ""])


def _default(parameter: Parameter) -> str:
    # The page is the same whatever machine it was written on.
    return "the machine's" if parameter.default == ARCHITECTURE else _code(parameter.default)


def _table(parameters: Iterable[Parameter], prefix: str = "") -> list[str]:
    head = ["| name | type | default | read | write | cleared by | what it is |", "|" + "---|" * 7]
    return head + [
        "| "
        + " | ".join(
            (
                prefix + parameter.name,
                _type(parameter.kind),
                _default(parameter),
                parameter.read.name.lower(),
                "nobody" if parameter.read_only else parameter.write.name.lower(),
                _reset(parameter.reset.name),
                _cell(f"{parameter.label}: {parameter.help}"),
            )
        )
        + " |"
        for parameter in sorted(parameters, key=lambda each: each.name)
    ]


def _type(kind: Kind) -> str:
    element, attributes, entries = kind.vapix_type()
    limits = [f"{name} {value}" for name, value in attributes.items()]
    values = ", ".join(value for value, _ in entries)
    return _cell(" ".join([element, *limits, *([f"({values})"] if values else [])]))


def _reset(name: str) -> str:
    words = {"RESTORE": "restore", "FACTORY_DEFAULT": "factory default", "NEVER": "nothing"}
    return words[name]


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


PAGES: Mapping[str, Callable[[], str]] = {
    "parameters.md": lambda: parameters_page(declared()),
    "vapix.md": lambda: vapix_page(NOTE),
    "bus.md": lambda: bus_page(NOTE),
    "front-panel.md": lambda: front_panel_page(NOTE),
}


def main() -> None:
    """Write every page and say which changed."""
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        path, text = FOLDER / name, page()
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            sys.stdout.write(f"wrote {path.relative_to(FOLDER.parent.parent)}\n")


if __name__ == "__main__":
    main()
