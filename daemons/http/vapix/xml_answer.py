"""Answers of XML CGIs (VAPIX page 1.7)."""

import html

from starlette.responses import Response

_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def xml(root: str, namespace: str, schema: str, version: str, content: str) -> Response:
    """Return a document of one root element with the attributes of the newer generation; `content` is XML already."""
    document = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<{root} xmlns="{namespace}" xmlns:xsi="{_XSI}" SchemaVersion="{version}" '
        f'xsi:schemaLocation="{namespace} {schema}">\n  {content}\n</{root}>\n'
    )
    return Response(document.encode(), headers={"Content-Type": "text/xml"})


def element(name: str, content: str | int) -> str:
    """Return an element that holds text; XML knows no control characters, so that there is a `?` for each."""
    told = "".join(letter if letter.isprintable() else "?" for letter in str(content))
    return f"<{name}>{html.escape(told, quote=False)}</{name}>"
