"""From the settings of a person to what the stack is told."""

import msgspec

from common.clock import ManualClock
from common.sip import (
    Account,
    AccountStatus,
    AudioCodec,
    Configuration,
    ConfigurationAttributes,
    DtmfConfiguration,
    SipProxy,
    StunServer,
    TurnServer,
)
from daemons.sip.accounts.accounts import Accounts
from daemons.sip.accounts.registration import Server
from daemons.sip.accounts.stack_accounts import (
    own_address,
    server_hosts,
    stack_account,
    stack_codecs,
)
from daemons.sip.endpoint import Installation, endpoint, listens_at
from daemons.sip.stack import wire

ON = Configuration(sip_enabled=True)
KEYS = DtmfConfiguration(rfc2833=False)
PEER = Account(id="peer-to-peer", user_id="peer-to-peer", is_default=True, caller_id="The horn")
PBX = Account(
    id="sip_account_1",
    user_id="joe",
    password="secret",
    registrar="192.0.2.1:5070",
    public_domain="pbx.example",
    secondary_registrar="[2001:db8::1]",
    sip_proxies=(SipProxy(server="proxy.example", username="u", password="p"),),
    secondary_sip_proxies=(SipProxy(server="other.example"),),
    encryption_protocols="TLSv12,TLSv13",
)


def test_a_peer_to_peer_account_has_the_units_own_address() -> None:
    """The one that is there from the start has no user either."""
    told = stack_account(PEER, Server.PRIMARY, ON, KEYS, default=True)
    assert told.uri == '"The horn" <sip:>'
    assert (told.registrar, told.default, told.rfc2833, told.rfc2976) == ("", True, False, True)
    joe = Account(id="sip_account_2", user_id="joe")
    assert stack_account(joe, Server.PRIMARY, ON, KEYS, default=False).uri == "<sip:joe@>"
    assert own_address(joe, Server.PRIMARY, "192.0.2.7:5060") == "sip:joe@192.0.2.7:5060"
    assert own_address(PEER, Server.PRIMARY, "192.0.2.7:5060") == "sip:192.0.2.7:5060"


def test_a_registered_account_has_its_servers_one_at_a_time() -> None:
    """With the login."""
    told = stack_account(PBX, Server.PRIMARY, ON, KEYS, default=False)
    assert (told.id, told.uri) == ("sip_account_1", "<sip:joe@pbx.example>")
    assert (told.registrar, told.user, told.password) == ("sip:192.0.2.1:5070", "joe", "secret")
    assert told.proxies == (wire.Server("proxy.example", "u", "p"),)
    assert (told.transport, told.encryption) == ("udp", "None")
    assert told.tls_versions == ("TLSv12", "TLSv13")
    other = stack_account(PBX, Server.SECONDARY, ON, KEYS, default=False)
    assert (other.id, other.uri) == ("sip_account_1/secondary", "<sip:joe@[2001:db8::1]>")
    assert other.registrar == "sip:[2001:db8::1]"
    assert other.proxies == (wire.Server("other.example"),)


def test_an_account_may_be_encrypted() -> None:
    """Its signalling, its sound, and its address."""
    account = Account(
        id="1",
        user_id="joe",
        registrar="a",
        transport="tls",
        sips_enabled=True,
        media_encryption="SRTPMandatory",
    )
    told = stack_account(account, Server.PRIMARY, ON, KEYS, default=False)
    assert (told.transport, told.encryption, told.uri) == ("tls", "SRTPMandatory", "<sips:joe@a>")


def test_hosts_of_servers_are_known() -> None:
    """Of accounts in use."""
    hosts = {"192.0.2.1", "2001:db8::1", "proxy.example", "other.example"}
    assert server_hosts((PEER, PBX)) == hosts
    assert server_hosts((Account(id="1", registrar="a", enabled=False),)) == frozenset()


def test_codecs_have_the_names_of_sdp() -> None:
    """With their rate where one is meant."""
    assert stack_codecs((AudioCodec(name="L16", sample_rate=16_000), AudioCodec(name="opus"))) == (
        "L16/16000",
        "opus",
    )


