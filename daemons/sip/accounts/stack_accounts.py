"""From the settings of a person, which have been checked, to what the stack is told."""

from collections.abc import Iterable

from common.sip import (
    PEER_TO_PEER,
    Account,
    AudioCodec,
    Configuration,
    DtmfConfiguration,
    SipProxy,
)
from daemons.sip.accounts.registration import Server
from daemons.sip.calls.uri import parse
from daemons.sip.stack import wire


def has_secondary(account: Account) -> bool:
    """Whether there is another server to go over to."""
    return account.registers and bool(
        account.secondary_registrar or account.secondary_public_domain
    )


def stack_account(
    account: Account,
    server: Server,
    configuration: Configuration,
    keys: DtmfConfiguration,
    *,
    default: bool,
) -> wire.Account:
    """Return an account with one of its servers."""
    attributes = configuration.attributes
    proxies = account.secondary_sip_proxies if server is Server.SECONDARY else account.sip_proxies
    return wire.Account(
        id=account.id + server.value,
        uri=_own_uri(account, server),
        registrar=registrar_uri(account, server),
        proxies=tuple(_server(proxy) for proxy in proxies) if account.registers else (),
        user=account.authentication_id or account.user_id,
        password=account.password or "",
        transport=account.transport,
        sips=account.sips_enabled,
        ipv6=account.prioritize_ipv6,
        encryption=account.media_encryption,
        tls_versions=tuple(filter(None, account.encryption_protocols.split(","))),
        verify_server=account.verify_server_certificate,
        certificate=account.certificate,
        registration_interval_s=attributes.registration_interval,
        local_via=attributes.allow_via_rewrite,
        local_contact=attributes.allow_contact_rewrite,
        rfc2833=keys.rfc2833,
        rfc2976=keys.rfc2976,
        default=default,
    )


def registrar_uri(account: Account, server: Server) -> str:
    """Return where an account registers; empty for nowhere."""
    if server is Server.SECONDARY:
        host = account.secondary_registrar or account.secondary_public_domain
    else:
        host = account.registrar or account.public_domain
    return f"sip:{host}" if host else ""


def own_address(account: Account, server: Server, own_host: str) -> str:
    """Return the address under which others reach an account: `sip:user@domain`."""
    scheme = "sips" if account.sips_enabled else "sip"
    if not account.registers:
        user = _user(account)
        return f"{scheme}:{user}@{own_host}" if user else f"{scheme}:{own_host}"
    return f"{scheme}:{account.user_id}@{_domain(account, server)}"


def stack_settings(
    configuration: Configuration,
    codecs: Iterable[AudioCodec],
    accounts: tuple[wire.Account, ...],
    known: Iterable[str] = (),
) -> wire.Settings:
    """Return what the stack takes over while it runs."""
    attributes = configuration.attributes
    return wire.Settings(
        accounts=accounts,
        codecs=stack_codecs(codecs),
        direction=attributes.audio_direction,
        max_calls=attributes.max_calls,
        allow_incoming=configuration.allow_incoming_calls,
        follow_transfers=attributes.follow_transfers,
        peers_transfer=attributes.follow_peer_transfers,
        follow_redirects=attributes.follow_redirects,
        known=tuple(sorted(known)),
    )


def stack_codecs(codecs: Iterable[AudioCodec]) -> tuple[str, ...]:
    """Return codecs as the stack names them."""
    return tuple(
        codec.name if codec.sample_rate is None else f"{codec.name}/{codec.sample_rate}"
        for codec in codecs
    )


def server_hosts(accounts: Iterable[Account]) -> frozenset[str]:
    """Return the hosts of every server that an account in use names."""
    found: set[str] = set()
    for account in accounts:
        if account.enabled and account.registers:
            names = [
                *(account.registrar or account.public_domain, account.secondary_registrar),
                *(account.secondary_public_domain,),
                *(proxy.server for proxy in account.sip_proxies),
                *(proxy.server for proxy in account.secondary_sip_proxies),
            ]
            found.update(host for name in names if (host := parse(name).host))
    return frozenset(found)


def _own_uri(account: Account, server: Server) -> str:
    scheme = "sips" if account.sips_enabled else "sip"
    if account.registers:
        address = own_address(account, server, "")
    else:
        # The stack puts its own address after it.
        user = _user(account)
        address = f"{scheme}:{user}@" if user else f"{scheme}:"
    return f'"{account.caller_id}" <{address}>' if account.caller_id else f"<{address}>"


def _user(account: Account) -> str:
    """The user of a peer-to-peer account; the one that is there from the start has none, as recorded."""
    return "" if account.user_id == PEER_TO_PEER else account.user_id


def _domain(account: Account, server: Server) -> str:
    if server is Server.SECONDARY:
        name = account.secondary_public_domain or account.secondary_registrar
    else:
        name = account.public_domain or account.registrar
    host = parse(name).host
    return f"[{host}]" if ":" in host else host


def _server(proxy: SipProxy) -> wire.Server:
    return wire.Server(proxy.server, proxy.username, proxy.password)
