"""SIP over TLS: versions, certificates, encrypted sound and SIPS, as the server and the phone see them."""

import base64
import ssl
from pathlib import Path

import pytest

from common.sip import Encryption
from daemons.audio.multicast.srtp import SrtpSession
from daemons.sip.endpoint import Installation
from daemons.sip.stack import wire
from tests.contract.mqtt_rig import make_certificates
from tests.contract.private_bus import eventually
from tests.contract.sip_dialog import call
from tests.contract.sip_message import Message, address_in
from tests.contract.sip_peers import RawPeer, Reply
from tests.contract.sip_rtp import from_mu_law, mu_law, share_of, tone
from tests.contract.sip_wire_rig import HOST, answered, configured, member, needs_stack, stack

pytestmark = needs_stack

OLD, NEW = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
CIPHER = "AES_CM_128_HMAC_SHA1_80"


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """A folder with an authority's certificate, and one by it that serves both sides."""
    make_certificates(tmp_path)
    return tmp_path


def served(folder: Path, least: ssl.TLSVersion = OLD, most: ssl.TLSVersion = NEW) -> ssl.SSLContext:
    """Return how a server speaks TLS, which also asks whose client it has."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem", folder / "own.key")
    context.minimum_version, context.maximum_version = least, most
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(folder / "ca.pem")
    return context


def own(folder: Path, authorities: Path | None = None) -> Installation:
    """Return the unit's own certificate."""
    trusted = str(authorities or folder / "ca.pem")
    return Installation(HOST, str(folder / "own.pem"), str(folder / "own.key"), trusted)


@pytest.mark.covers("M-SIP-36", "M-SIP-37")
@pytest.mark.parametrize(
    ("versions", "least", "most", "spoken"),
    [
        ("TLSv12", OLD, NEW, "TLSv1.2"),
        ("TLSv13", OLD, NEW, "TLSv1.3"),
        ("", OLD, NEW, "TLSv1.3"),
        ("", OLD, OLD, "TLSv1.2"),
        ("TLSv13", OLD, OLD, ""),
        ("TLSv12", NEW, NEW, ""),
    ],
)
async def test_tls_is_spoken_in_the_version_that_is_set(
    certificates: Path, versions: str, least: ssl.TLSVersion, most: ssl.TLSVersion, spoken: str
) -> None:
    """Automatic takes the newest that both know; none in common, no registration."""
    async with RawPeer(tls=served(certificates, least, most)).running() as peer:
        account = member(peer.tls_port, transport="tls", encryption_protocols=versions)
        async with stack(
            certificates, configured(), account, installation=own(certificates)
        ) as unit:
            if not spoken:
                said = await unit.says(wire.Registration, account="one", active=False)
                assert said.code == 503
                assert not peer.messages
                return
            await unit.says(wire.Registration, account="one", active=True)
            assert peer.tls_versions == [spoken]
            unit.order(wire.Dial("Out-1", "one", peer.uri(way="tls")))
            await unit.says(wire.Changed, call="Out-1", state="active")
            assert {message.way for message in peer.messages} == {"tls"}


@pytest.mark.covers("M-SIP-39")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("verified", [True, False])
async def test_a_server_without_a_trusted_certificate_is_refused_where_it_is_verified(
    certificates: Path, tmp_path: Path, host: str, verified: bool
) -> None:
    """Its authority is not ours."""
    (tmp_path / "other").mkdir()
    make_certificates(tmp_path / "other")
    async with RawPeer(tls=served(certificates)).running() as peer:
        account = member(peer.tls_port, host, transport="tls", verify_server_certificate=verified)
        foreign = own(certificates, tmp_path / "other" / "ca.pem")
        async with stack(certificates, configured(), account, installation=foreign) as unit:
            said = await unit.says(wire.Registration, account="one", active=not verified)
            assert said.code == (503 if verified else 200)
            assert bool(peer.requests("REGISTER")) is not verified


@pytest.mark.covers("M-SIP-39", part="the name in the certificate")
@pytest.mark.parametrize(("host", "good"), [("127.0.0.1", True), ("127.0.0.2", False)])
async def test_a_verified_server_has_the_name_it_is_called_by(
    certificates: Path, host: str, good: bool
) -> None:
    """A good certificate of somebody else's does not do."""
    async with RawPeer(host, served(certificates)).running() as peer:
        account = member(peer.tls_port, host, transport="tls", verify_server_certificate=True)
        async with stack(
            certificates, configured(), account, installation=own(certificates)
        ) as unit:
            await unit.says(wire.Registration, account="one", active=good)
            assert bool(peer.requests("REGISTER")) is good


@pytest.mark.covers("M-SIP-39", part="Certificate")
async def test_a_server_that_asks_is_shown_the_certificate(certificates: Path) -> None:
    """The one that the unit has."""
    async with RawPeer(tls=served(certificates)).running() as peer:
        account = member(peer.tls_port, transport="tls")
        async with stack(
            certificates, configured(), account, installation=own(certificates)
        ) as unit:
            await unit.says(wire.Registration, account="one", active=True)
            assert peer.tls_subjects == ["localhost"]


