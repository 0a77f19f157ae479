"""Which addresses a recipient may have.

Whoever may set up a recipient, or press its Test button, must not get a hold of what listens on this unit's loopback
only, nor of link-local services such as a cloud's metadata. The unit's own address in the network is an address like
any other: who connects to it meets what the unit offers to everybody.
"""

import ipaddress

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA = frozenset(
    ipaddress.ip_address(address)
    for address in ("169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254")
)
"""Where clouds answer their guests' questions; some are not link-local."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_THIS_HOST = ipaddress.ip_network("0.0.0.0/8")


def forbidden(address: str, *, loopback_allowed: bool) -> str:
    """Return why nothing may be sent to `address` (numeric, a scope is ignored); empty when it may."""
    real = _embedded(ipaddress.ip_address(address.partition("%")[0]))
    if real in METADATA:
        return "it is the address of a metadata service"
    if real.is_unspecified or (real.version == 4 and real in _THIS_HOST):
        return "it means this unit itself"
    if real.is_loopback:
        return "" if loopback_allowed else "it is this unit's loopback address"
    if real.is_link_local:
        return "it is a link-local address"
    if real.is_multicast:
        return "it is a multicast address"
    if real.version == 4 and real.is_reserved:
        return "it is a reserved address"
    return ""


def _embedded(address: _Address) -> _Address:
    """Return the IPv4 address within an IPv6 one that leads to it, else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    number = int(address)
    if address in _NAT64 or 1 < number < 2**32:  # the latter: IPv4-compatible
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    return address