def test_servers_that_help_through_a_router_are_told_while_they_are_switched_on() -> None:
    """The lists stay in the settings."""
    configuration = Configuration(
        stun_servers=(StunServer(server="a"),), turn_servers=(TurnServer(server="b", username="u"),)
    )
    off = endpoint(configuration, Installation())
    assert (off.stun, off.turn, off.ice, off.upnp, off.tcp_switch) == ((), None, False, False, True)
    on = endpoint(
        Configuration(
            stun_enabled=True,
            stun_servers=configuration.stun_servers,
            turn_enabled=True,
            turn_servers=configuration.turn_servers,
            attributes=ConfigurationAttributes(disable_tcp_switch=True, upnp_enabled=True),
        ),
        Installation("192.0.2.7"),
    )
    assert (on.stun, on.turn, on.address) == (("a",), wire.Server("b", "u"), "192.0.2.7")
    assert (on.upnp, on.tcp_switch) == (True, False)


def test_what_to_dial() -> None:
    """The port where it is not the usual one."""
    assert listens_at(("192.0.2.7", "2001:db8::7"), 5060) == ("sip:192.0.2.7", "sip:[2001:db8::7]")
    assert listens_at(("192.0.2.7",), 5070) == ("sip:192.0.2.7:5070",)


def test_accounts_stay_with_the_stack_until_their_calls_have_ended() -> None:
    """Also one that is removed, or whose server is not in use any more."""
    accounts = Accounts(ManualClock())
    accounts.take(ON, (PEER, PBX))
    keys = lambda _account: KEYS  # noqa: E731
    assert [each.id for each in accounts.stack_accounts(ON, keys, ())] == [
        "peer-to-peer",
        "sip_account_1",
    ]
    accounts.take(ON, (PEER,))
    kept = accounts.stack_accounts(ON, keys, {"sip_account_1"})
    assert [each.id for each in kept] == ["peer-to-peer", "sip_account_1"]
    assert [each.id for each in accounts.stack_accounts(ON, keys, ())] == ["peer-to-peer"]


def test_an_account_that_is_the_same_for_the_stack_stays_registered() -> None:
    """It would not try again by itself: a new name, another number of tries."""
    accounts = Accounts(ManualClock())
    accounts.take(ON, (PBX,))
    accounts.result(wire.Registration("sip_account_1", 200, "OK", True))
    tries = Configuration(
        sip_enabled=True, attributes=ConfigurationAttributes(max_retransmissions=1)
    )
    accounts.take(tries, (msgspec.structs.replace(PBX, name="Other", is_default=True),))

    def status() -> AccountStatus:
        return accounts.statuses(enabled=True, running=True, own_host="h")[0]

    assert (status().status, status().is_default) == (200, True)
    accounts.result(wire.Registration("sip_account_1", 503, "away", False))
    assert status().failed_over
    accounts.take(tries, (msgspec.structs.replace(PBX, password="other"),))
    assert (status().failed_over, status().status_text) == (False, "Registering")


def test_statuses_say_how_accounts_are() -> None:
    """Off, peer-to-peer, not active, on the way, registered, refused, gone over."""
    accounts = Accounts(ManualClock())
    off = Account(id="sip_account_2", user_id="x", registrar="a", enabled=False)
    accounts.take(ON, (PEER, PBX, off))

    def texts(**how: bool) -> list[str]:
        how = {"enabled": True, "running": True, **how}
        found = accounts.statuses(**how, own_host="192.0.2.7:5060")
        return [f"{each.status} {each.status_text}" for each in found]

    assert texts(enabled=False) == ["0 SIP disabled"] * 3
    assert texts(running=False)[1] == "0 The SIP stack does not run"
    assert texts() == ["0 Does not register", "0 Registering", "0 Not active"]
    accounts.result(wire.Registration("sip_account_1", 200, "OK", True))
    assert texts()[1] == "200 OK"
    accounts.result(wire.Registration("sip_account_1", 403, "Forbidden", False))
    status = accounts.statuses(enabled=True, running=True, own_host="h")[1]
    assert (status.failed_over, status.reg_uri) == (True, "sip:[2001:db8::1]")
    assert accounts.for_call("sip_account_1", "h") == (
        "sip_account_1/secondary",
        "sip:joe@[2001:db8::1]",
    )
    accounts.result(wire.Registration("sip_account_1/secondary", 404, "Not Found", False))
    assert texts()[1].startswith("404 The server does not know the account")
    accounts.result(wire.Registration("gone", 200, "OK", True))
