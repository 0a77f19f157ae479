"""SIP as the sip daemon and its edges pass it to each other, as JSON.

The shapes are those of the Call service (VAPIX sys-sip), so that an edge passes on what it was given. What the service
carries as an `Attribute` is a field of `ConfigurationAttributes` or `AccountAttributes`; the names of those that no
document gives are this unit's own, and say so.
"""

from typing import Annotated, Literal

import msgspec

HIDDEN = "*****"
"""Sent back in the place of a password, it keeps the one there is."""
PEER_TO_PEER = "peer-to-peer"
"""The id and user id of the account that is there from the start (M-SIP-24)."""
VMS_CALL = "VMS_CALL"
"""Who is called to have the video management system answer."""
SOURCE = "NetworkSpeaker"
"""The source of every call event, as on recorded speakers."""
MOST_ENTITIES = 100
"""Of a type; the documents name this limit (VAPIX sys-sip)."""
MOST_CALLS = 16
"""At once; the stack is built for these."""
MOST_FIELD = 255

Text = Annotated[str, msgspec.Meta(max_length=MOST_FIELD)]
Port = Annotated[int, msgspec.Meta(ge=1024, le=65_535)]
"""M-SIP-07 to 09."""
Encryption = Literal["None", "SRTPBestEffort", "SRTPMandatory"]
Transport = Literal["udp", "tcp", "tls"]
Direction = Literal["SendReceive", "Send", "Receive"]
"""Seen from the unit: `Send` is the microphone to the other party, `Receive` what is heard here."""


class Wire(msgspec.Struct, frozen=True, rename="pascal", kw_only=True, forbid_unknown_fields=False):
    """A shape of the service; fields that mean nothing here (video, MWI) are taken and forgotten."""


class StunServer(Wire, frozen=True):
    """A STUN server: `host[:port]`."""

    server: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_FIELD)]


class TurnServer(Wire, frozen=True):
    """A TURN server: `host[:port]`, and the login."""

    server: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_FIELD)]
    username: Text = ""
    password: Text = ""
    """Never read back. Sent empty or as `HIDDEN` it stays as it is."""

    def __repr__(self) -> str:
        return f"TurnServer({self.server})"


class SipProxy(Wire, frozen=True):
    """An outbound proxy: `host[:port]`, and the login; those of an account are passed in their order (M-SIP-42)."""

    server: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_FIELD)]
    username: Text = ""
    password: Text = ""
    """As with `TurnServer`."""

    def __repr__(self) -> str:
        return f"SipProxy({self.server})"


class AudioCodec(Wire, frozen=True):
    """A codec; a list of them is in the order of preference (M-SIP-14)."""

    name: str
    """As in SDP: PCMU, PCMA, G722, opus, L16, G729, GSM, speex."""
    options: str = ""
    sample_rate: int | None = None
    """Hz as in SDP; None: every rate of this name."""


class ConfigurationAttributes(Wire, frozen=True):
    """What the service carries as attributes of the configuration; the first three names are documented."""

    disable_tcp_switch: bool = msgspec.field(name="DisableTCPSwitch", default=False)
    """M-SIP-16: a request that is too large for a datagram goes by UDP all the same."""
    max_call_duration: Annotated[int, msgspec.Meta(ge=0, le=3600)] = 3600
    """Seconds; 0 for calls without an end (M-SIP-06)."""
    registration_interval: Annotated[int, msgspec.Meta(ge=10, le=86_400)] = 300
    """Seconds (M-SIP-19)."""
    max_incoming_call_duration: Annotated[int, msgspec.Meta(ge=1, le=600)] = 600
    """Seconds (M-SIP-05)."""
    allow_via_rewrite: bool = False
    """M-SIP-17, as the manual has it: Via names the local address, not the router's public one."""
    allow_contact_rewrite: bool = False
    """M-SIP-18: the same for Contact and SDP."""
    dtmf_payload_type: Annotated[int, msgspec.Meta(ge=96, le=127)] = msgspec.field(
        name="DTMFPayloadType", default=101
    )
    """M-SIP-20."""
    max_retransmissions: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    """Tries to reach a server before it is given up, or the secondary takes its place (M-SIP-21)."""
    failback_time: Annotated[int, msgspec.Meta(ge=10, le=86_400)] = 600
    """Seconds after a failover until the primary is tried again (M-SIP-22)."""
    audio_direction: Direction = "SendReceive"
    """M-SIP-15."""
    max_calls: Annotated[int, msgspec.Meta(ge=1, le=MOST_CALLS)] = 4
    """More at once are answered 486 (Busy Here)."""
    follow_transfers: bool = True
    """Whether REFER is obeyed (M-BTW-02), with the account that the call came by: that of an account's servers, and of
    whom the unit has called."""
    follow_peer_transfers: bool = False
    """Whether also that of who calls an account without a server: anybody there may have the unit call anybody."""
    follow_redirects: bool = True
    """Whether a 3xx answer is followed."""
    upnp_enabled: bool = msgspec.field(name="UPnPEnabled", default=False)
    """Whether ports are mapped at the router (M-SIP-13)."""


