"""The SIP endpoint: transports, codecs, what holds for all calls."""

import ctypes
import logging
import os
import re
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

import pjsua2 as pj

from daemons.sip.stack import addresses, wire
from daemons.sip.stack.safely import safely

_ANSWERED_WITHIN_MS: Final = 8_000
"""How long a request waits for any answer, and an accepted call for its ACK. The standard's 32 s would hold the places
of 16 calls for that long after a peer has vanished, or never meant to come."""
_RTP_PORTS: Final = 400
"""From the first one on: two for each of the calls, and room to step over those that others have."""
_MEDIA_PORTS: Final = 64
_UPNP_WAITS: Final = 3
"""Of 2 s at most, that is until the search ends."""
_OPUS_COMPLEXITY: Final = 5
_TLS: Final = {"TLSv12": pj.PJ_SSL_SOCK_PROTO_TLS1_2, "TLSv13": pj.PJ_SSL_SOCK_PROTO_TLS1_3}
_HIGHEST_PRIORITY: Final = 254
_MOST_LINES: Final = 20
_ALSA: Final = b"pcm.!default { type null }\nctl.!default { type null }\n"

log = logging.getLogger(__name__)


class CannotStart(Exception):
    """There is no way to run like this."""


class TlsNeeds(NamedTuple):
    """What a TLS transport is told apart by."""

    versions: tuple[str, ...] = ()
    verify: bool = False
    ipv6: bool = False
    certificate: str = ""
    """A file with a certificate and its key; empty: the unit's own."""


class _Log(pj.LogWriter):  # type: ignore[misc]
    """PJSIP's errors in our log, some a minute: strangers can cause them. Below level 4 no SIP message is in them."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = 0
        self._minute = 0

    @safely(None)
    def write(self, entry: pj.LogEntry) -> None:
        minute = int(time.monotonic() / 60)
        self._lines, self._minute = (self._lines + 1 if minute == self._minute else 1), minute
        text = re.sub(r"^\S+\s+", "", entry.msg.strip())
        # The next port is tried then.
        if self._lines <= _MOST_LINES and "socket bind()" not in text:
            log.warning("pjsip: %s", text[:300])


Chooser = Callable[[str, str, int], int]
"""Told the address a request came from, the request, and the account PJSIP takes it for; returns whose it is."""


class _Native(pj.Endpoint):  # type: ignore[misc]
    """PJSIP's own object."""

    def __init__(self) -> None:
        super().__init__()
        self.chooser: Chooser | None = None

    @safely(None)
    def onSelectAccount(self, prm: pj.OnSelectAccountParam) -> None:  # noqa: N802 - PJSIP's name
        """Choose the account that a request is for."""
        if self.chooser is not None:
            rdata = prm.rdata
            source = addresses.source(rdata.srcAddress)
            prm.accountIndex = self.chooser(source, rdata.wholeMsg, prm.accountIndex)


