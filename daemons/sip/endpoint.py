"""What of the settings the stack cannot take over while it runs."""

from dataclasses import dataclass

from common.product import NUMBER, VERSION
from common.sip import Configuration
from daemons.sip.stack import wire


@dataclass(frozen=True)
class Installation:
    """What the unit itself brings along."""

    address: str = ""
    """The only one to listen at; empty: all. For tests and namespaces."""
    certificate_file: str = ""
    key_file: str = ""
    authorities_file: str = ""
    certificates: tuple[tuple[str, str], ...] = ()
    """Alias -> file of those installed certificates, with their keys, that accounts show."""
    made_ns: int = 0
    """When the certificate was written: another one is another installation, though it has the same name."""
    revision: str = ""
    """The same of what is installed."""


def endpoint(configuration: Configuration, installation: Installation) -> wire.Endpoint:
    """Return the endpoint of a stack."""
    attributes = configuration.attributes
    turn = None
    if configuration.turn_enabled and configuration.turn_servers:
        first = configuration.turn_servers[0]
        turn = wire.Server(first.server, first.username, first.password)
    servers = configuration.stun_servers if configuration.stun_enabled else ()
    return wire.Endpoint(
        user_agent=f"{NUMBER}/{VERSION}",
        udp_port=configuration.sip_port,
        tls_port=configuration.sip_tls_port,
        rtp_port=configuration.rtp_start_port,
        stun=tuple(each.server for each in servers),
        turn=turn,
        ice=configuration.ice_enabled,
        upnp=attributes.upnp_enabled,
        tcp_switch=not attributes.disable_tcp_switch,
        dtmf_payload_type=attributes.dtmf_payload_type,
        certificate_file=installation.certificate_file,
        key_file=installation.key_file,
        authorities_file=installation.authorities_file,
        certificates=dict(installation.certificates),
        address=installation.address,
    )


def listens_at(addresses: tuple[str, ...], port: int) -> tuple[str, ...]:
    """Return `sip:<address>[:port]` of each address (M-HOW-08): what to dial."""
    tail = "" if port == 5060 else f":{port}"
    return tuple(
        f"sip:[{address}]{tail}" if ":" in address else f"sip:{address}{tail}"
        for address in addresses
    )
