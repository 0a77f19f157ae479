"""The namespaces of SOAP messages, and the prefixes under which answers have them (VAPIX events page 1)."""

from collections.abc import Mapping
from typing import Final

ENVELOPE: Final = "http://www.w3.org/2003/05/soap-envelope"
XML: Final = "http://www.w3.org/XML/1998/namespace"
ADDRESSING: Final = "http://www.w3.org/2005/08/addressing"
SECURITY: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
)
EVENT: Final = "http://www.axis.com/vapix/ws/event1"
ACTION: Final = "http://www.axis.com/vapix/ws/action1"
CERTIFICATES: Final = "http://www.axis.com/vapix/ws/certificates"
DEVICE: Final = "http://www.onvif.org/ver10/device/wsdl"
ENTRY: Final = "http://www.axis.com/vapix/ws/entry"
TOPICS_ONVIF: Final = "http://www.onvif.org/ver10/topics"
TOPICS_AXIS: Final = "http://www.axis.com/2009/event/topics"

PREFIXES: Mapping[str, str] = {
    "SOAP-ENV": ENVELOPE,
    "SOAP-ENC": "http://www.w3.org/2003/05/soap-encoding",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsd": "http://www.w3.org/2001/XMLSchema",
    "wsa5": ADDRESSING,
    "wsrfbf": "http://docs.oasis-open.org/wsrf/bf-2",
    "wstop": "http://docs.oasis-open.org/wsn/t-1",
    "tt": "http://www.onvif.org/ver10/schema",
    "aa": ACTION,
    "aentry": ENTRY,
    "aev": EVENT,
    "acertificates": CERTIFICATES,
    "tds": DEVICE,
    "wsnt": "http://docs.oasis-open.org/wsn/b-2",
    "ter": "http://www.onvif.org/ver10/error",
    "tns1": TOPICS_ONVIF,
    "tnsaxis": TOPICS_AXIS,
}
"""All of them stand on every Envelope, for clients take the prefixes for the names."""