class Endpoint:
    """PJSIP, from its start to its end."""

    def __init__(self, wanted: wire.Endpoint, slots: int) -> None:
        """`slots`: how many calls PJSIP was built for."""
        self._wanted = wanted
        self._slots = slots
        self._endpoint = _Native()
        self._log = _Log()
        self._tls: dict[TlsNeeds, int] = {}
        self.trouble: list[str] = []
        self.upnp = ""

    @property
    def wanted(self) -> wire.Endpoint:
        """What it was started with."""
        return self._wanted

    def create(self) -> None:
        """Bring PJSIP up as far as the guard can stand before it; no socket is open yet."""
        _keep_off_sound_cards()
        # A name server that says nothing holds up all calls while PJSIP asks it.
        os.environ.setdefault("RES_OPTIONS", "timeout:1 attempts:1")
        _native().pj_log_set_level(0)  # until it is told where to
        try:
            self._endpoint.libCreate()
            self._endpoint.libInit(self._configuration())
        except pj.Error as error:
            raise CannotStart(_reason(error)) from error
        _set_native(self._wanted.tcp_switch)

    def wake_on(self, descriptor: int) -> None:
        """Have `handle_events` return when there is something to read here."""
        if _native().c8210_wake_on(descriptor):
            raise CannotStart("the daemon's orders would not be heard at once")

    def start(self) -> None:
        """Open the transports and begin."""
        found = self._wanted.upnp and _finds_router()
        self._open_transports()
        try:
            self._endpoint.libStart()
            self._endpoint.audDevManager().setNullDev()
        except pj.Error as error:
            raise CannotStart(_reason(error)) from error
        self._endpoint.setCodecOpusConfig(_opus(self._endpoint))
        if self._wanted.upnp:
            self.upnp = self._upnp_result() if found else "no router was found that maps ports"

    def choose_accounts(self, chooser: Chooser) -> None:
        """Have whose a request is chosen like this."""
        self._endpoint.chooser = chooser

    def handle_events(self, within_ms: int) -> None:
        """Let PJSIP work, and wait for something to do at most this long."""
        self._endpoint.libHandleEvents(within_ms)

    @property
    def calls(self) -> int:
        """How many calls PJSIP still has to do with, those included that wait for an answer to their end."""
        return int(_native().pjsua_call_get_count())

    def hang_up_all(self) -> None:
        """End every call."""
        self._endpoint.hangupAllCalls()

    def close_ports(self) -> None:
        """Let nothing more come in where a router has mapped a port to us; nothing is left to be said then."""
        if self._wanted.upnp:
            for number in self._endpoint.transportEnum():
                if self._endpoint.transportGetInfo(number).type == pj.PJSIP_TRANSPORT_UDP:
                    self._endpoint.transportClose(number)

    def destroy(self) -> None:
        """End PJSIP without another word; every call and account must be gone before."""
        self._endpoint.libDestroy(pj.PJSUA_DESTROY_NO_NETWORK)

    @property
    def version(self) -> str:
        """PJSIP's version."""
        return str(self._endpoint.libVersion().full)

    def codecs(self) -> tuple[str, ...]:
        """Return everything there is, as in SDP."""
        return tuple(sorted({_as_in_sdp(codec.codecId) for codec in self._endpoint.codecEnum2()}))

    def choose_codecs(self, chosen: tuple[str, ...]) -> None:
        """Offer and accept these in this order, all of them if none is named."""
        order = [name.lower() for name in chosen]
        for codec in self._endpoint.codecEnum2():
            name = _as_in_sdp(codec.codecId).lower()
            places = [n for n, wanted in enumerate(order) if wanted in (name, name.split("/")[0])]
            priority = _HIGHEST_PRIORITY - places[0] if places else 0 if order else 128
            self._endpoint.codecSetPriority(codec.codecId, max(priority, 1 if places else 0))

    def tls_transport(self, needs: TlsNeeds) -> int:
        """Return the transport for accounts with these needs; raises `pj.Error` where TLS is not to be had."""
        if needs not in self._tls:
            self._tls[needs] = self._open_tls(needs, 0)
        return self._tls[needs]

    @property
    def has_tls(self) -> bool:
        """Whether others can call by TLS."""
        return any(needs == TlsNeeds(ipv6=needs.ipv6) for needs in self._tls)

    # -- the parts -----------------------------------------------------------------------------

    def _configuration(self) -> pj.EpConfig:
        wanted = self._wanted
        config = pj.EpConfig()
        agent = config.uaConfig
        agent.maxCalls = self._slots
        agent.threadCnt = 0
        agent.mainThreadOnly = True
        agent.userAgent = wanted.user_agent
        agent.stunServer = pj.StringVector(self._stun_servers())
        agent.stunIgnoreFailure = True
        agent.natTypeInSdp = 0
        agent.enableUpnp = wanted.upnp
        agent.mwiUnsolicitedEnabled = False
        config.logConfig.level = 1
        config.logConfig.consoleLevel = config.logConfig.level  # whether the writer is asked
        config.logConfig.msgLogging = 0
        config.logConfig.writer = self._log
        config.logConfig.decor = 0
        media = config.medConfig
        media.clockRate = media.sndClockRate = 48_000
        media.channelCount = 1
        media.audioFramePtime = 10
        media.maxMediaPorts = _MEDIA_PORTS
        media.threadCnt = 1
        media.noVad = True
        media.ecTailLen = 0
        media.quality = 5
        media.sndAutoCloseTime = 1
        return config

    def _stun_servers(self) -> list[str]:
        known = []
        for text in self._wanted.stun:
            if addresses.resolve(addresses.of_server(text).host):
                known.append(text)
            else:
                self.trouble.append(f"the STUN server {text} is not found")
        return known

    def _open_transports(self) -> None:
        wanted, opened, refused = self._wanted, 0, []
        for name, kind4, kind6 in (
            ("UDP", pj.PJSIP_TRANSPORT_UDP, pj.PJSIP_TRANSPORT_UDP6),
            ("TCP", pj.PJSIP_TRANSPORT_TCP, pj.PJSIP_TRANSPORT_TCP6),
        ):
            for ipv6 in self._families():
                try:
                    config = self._transport(wanted.udp_port)
                    if ipv6 and wanted.upnp:
                        # A router maps ports of IPv4 only. PJSIP asks for this one too, where its address is not known,
                        # and some routers then map the port to nobody.
                        own = addresses.default_address(ipv6=True)
                        config.publicAddress = own.strip("[]") if own.startswith("[") else "::1"
                    self._endpoint.transportCreate(kind6 if ipv6 else kind4, config)
                    opened += 1
                except pj.Error as error:
                    refused.append(
                        f"{name} port {wanted.udp_port}{' (IPv6)' * ipv6}: {_reason(error)}"
                    )
        if not opened:
            raise CannotStart("; ".join(refused))
        if wanted.certificate_file:
            for ipv6 in self._families():
                needs = TlsNeeds(ipv6=ipv6)
                try:
                    self._tls[needs] = self._open_tls(needs, wanted.tls_port)
                except pj.Error as error:
                    refused.append(
                        f"TLS port {wanted.tls_port}{' (IPv6)' * ipv6}: {_reason(error)}"
                    )
        self.trouble += refused

    def _families(self) -> tuple[bool, ...]:
        if self._wanted.address:
            return (":" in self._wanted.address,)
        return (False, True) if _has_ipv6() else (False,)

    def _transport(self, port: int) -> pj.TransportConfig:
        config = pj.TransportConfig()
        config.port = port
        config.boundAddress = self._wanted.address
        return config

    def _open_tls(self, needs: TlsNeeds, port: int) -> int:
        config = self._transport(port)
        tls = config.tlsConfig
        tls.certFile = needs.certificate or self._wanted.certificate_file
        tls.privKeyFile = needs.certificate or self._wanted.key_file
        tls.CaListFile = self._wanted.authorities_file if needs.verify else ""
        tls.verifyServer = needs.verify
        tls.verifyClient = False
        tls.method = pj.PJSIP_TLSV1_2_METHOD
        tls.proto = sum(_TLS[version] for version in needs.versions or _TLS)
        tls.msecTimeout = _ANSWERED_WITHIN_MS
        kind = pj.PJSIP_TRANSPORT_TLS6 if needs.ipv6 else pj.PJSIP_TRANSPORT_TLS
        return int(self._endpoint.transportCreate(kind, config))

    def rtp(self) -> pj.TransportConfig:
        """Return where media is sent from and received."""
        config = pj.TransportConfig()
        config.port = self._wanted.rtp_port
        config.portRange = min(_RTP_PORTS, 65_535 - self._wanted.rtp_port)
        config.boundAddress = self._wanted.address
        return config

    def _upnp_result(self) -> str:
        for number in self._endpoint.transportEnum():
            info = self._endpoint.transportGetInfo(number)
            published, bound = str(info.localName), str(info.localAddress)
            if info.type == pj.PJSIP_TRANSPORT_UDP and published != bound:
                host = published.rpartition(":")[0]
                if host != addresses.default_address(ipv6=False):
                    # PJSIP asks a STUN server first, and the router only if that says nothing.
                    return f"{'reached at' if self._wanted.stun else 'mapped to'} {published}"
        return "the router has mapped no port"


