"""Accounts: those wanted are made, changed and taken away; registrations when told."""

import logging
import re
from collections.abc import Callable
from typing import Final, NamedTuple

import pjsua2 as pj

from daemons.sip.stack import addresses, wire
from daemons.sip.stack.endpoint import Endpoint, TlsNeeds
from daemons.sip.stack.safely import safely

_SRTP: Final = {
    "None": pj.PJMEDIA_SRTP_DISABLED,
    "SRTPBestEffort": pj.PJMEDIA_SRTP_OPTIONAL,
    "SRTPMandatory": pj.PJMEDIA_SRTP_MANDATORY,
}
_SECURE_SIGNALLING: Final = 1
"""Keys go by TLS only, hop by hop."""
_PASSWORD: Final = 0
"""How PJSIP calls a password in the clear; the others have known flaws."""
_UNREGISTERED_WITHIN_MS: Final = 1_000
_BUSY: Final = 171_001
"""PJSIP_EBUSY: what was asked for is under way."""
_REGISTERS: Final = re.compile(r"^CSeq\s*:\s*\d+\s+REGISTER\s*$", re.IGNORECASE | re.MULTILINE)

log = logging.getLogger(__name__)


class Servers(NamedTuple):
    """The hosts of an account's servers, those that a request passes first."""

    proxies: tuple[str, ...]
    registrar: tuple[str, ...]


class Account(pj.Account):  # type: ignore[misc]
    """One account. A peer-to-peer one has the address of the unit for its host."""

    def __init__(
        self,
        wanted: wire.Account,
        called: Callable[["Account", pj.OnIncomingCallParam], None],
        tell: Callable[[wire.Notice], None],
    ) -> None:
        super().__init__()
        self.wanted = wanted
        self.calls = 0
        """How many are up; it cannot be taken away before they are gone."""
        self.trusted: frozenset[str] = frozenset()
        """The addresses of its servers."""
        self.takes_back = False
        """Whether it is taking its registration back: the server may ask for the login once more before it agrees."""
        self.leaves = False
        """Whether nobody wants it any more, nor to hear of it."""
        self._strangers_word = ""
        """Why the registration under way is in vain, though no server of the account has refused it."""
        self._called = called
        self._tell = tell

    @property
    def servers(self) -> Servers:
        """The hosts of its servers."""
        registrar = self.wanted.registrar
        return Servers(
            tuple(addresses.of_server(proxy.address).host for proxy in self.wanted.proxies),
            (addresses.of_server(registrar).host,) if registrar else (),
        )

    @property
    def registered(self) -> bool:
        """Whether it is registered at its server."""
        return bool(self.wanted.registrar and self.getInfo().regIsActive)

    def obeys(self, source: str, peers: bool) -> bool:
        """Whether whoever calls from an address may have it call others.

        Its servers may, by whose login that goes. Others may where there is no server and `peers` allows it: else
        anybody on the network could have the unit call anybody else.
        """
        return peers if not self.wanted.registrar else source in self.trusted

    def target(self, to: str) -> str:
        """Return the URI to call, by this account's transport."""
        return addresses.by(addresses.parse(to), self.wanted.transport, self.wanted.sips).uri

    def next_hop(self, to: str) -> addresses.Address:
        """Return where a call goes first when there is no proxy.

        One to the account's own domain goes to its registrar: no name server need know the domain of a PBX.
        """
        target, own = addresses.parse(self.target(to)), addresses.parse(self.wanted.uri)
        if not self.wanted.registrar or target.port or target.host.lower() != own.host.lower():
            return target
        registrar = addresses.parse(self.wanted.registrar)
        return target._replace(host=registrar.host, port=registrar.port)

    def caller(self, to: str) -> str:
        """Return who calls: for a peer-to-peer account the address from which that target is reached."""
        own = addresses.parse(self.wanted.uri)
        if not own.host:
            host = addresses.parse(to).host
            own = own._replace(host=addresses.local_address_towards(host, self.wanted.ipv6))
        return str(own._replace(scheme="sips" if self.wanted.sips else own.scheme))

    def register(self) -> None:
        """Try to register."""
        try:
            self.setRegistration(True)
        except pj.Error as error:
            if error.status != _BUSY:  # one is under way
                self._tell(wire.Registration(self.wanted.id, 503, error.reason, active=False))

    def unregister(self) -> None:
        """Take the registration back, if there is one."""
        if self.registered:
            self.takes_back = True
            try:
                self.setRegistration(False)
            except pj.Error:  # a registration under way is not waited for
                self.takes_back = False

    @safely(None)
    def onRegState(self, prm: pj.OnRegStateParam) -> None:  # noqa: N802 - PJSIP's name
        """Tell what became of a registration."""
        self.takes_back = False
        code = int(prm.code)
        if prm.status or code in (0, 502):
            code = 503 if code in (0, 502) else code
        reason, self._strangers_word = self._strangers_word, ""
        if reason:
            code = 503
        active = bool(self.getInfo().regIsActive)
        if not self.leaves:
            self._tell(wire.Registration(self.wanted.id, code, reason or prm.reason, active))

    @safely(None)
    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802 - PJSIP's name
        """Pass a call on."""
        self._called(self, prm)

    @safely(None)
    def onAuthChallenge(self, prm: pj.OnAuthChallengeParam) -> None:  # noqa: N802 - PJSIP's name
        """Answer the account's own servers only: a digest tells whoever asked for it something about the password.

        A proxy is answered with its own login.
        """
        if addresses.source(prm.rdata.srcAddress) not in self.trusted:
            log.warning("account %s: a login was asked for by a stranger", self.wanted.id)
            if _REGISTERS.search(prm.rdata.wholeMsg):
                self._strangers_word = (
                    "The login was asked for by an address that is no server of the account"
                )
            prm.challenge.abandon()  # calls back at once
            return
        proxies = [proxy for proxy in self.wanted.proxies if proxy.username]
        message = prm.rdata.wholeMsg
        if proxies and message.startswith("SIP/2.0 407"):
            named = (proxy for proxy in proxies if f'"{proxy.address}"' in message)
            chosen = next(named, proxies[0])
            prm.challenge.respond(pj.AuthCredInfoVector([_login(chosen.username, chosen.password)]))