@pytest.mark.covers("M-SIP-38")
@pytest.mark.parametrize(
    ("chosen", "protocol", "keys"),
    [
        ("None", "RTP/AVP", False),
        ("SRTPBestEffort", "RTP/AVP", True),
        ("SRTPMandatory", "RTP/SAVP", True),
    ],
)
async def test_sound_is_encrypted_as_set(
    certificates: Path, chosen: Encryption, protocol: str, keys: bool
) -> None:
    """What the phone hears opens with the key in the description, and with it only."""
    async with RawPeer(tls=served(certificates)).running() as peer:
        mine = base64.b64encode(b"the phone's own 30 secret byte").decode()

        def answer(invite: Message) -> Reply:
            """Choose one of the ways to encrypt, by its number."""
            lines = [line for line in invite.sdp.values("a=crypto:") if CIPHER in line]
            chosen_line = (
                [f"a=crypto:{lines[0].split()[0]} {CIPHER} inline:{mine}"] if lines else []
            )
            body = peer.offer(*chosen_line).replace(b"RTP/AVP", protocol.encode())
            return Reply(200, "OK", body=body)

        peer.when("INVITE", answer)
        account = member(peer.tls_port, transport="tls", media_encryption=chosen)
        async with stack(
            certificates, configured(), account, installation=own(certificates)
        ) as unit:
            await unit.says(wire.Registration, account="one", active=True)
            unit.order(wire.Dial("Out-1", "one", peer.uri(way="tls")))
            sdp = (await peer.request("INVITE")).sdp
            assert sdp.protocol == protocol
            found = [line.split()[2] for line in sdp.values("a=crypto:") if CIPHER in line]
            assert bool(found) is keys
            changed = await unit.says(wire.Changed, call="Out-1", state="active", media=True)
            assert changed.encrypted is keys
            heard = unit.hear("Out-1")
            unit.speak("Out-1", tone(700, 4.0, 48_000))
            sealing = SrtpSession(base64.b64decode(mine), sends=True) if keys else None
            for part in range(50):
                said = mu_law(tone(400, 1.0)[part * 160 : part * 160 + 160])
                peer.sound.send(said, (sdp.host, sdp.port), seal=sealing)
                peer.sound.timestamp += 160
                await eventually(lambda n=part: len(peer.sound.packets) > n, "sound comes back")  # type: ignore[misc]
            if keys:
                opening = SrtpSession(base64.b64decode(found[0].removeprefix("inline:")))
                opened = [opening.open(packet.data) or b"" for packet in peer.sound.packets]
                assert all(opened)
                plain = from_mu_law(b"".join(packet[12:] for packet in opened))
            else:
                plain = peer.sound.heard()
            assert share_of(700, plain[-4_000:]) > 0.8
            await eventually(
                lambda: (
                    len(heard.samples) > 9_600
                    and share_of(400, heard.samples[-9_600:], 48_000) > 0.5
                ),
                "the phone is heard",
            )


@pytest.mark.covers("M-SIP-38", part="a caller who does not encrypt")
async def test_a_call_in_the_clear_is_refused_where_encryption_is_mandatory(
    certificates: Path,
) -> None:
    """488: it would have to be encrypted."""
    async with RawPeer(tls=served(certificates)).running() as peer:
        settings = configured()
        account = member(peer.tls_port, transport="tls", media_encryption="SRTPMandatory")
        async with stack(certificates, settings, account, installation=own(certificates)) as unit:
            await unit.says(wire.Registration, account="one", active=True)
            dialog = call(peer, f"sip:unit@{HOST}", to=(HOST, settings.sip_tls_port), way="tls")
            refused = await dialog.ask("INVITE", body=peer.offer())
            assert refused.status in (406, 488)


@pytest.mark.covers("M-SIP-41")
async def test_a_secure_account_is_secure_all_the_way(certificates: Path) -> None:
    """`sips:` in every address, so that each proxy goes on by TLS."""
    async with RawPeer(tls=served(certificates)).running() as peer:
        account = member(peer.tls_port, sips_enabled=True, user_id="gate")
        settings = configured()
        async with stack(certificates, settings, account, installation=own(certificates)) as unit:
            await unit.says(wire.Registration, account="one", active=True)
            unit.order(wire.Dial("Out-1", "one", f"sip:somebody@{HOST}:{peer.tls_port}"))
            register, invite = await peer.request("REGISTER"), await peer.request("INVITE")
            for message in (register, invite):
                assert message.way == "tls"
                assert message.uri.startswith("sips:")
                for name in ("from", "to", "contact"):
                    assert address_in(message.header(name)).startswith("sips:"), name
            dialog = call(peer, f"sips:gate@{HOST}", to=(HOST, settings.sip_tls_port), way="tls")
            _, answer = await answered(unit, dialog, peer.offer())
            assert answer.status == 200