class AccountAttributes(Wire, frozen=True):
    """What the service carries as attributes of an account; no document names any, so these are this unit's own."""

    answer_automatically: bool = True
    """M-SIP-27."""


class Configuration(Wire, frozen=True):
    """The settings of all of SIP (VAPIX sys-sip, SIPConfiguration)."""

    sip_enabled: bool = msgspec.field(name="SIPEnabled", default=False)
    sip_port: Port = msgspec.field(name="SIPPort", default=5060)
    sip_tls_port: Port = msgspec.field(name="SIPTLSPort", default=5061)
    rtp_start_port: Port = msgspec.field(name="RTPStartPort", default=4000)
    allow_incoming_calls: bool = False
    stun_enabled: bool = msgspec.field(name="STUNEnabled", default=False)
    stun_servers: Annotated[tuple[StunServer, ...], msgspec.Meta(max_length=8)] = msgspec.field(
        name="STUNServers", default=()
    )
    turn_enabled: bool = msgspec.field(name="TURNEnabled", default=False)
    turn_servers: Annotated[tuple[TurnServer, ...], msgspec.Meta(max_length=8)] = msgspec.field(
        name="TURNServers", default=()
    )
    """The first one is used: the stack knows one relay."""
    ice_enabled: bool = msgspec.field(name="ICEEnabled", default=False)
    calling_timeout: Annotated[int, msgspec.Meta(ge=1, le=600)] = 60
    """Seconds until an unanswered call ends (M-SIP-04)."""
    apply_access_list: bool = False
    access_list: Annotated[tuple[Text, ...], msgspec.Meta(max_length=MOST_ENTITIES)] = ()
    """Addresses of callers: `sip:user@host`, `user@host`, a host, an address or a network; `*` stands for any text."""
    access_list_policy: Literal["Allow", "Block"] = "Allow"
    """Whether the list names who may call, or who may not."""
    apply_user_authentication: bool = False
    """Kept and shown, without meaning (VAPIX sys-sip: unused)."""
    allowed_users: Annotated[tuple[Text, ...], msgspec.Meta(max_length=MOST_ENTITIES)] = ()
    """The same."""
    attributes: ConfigurationAttributes = ConfigurationAttributes()


class Account(Wire, frozen=True):
    """An account (VAPIX sys-sip, SIPAccount). Without registrar and domain it is peer-to-peer."""

    id: Text = ""
    """Empty for a new one: the daemon gives `sip_account_<n>`."""
    enabled: bool = True
    name: Text = ""
    user_id: Text = ""
    password: Text | None = ""
    """Never read back. Empty or `HIDDEN` keeps the one there is, None takes it away."""
    authentication_id: Text = ""
    """Empty: the user id."""
    caller_id: Text = ""
    registrar: Text = ""
    """`host[:port]`; empty: the public domain."""
    public_domain: Text = ""
    secondary_registrar: Text = ""
    secondary_public_domain: Text = ""
    sip_proxies: Annotated[tuple[SipProxy, ...], msgspec.Meta(max_length=8)] = msgspec.field(
        name="SIPProxies", default=()
    )
    secondary_sip_proxies: Annotated[tuple[SipProxy, ...], msgspec.Meta(max_length=8)] = (
        msgspec.field(name="SecondarySIPProxies", default=())
    )
    is_default: bool = False
    sips_enabled: bool = msgspec.field(name="SIPSEnabled", default=False)
    """Forces `tls`."""
    transport: Transport = "udp"
    prioritize_ipv6: bool = msgspec.field(name="PrioritizeIPv6", default=False)
    dtmf_configuration_id: Text = msgspec.field(name="DTMFConfigurationId", default="")
    """Empty: the default one, which all peer-to-peer accounts share."""
    media_encryption: Encryption = "None"
    """Other than None only with `tls`."""
    certificate: Text = ""
    """The id of the certificate that is shown to the server; empty: the unit's own."""
    encryption_protocols: Text = ""
    """`TLSv12`, `TLSv13` or both with a comma; empty chooses the best there is. Older ones are refused by name."""
    verify_server_certificate: bool = False
    attributes: AccountAttributes = AccountAttributes()

    @property
    def registers(self) -> bool:
        """Whether it registers at a server."""
        return bool(self.registrar or self.public_domain)

    def __repr__(self) -> str:
        return f"Account({self.id}, {self.user_id}@{self.registrar or self.public_domain})"


