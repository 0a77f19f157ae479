"""The XML of `param.cgi?action=listdefinitions`, line for line as real units lay it out (VAPIX page 2.3)."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from common.params.view import ParameterView

_NAMESPACE = "http://www.axis.com/ParameterDefinitionsSchema"
_FLAGS = ("readonly", "const", "hidden", "internal", "writeonly", "dynamic")


def definitions_xml(
    views: Sequence[ParameterView], *, model: str, version: str, host: str
) -> bytes:
    """Return the document for parameters that come in the order of the tree."""
    lines = [
        '<?xml version="1.0" encoding="iso-8859-1" ?>',
        "<parameterDefinitions",
        f'xmlns="{_NAMESPACE}"',
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
        f'xsi:schemaLocation="{_NAMESPACE} http://{_host(host)}/pub/parameterdefinitions.xsd"',
        'version="1.0">',
        f"  <model>{_text(model)}</model>",
        f"  <firmwareVersion>{_text(version)}</firmwareVersion>",
        '  <group name="root">',
        *_tree(views),
        "  </group>",
        "</parameterDefinitions>",
    ]
    document = "\n".join(lines) + "\n"
    return document.encode("iso-8859-1", "xmlcharrefreplace")


def _tree(views: Sequence[ParameterView]) -> Iterator[str]:
    open_groups: list[str] = []
    for view in views:
        *groups, name = view.name.split(".")
        shared = 0
        for ours, theirs in zip_longest(open_groups, groups):
            if ours != theirs:
                break
            shared += 1
        while len(open_groups) > shared:
            open_groups.pop()
            yield f"{_indent(len(open_groups))}</group>"
        for group in groups[shared:]:
            yield f"{_indent(len(open_groups))}<group name={_quoted(group)}>"
            open_groups.append(group)
        yield from _parameter(view, name, _indent(len(open_groups)))
    while open_groups:
        open_groups.pop()
        yield f"{_indent(len(open_groups))}</group>"


def _parameter(view: ParameterView, name: str, indent: str) -> Iterator[str]:
    yield (
        f"{indent}<parameter name={_quoted(name)} value={_quoted(view.value)} "
        f'securityLevel="{view.security_level}" niceName={_quoted(view.label)}>'
    )
    flags = "".join(f' {flag}="true"' for flag in _FLAGS if flag in view.flags)
    yield f"{indent}  <type{flags}>{_kind(view)}</type>"
    yield f"{indent}</parameter>"


def _kind(view: ParameterView) -> str:
    element = view.type
    attributes = "".join(f" {key}={_quoted(value)}" for key, value in element.attributes.items())
    if not element.entries:
        return f"<{element.name}{attributes} />"
    entries = "".join(
        f"<entry value={_quoted(value)} niceValue={_quoted(label)} />"
        for value, label in element.entries
    )
    return f"<{element.name}{attributes}>{entries}</{element.name}>"


def _indent(depth: int) -> str:
    return "  " * (depth + 2)


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _quoted(value: str) -> str:
    return '"' + _text(value).replace('"', "&quot;") + '"'


def _text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
