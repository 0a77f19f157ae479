"""What the daemon and the process of the SIP stack say to each other.

The stack is hostile ground: a process of its own, without the bus, without a store, which strangers' bytes may end at
any moment. The daemon starts it, tells it everything it has to know, decides everything, and starts it again.

A SOCK_SEQPACKET pair carries one message in each packet, as JSON; a descriptor may come beside it. Orders go to the
stack, notices come from it. Neither side waits for an answer of the other's.
"""

import msgspec

from common.sip import Direction, Encryption, Transport

LONGEST_MESSAGE = 256 * 1024
"""More than `Start` can be with as many accounts as there may be, each with both its servers."""


class _Message(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Any message; its class's name is its tag."""


# -- orders ------------------------------------------------------------------------------------


class Server(msgspec.Struct, frozen=True):
    """A server with a login."""

    address: str
    """`host[:port]`"""
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Server({self.address})"


class Endpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """What cannot be changed while the stack runs."""

    user_agent: str
    udp_port: int = 5060
    """Also TCP's."""
    tls_port: int = 5061
    rtp_port: int = 4000
    stun: tuple[str, ...] = ()
    turn: Server | None = None
    ice: bool = False
    upnp: bool = False
    tcp_switch: bool = True
    dtmf_payload_type: int = 101
    silence_s: int = 60
    """After so long without a packet of sound the other party is asked whether it is there."""
    certificate_file: str = ""
    """A folder's files that hold the unit's certificate and key; empty: no TLS is offered."""
    key_file: str = ""
    authorities_file: str = ""
    """Whom servers' certificates are verified by."""
    certificates: dict[str, str] = {}
    """Files that hold a certificate and its key, by the aliases that accounts name."""
    address: str = ""
    """Bind to this one only; empty: all. For tests and namespaces."""


class Account(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account as the stack needs it; its servers are those in use now."""

    id: str
    uri: str
    """`"Caller ID" <sip:user@host>`; a peer-to-peer account has no host, and gets the stack's own address."""
    registrar: str = ""
    """`sip:host[:port]`; empty: it does not register."""
    proxies: tuple[Server, ...] = ()
    user: str = ""
    password: str = ""
    transport: Transport = "udp"
    sips: bool = False
    ipv6: bool = False
    encryption: Encryption = "None"
    tls_versions: tuple[str, ...] = ()
    """`TLSv12`, `TLSv13`; empty: both."""
    verify_server: bool = False
    certificate: str = ""
    """The alias of the one that is shown to servers; empty: the unit's own."""
    registration_interval_s: int = 300
    local_via: bool = False
    local_contact: bool = False
    rfc2833: bool = True
    rfc2976: bool = True
    default: bool = False
    """The one for incoming calls that fit no other."""

    def __repr__(self) -> str:
        return f"Account({self.id}, {self.uri})"


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the stack takes over while it runs."""

    accounts: tuple[Account, ...] = ()
    """All of them; one that is not named is gone, one that is changed registers anew."""
    codecs: tuple[str, ...] = ()
    """`name` or `name/rate`, as in SDP in any case, in the order of preference; others are not offered."""
    direction: Direction = "SendReceive"
    max_calls: int = 4
    allow_incoming: bool = False
    follow_transfers: bool = True
    peers_transfer: bool = False
    """Whether also who calls an account without a server may have this unit call others."""
    follow_redirects: bool = True
    known: tuple[str, ...] = ()
    """Addresses and networks whose messages the guard does not throttle, and for whom a place is kept."""


class Start(_Message, frozen=True):
    """The first order, once."""

    endpoint: Endpoint
    settings: Settings


class Apply(_Message, frozen=True):
    """Other settings."""

    settings: Settings


class Register(_Message, frozen=True):
    """Try to register an account now; the stack does not try again by itself."""

    account: str


class Dial(_Message, frozen=True):
    """Place a call; `call` is its id from now on."""

    call: str
    account: str
    to: str


class Ring(_Message, frozen=True):
    """Tell a caller that it rings (180)."""

    call: str


class Answer(_Message, frozen=True):
    """Accept a call (200)."""

    call: str


class HangUp(_Message, frozen=True):
    """End a call, or refuse one that came with `code`."""

    call: str
    code: int = 0
    """0: what suits the state: BYE, CANCEL or 603."""


class Playback(_Message, frozen=True):
    """What a call says goes to the PCM connection beside this (`common.pcm`, 48 kHz, 10 ms)."""

    call: str


class Capture(_Message, frozen=True):
    """What a call hears comes from the PCM connection beside this."""

    call: str


class Stop(_Message, frozen=True):
    """End all calls, unregister, and exit."""


Order = Start | Apply | Register | Dial | Ring | Answer | HangUp | Playback | Capture | Stop


# -- notices -----------------------------------------------------------------------------------


class Ready(_Message, frozen=True):
    """It runs."""

    version: str
    codecs: tuple[str, ...]
    """Everything the build has: `opus/48000`, `PCMU/8000`, `L16/16000` ..."""
    tls: bool
    upnp: str = ""
    """What became of the port mapping; empty where it is off."""
    trouble: str = ""
    """What does not work of what was asked for, in words: a port that is taken, a server that does not answer."""


class Failed(_Message, frozen=True):
    """It cannot run like this, in words; the process ends."""

    reason: str


class Registration(_Message, frozen=True):
    """What became of a registration."""

    account: str
    code: int
    """The SIP status; 408 also where nobody answered, 503 where a host was not found or refused."""
    text: str
    active: bool
    """Whether the account is registered now."""


class Incoming(_Message, frozen=True):
    """Somebody calls; it is for the daemon to ring, answer or refuse within a few seconds."""

    call: str
    """Given by the stack: `In-<n>-<seconds since 1970>-<random>`."""
    account: str
    remote_uri: str
    """`"Name" <sip:user@host>` of From."""
    device_uri: str
    source: str
    """The address it came from: `192.0.2.7`."""


class Changed(_Message, frozen=True):
    """A call is in another state."""

    call: str
    state: str
    """`calling`, `ringing` (with or without early media), `active`, `ended`"""
    code: int = 0
    """The SIP status that made it so."""
    text: str = ""
    codec: str = ""
    held: bool = False
    """The other party holds the call: nothing is sent to it."""
    encrypted: bool = False
    media: bool = False
    """Whether sound flows: a playback and a capture are wanted from now on (also before the answer)."""


class Transferred(_Message, frozen=True):
    """A call led to another one: by REFER (`by` goes on until the other side ends it), or by 3xx."""

    by: str
    call: str
    account: str
    to: str


class Dtmf(_Message, frozen=True):
    """A key was pressed at the other end; only by a method that the account allows."""

    call: str
    digit: str


class Alive(_Message, frozen=True):
    """Said every second; a stack that is silent for five is ended and started again."""

    refused: dict[str, int] = {}
    """What the guard has refused since the start, by reason."""


Notice = Ready | Failed | Registration | Incoming | Changed | Transferred | Dtmf | Alive
