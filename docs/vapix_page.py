"""The page of every VAPIX API, from the declarations of the HTTP edge."""

from collections.abc import Iterable

import daemons.http.pages  # noqa: F401 - importing it is what makes the catalogue whole
from daemons.http.vapix.catalogue import CATALOGUE, Description, Operation


def vapix_page(note: str, catalogue: Iterable[Description] = CATALOGUE) -> str:
    """Return the page: a table of the paths, then each one's operations."""
    apis = sorted(catalogue, key=lambda api: api.path)
    lines = [
        "# VAPIX",
        "",
        note,
        "",
        "| path | name | version | in API discovery as |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{api.path}` | {api.name} | {api.version} | {api.id or ''} |" for api in apis]
    for api in apis:
        what = "action" if api.style == "text" else "method"
        lines += ["", f"## {api.path}", "", f"{' or '.join(api.methods)}, {api.style}.", ""]
        lines += [f"| {what} | who | changes something | what it does |", "|---|---|---|---|"]
        lines += [_row(operation) for operation in api.operations]
    return "\n".join([*lines, ""])


def _row(operation: Operation) -> str:
    name = f"`{operation.name}`" if operation.name else ""
    parameters = f" Arguments: {', '.join(operation.parameters)}." if operation.parameters else ""
    changes = "yes" if operation.changes else ""
    summary = f"{operation.summary}{parameters}".replace("|", "\\|")
    return f"| {name} | {operation.access.name.lower()} | {changes} | {summary} |"