def _native() -> ctypes.CDLL:
    spec = find_spec("_pjsua2")
    if spec is None or spec.origin is None:
        raise CannotStart("the SIP stack is not built")
    return ctypes.CDLL(spec.origin)


def _finds_router() -> bool:
    """Wait until a router answers, or none has: PJSIP would open the port after 2 s, and they may take 5 s."""
    asked = (_native().pj_upnp_add_port_mapping(0, None, None, None) for _ in range(_UPNP_WAITS))
    return any(status == pj.PJ_SUCCESS for status in asked)


def _set_native(tcp_switch: bool) -> None:
    library = _native()
    library.pjsip_tsx_set_timers(0, 0, 0, _ANSWERED_WITHIN_MS)
    # As Asterisk, FreeSWITCH and baresip take the samples of G.722; PJSIP's own is 6 dB off.
    library.pjmedia_codec_g722_set_pcm_shift(1)
    _EndpointSettings.in_dll(library, "pjsip_sip_cfg_var").disable_tcp_switch = not tcp_switch


class _EndpointSettings(ctypes.Structure):
    """The beginning of `pjsip_cfg_t` (sip_config.h)."""

    _fields_ = tuple(
        (name, ctypes.c_int)
        for name in (
            "allow_port_in_fromto_hdr",
            "accept_replace_in_early_state",
            "allow_tx_hash_in_uri",
            "disable_rport",
            "disable_tcp_switch",
        )
    )


def _opus(endpoint: pj.Endpoint) -> pj.CodecOpusConfig:
    config = endpoint.getCodecOpusConfig()
    config.sample_rate = 48_000
    config.channel_cnt = 1
    config.complexity = _OPUS_COMPLEXITY
    return config


def _as_in_sdp(codec_id: str) -> str:
    """`PCMU/8000/1` -> `PCMU/8000`."""
    name, rate, *_ = codec_id.split("/")
    return f"{name}/{rate}"


def _reason(error: pj.Error) -> str:
    return str(error.reason or error.title)


def _has_ipv6() -> bool:
    return Path("/proc/net/if_inet6").exists()


def _keep_off_sound_cards() -> None:
    # Else PJSIP asks every card of the machine, which takes a second and disturbs who plays on it.
    descriptor = os.memfd_create("asound.conf")
    os.write(descriptor, _ALSA)
    os.environ["ALSA_CONFIG_PATH"] = f"/proc/self/fd/{descriptor}"