class Accounts:
    """All accounts."""

    def __init__(
        self,
        endpoint: Endpoint,
        called: Callable[[Account, pj.OnIncomingCallParam], None],
        tell: Callable[[wire.Notice], None],
    ) -> None:
        self._endpoint = endpoint
        self._called = called
        self._tell = tell
        self._all: dict[str, Account] = {}
        self._leaving: list[Account] = []

    def get(self, number: str) -> Account | None:
        """Return an account, or None."""
        return self._all.get(number)

    def called(self, source: str, request: str, otherwise: int) -> int:
        """Return PJSIP's number of the account that a request is for; `otherwise` where it is left to PJSIP.

        A server may call an account by the address it has registered: Asterisk does, in To as well. PJSIP takes that
        for the peer-to-peer account, which has this address for its domain.
        """
        user = addresses.requested_user(request)
        found = [
            account.getId()
            for account in self._all.values()
            if user and account.wanted.registrar and source in account.trusted
            if addresses.same_user(addresses.parse(account.wanted.uri).user, user)
        ]
        return found[0] if found and otherwise not in found else otherwise

    def apply(self, wanted: tuple[wire.Account, ...]) -> list[Account]:
        """Have these accounts and no others, and return those that are to be registered (anew)."""
        ids = {account.id for account in wanted}
        for gone in [number for number in self._all if number not in ids]:
            self._let_go(self._all.pop(gone))
        fresh = [account for account in wanted if self._differs(account) and self._take(account)]
        self.sweep()
        return [self._all[account.id] for account in fresh if account.registrar]

    def sweep(self) -> None:
        """Take away what has no call any more."""
        for account in [each for each in self._leaving if not (each.calls or each.takes_back)]:
            self._leaving.remove(account)
            account.shutdown()

    def unregister(self) -> None:
        """Begin to take back every registration."""
        for account in self._all.values():
            account.unregister()

    @property
    def registered(self) -> bool:
        """Whether a registration is still there, or being taken back."""
        accounts = (*self._all.values(), *self._leaving)
        return any(account.registered or account.takes_back for account in accounts)

    def shut_down(self) -> None:
        """Take away all of them."""
        for account in (*self._all.values(), *self._leaving):
            account.shutdown()
        self._all.clear()
        self._leaving.clear()

    def _differs(self, wanted: wire.Account) -> bool:
        present = self._all.get(wanted.id)
        return present is None or present.wanted != wanted

    def _take(self, wanted: wire.Account) -> bool:
        account = self._all.get(wanted.id)
        try:
            config = self._configuration(wanted)
            if account is None:
                account = Account(wanted, self._called, self._tell)
                account.create(config, wanted.default)
                self._all[wanted.id] = account
            else:
                account.modify(config)
                account.wanted = wanted
                if wanted.default:
                    account.setDefault()
        except (pj.Error, ValueError) as error:
            reason = error.reason if isinstance(error, pj.Error) else str(error)
            log.warning("account %s cannot be used: %s", wanted.id, reason)
            self._tell(wire.Registration(wanted.id, 503, reason, active=False))
            return False
        return True

    def _let_go(self, account: Account) -> None:
        account.leaves = True
        account.unregister()
        self._leaving.append(account)

    # -- configuration -------------------------------------------------------------------------

    def _configuration(self, wanted: wire.Account) -> pj.AccountConfig:
        config = pj.AccountConfig()
        own = addresses.parse(wanted.uri)
        if not own.host:
            own = own._replace(
                host=self._endpoint.wanted.address or addresses.default_address(wanted.ipv6)
            )
            if ":" in own.host and not own.host.startswith("["):
                own = own._replace(host=f"[{own.host}]")
        config.idUri = str(own._replace(scheme="sips" if wanted.sips else own.scheme))
        config.priority = 1 if wanted.default else 0
        self._registration(config, wanted)
        self._signalling(config, wanted)
        self._traversal(config, wanted)
        media = config.mediaConfig
        media.transportConfig = self._endpoint.rtp()
        media.srtpUse = _SRTP[wanted.encryption]
        media.srtpSecureSignaling = (
            _SECURE_SIGNALLING if wanted.encryption == "SRTPMandatory" else 0
        )
        media.ipv6Use = _ipv6_use(wanted)
        media.lockCodecEnabled = False
        _have_direction_answered(media)
        config.mwiConfig.enabled = False
        return config

    def _registration(self, config: pj.AccountConfig, wanted: wire.Account) -> None:
        registration = config.regConfig
        registration.registerOnAdd = False
        registration.retryIntervalSec = 0
        registration.firstRetryIntervalSec = 0
        registration.timeoutSec = wanted.registration_interval_s
        registration.unregWaitMsec = _UNREGISTERED_WITHIN_MS
        registration.dropCallsOnFail = False
        if wanted.registrar:
            registrar = addresses.parse(wanted.registrar)
            registration.registrarUri = addresses.by(registrar, wanted.transport, wanted.sips).uri

    def _signalling(self, config: pj.AccountConfig, wanted: wire.Account) -> None:
        sip = config.sipConfig
        sip.proxies = pj.StringVector(
            [
                addresses.server(proxy.address, wanted.transport, wanted.sips)
                for proxy in wanted.proxies
            ]
        )
        if wanted.user:
            sip.authCreds.append(_login(wanted.user, wanted.password))
        else:
            for proxy in wanted.proxies:
                if proxy.username:
                    sip.authCreds.append(_login(proxy.username, proxy.password))
        sip.ipv6Use = _ipv6_use(wanted)
        if wanted.transport == "tls" or wanted.sips:
            needs = TlsNeeds(
                tuple(sorted(wanted.tls_versions)),
                wanted.verify_server,
                certificate=self._certificate(wanted.certificate),
            )
            if needs != TlsNeeds():
                sip.transportId = self._endpoint.tls_transport(needs._replace(ipv6=wanted.ipv6))

    def _certificate(self, alias: str) -> str:
        """Return the file of an installed certificate; raises ValueError for one that is not there."""
        if alias and alias not in self._endpoint.wanted.certificates:
            raise ValueError(f"The certificate '{alias}' is not there")
        return self._endpoint.wanted.certificates[alias] if alias else ""

    def _traversal(self, config: pj.AccountConfig, wanted: wire.Account) -> None:
        nat, endpoint = config.natConfig, self._endpoint.wanted
        # PJSIP has no candidates on loopback, and could take no call.
        nat.iceEnabled = endpoint.ice and not addresses.is_loopback(endpoint.address)
        if endpoint.turn is not None:
            nat.turnEnabled = True
            nat.turnServer = endpoint.turn.address
            nat.turnUserName = endpoint.turn.username
            nat.turnPasswordType = _PASSWORD
            nat.turnPassword = endpoint.turn.password
        nat.sipStunUse = nat.mediaStunUse = pj.PJSUA_STUN_RETRY_ON_FAILURE
        nat.viaRewriteUse = int(not wanted.local_via)
        nat.contactRewriteUse = int(not wanted.local_contact)
        nat.sdpNatRewriteUse = int(not wanted.local_contact)


def _have_direction_answered(media: pj.AccountMediaConfig) -> None:
    # 2.17 (apply_med_update) changes the direction in a copy of its answer that it then throws away, unless the answer
    # was copied before, for which some capability of RTCP feedback is enough. This one is of no codec, and is not told.
    capability = pj.RtcpFbCap()
    capability.codecId = "none/0"
    capability.type = pj.PJMEDIA_RTCP_FB_NACK
    media.rtcpFbConfig.dontUseAvpf = True
    media.rtcpFbConfig.caps.append(capability)


def _ipv6_use(wanted: wire.Account) -> int:
    return int(
        pj.PJSUA_IPV6_ENABLED_PREFER_IPV6 if wanted.ipv6 else pj.PJSUA_IPV6_ENABLED_PREFER_IPV4
    )


def _login(user: str, password: str) -> pj.AuthCredInfo:
    return pj.AuthCredInfo("digest", "*", user, _PASSWORD, password)