class AccountStatus(Wire, frozen=True, kw_only=True):
    """How an account is (VAPIX sys-sip, SIPAccountStatus)."""

    sip_account_id: str = msgspec.field(name="SIPAccountId")
    sip_uri: str = msgspec.field(name="SIPURI")
    is_default: bool
    reg_uri: str = msgspec.field(name="RegURI", default="")
    status: int = 0
    """The SIP status of the last registration; 0 for none."""
    status_text: str = ""
    """`OK`, `Does not register`, `SIP disabled`, or the cause of a failure in words."""
    failed_over: bool = False
    """Whether the secondary server is in use (this unit's own)."""


class DtmfConfiguration(Wire, frozen=True):
    """What digits do on some accounts (VAPIX sys-sip). `dtmf_config_default` serves every peer-to-peer account."""

    id: Text = ""
    name: Text = ""
    dtmf_trigger_id: Annotated[tuple[Text, ...], msgspec.Meta(max_length=MOST_ENTITIES)] = (
        msgspec.field(name="DTMFTriggerId", default=())
    )
    rfc2833: bool = msgspec.field(name="RFC2833", default=True)
    rfc2976: bool = msgspec.field(name="RFC2976", default=True)


class DtmfEvent(Wire, frozen=True):
    """What a sequence is called in a rule (M-SIP-45)."""

    id: Text = ""
    name: Text = ""


class DtmfTrigger(Wire, frozen=True, kw_only=True):
    """A sequence (M-SIP-44) and the event it causes."""

    id: Text = ""
    dtmf_sequence: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-D*#]{1,64}\Z")] = msgspec.field(
        name="DTMFSequence"
    )
    dtmf_event_id: Text = msgspec.field(name="DTMFEventId", default="")


class VmsCalls(Wire, frozen=True):
    """When a video management system counts as having answered (VAPIX sys-sip, VMSCallConfiguration)."""

    enabled: bool = False
    audio_from_device_to_network_streams: Annotated[int, msgspec.Meta(ge=0, le=16)] = 0
    audio_from_network_to_device_streams: Annotated[int, msgspec.Meta(ge=0, le=16)] = 1
    video_from_device_to_network_streams: Annotated[int, msgspec.Meta(ge=0, le=16)] = 0
    """Kept; this unit has no video."""
    timeout: Annotated[int, msgspec.Meta(ge=1, le=600)] = 30


CallState = Literal["Idle", "Calling", "Ringing", "Active", "Terminating", "Terminated"]
Reason = Literal[
    "Initiated",
    "Denied",
    "NoAnswer",
    "Busy",
    "Failed",
    "AcceptedByRemote",
    "AcceptedByDevice",
    "Terminated",
]


class CallStatus(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A call, under way or ended a while ago (VAPIX sys-sip)."""

    call_id: str
    source: str
    call_state: str
    call_state_reason: str
    start_time: str
    """UTC, `2026-11-29T08:00:00Z`."""
    direction: str
    """`Incoming` or `Outgoing`."""
    device_uri: str = msgspec.field(name="DeviceURI")
    remote_uri: str = msgspec.field(name="RemoteURI")
    call_type: str
    """`SIP` or `VMS`."""
    stop_time: str = ""
    audio_codec: str = ""
    sip_account_id: str = msgspec.field(name="SIPAccountId", default="")
    status_text: str = ""
    """How far a call has come that nobody has answered, or why one ended, in words (this unit's own)."""
    on_hold: bool = False
    """Whether the other party holds the call (this unit's own)."""


class Codecs(msgspec.Struct, frozen=True):
    """The codecs there are, those of the factory and those chosen, each in its order."""

    supported: tuple[AudioCodec, ...]
    default: tuple[AudioCodec, ...]
    chosen: tuple[AudioCodec, ...]


class State(msgspec.Struct, frozen=True):
    """How SIP as a whole is."""

    enabled: bool
    built: bool
    """Whether this installation has the SIP stack."""
    running: bool
    reason: str = ""
    """Why it does not run, or what it could not do, in words for a person."""
    waits_for_calls: bool = False
    """Settings that need the stack anew are taken over when the last call has ended."""
    upnp: str = ""
    """What became of the port mapping, in words; empty while it is off."""
    addresses: tuple[str, ...] = ()
    """`sip:<address>[:port]` for each address of the unit (M-HOW-08)."""
    refused: dict[str, int] = {}
    """What the guard in front of the stack refused since its start: reason -> number."""
