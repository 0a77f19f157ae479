"""The entry service: which services there are (VAPIX events page 2).

The names of the elements were never seen. They are those of ONVIF's GetServices, whose answer holds the same:
namespace, address, version, capabilities; and PortType, which it lacks. Clients that look for a namespace in the
answer, as the documentation does, find it. The version is the one that a recorded unit told of these services.
"""

from typing import Final

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.soap import values, writer
from daemons.http.soap.names import ACTION, ENTRY, EVENT
from daemons.http.soap.reader import Element
from daemons.http.vapix.services.endpoint import PATH, services

_PORT_TYPES: Final = {ENTRY: "EntryPort", EVENT: "EventPort", ACTION: "ActionPort"}
_VERSION: Final = (1, 1)


@services.operation(ENTRY, "GetServices", access=Access.VIEWER, changes=False)
async def get_services(call: Call, request: Element) -> str:
    """Return every service with its address, and its capabilities if they are asked for."""
    capabilities = values.truth_in(request, "IncludeCapability", False)
    return "".join(
        _service(call, namespace, port_type, capabilities)
        for namespace, port_type in _PORT_TYPES.items()
    )


@services.operation(ENTRY, "GetServiceCapabilities", access=Access.VIEWER, changes=False)
async def get_service_capabilities(_call: Call, _request: Element) -> str:
    """Return the capabilities of the entry service: there are none to choose from."""
    return writer.element("aentry:Capabilities")


def _service(call: Call, namespace: str, port_type: str, capabilities: bool) -> str:
    major, minor = _VERSION
    parts = [
        writer.text("aentry:Namespace", namespace),
        writer.text("aentry:PortType", port_type),
        writer.text("aentry:XAddr", _address(call)),
        writer.element(
            "aentry:Version", writer.text("tt:Major", major), writer.text("tt:Minor", minor)
        ),
    ]
    if capabilities:
        parts.append(writer.element("aentry:Capabilities"))
    return writer.element("aentry:Service", *parts)


def _address(call: Call) -> str:
    """Return the address under which the client has found us; an old one that does not say gets the path alone."""
    scheme = "https" if call.client.encrypted else "http"
    host = call.request.headers.get("host", "") if call.host else ""
    return f"{scheme}://{host}{PATH}" if host else PATH
