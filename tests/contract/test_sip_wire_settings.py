"""What the settings of SIP do, as the other party sees it in the messages and hears it."""

from pathlib import Path

import numpy as np
import pytest

from common.sip import MOST_FIELD, AudioCodec, Direction
from daemons.sip.endpoint import Installation
from daemons.sip.settings.checks import FACTORY_CODECS, SUPPORTED_CODECS
from daemons.sip.stack import wire
from tests.contract.mqtt_rig import make_certificates
from tests.contract.private_bus import eventually
from tests.contract.sip_dialog import call, taken
from tests.contract.sip_message import description
from tests.contract.sip_peers import RawPeer, says
from tests.contract.sip_rtp import share_of, tone
from tests.contract.sip_wire_rig import (
    HOST,
    StackProcess,
    alone,
    answered,
    configured,
    needs_stack,
    stack,
)

pytestmark = needs_stack


async def dialled(unit: StackProcess, peer: RawPeer, way: str = "udp") -> None:
    """Have the unit call a peer that answers."""
    unit.order(wire.Dial("Out-1", "one", peer.uri(way="tcp" if way == "tcp" else "udp")))
    await unit.says(wire.Changed, call="Out-1", state="active")


@pytest.mark.covers("M-SIP-07", "M-SIP-08", "M-SIP-09")
async def test_it_listens_at_the_ports_that_are_set(tmp_path: Path) -> None:
    """UDP and TCP, TLS, and sound from the RTP start port on."""
    make_certificates(tmp_path)
    own = Installation(HOST, str(tmp_path / "own.pem"), str(tmp_path / "own.key"))
    settings = configured(rtp_start_port=23_456)
    async with RawPeer().running() as peer, stack(tmp_path, settings, installation=own) as unit:
        for way, port in (
            ("udp", settings.sip_port),
            ("tcp", settings.sip_port),
            ("tls", settings.sip_tls_port),
        ):
            found = call(peer, f"sip:{HOST}", to=(HOST, port), way=way)  # type: ignore[arg-type]
            assert (await found.ask("OPTIONS")).status == 200, way
        _, answer = await answered(
            unit, call(peer, f"sip:{HOST}:{settings.sip_port}"), peer.offer()
        )
        assert 23_456 <= answer.sdp.port < 23_556


@pytest.mark.covers("M-SIP-14")
async def test_codecs_are_offered_in_their_order_and_the_recipient_decides(tmp_path: Path) -> None:
    """What the other party takes is what is spoken."""
    codecs = (AudioCodec(name="PCMA"), AudioCodec(name="G722"), AudioCodec(name="PCMU"))
    async with (
        RawPeer().running() as peer,
        stack(tmp_path, configured(), codecs=codecs) as unit,
    ):
        await dialled(unit, peer)
        offered = (await peer.request("INVITE")).sdp.codecs
        assert offered[:3] == ["PCMA/8000", "G722/8000", "PCMU/8000"]
        assert {codec.split("/")[0] for codec in offered[3:]} == {"telephone-event"}
        # The peer takes PCMU alone.
        codec = (await unit.says(wire.Changed, call="Out-1", state="active")).codec
        assert codec.upper().startswith("PCMU"), codec


@pytest.mark.covers("M-SIP-14", part="no codec in common")
async def test_a_codec_that_is_not_chosen_is_refused(tmp_path: Path) -> None:
    """488: no codec in common."""
    settings = configured()
    async with (
        RawPeer().running() as peer,
        stack(tmp_path, settings, codecs=(AudioCodec(name="PCMA"),)),
    ):
        found = call(peer, f"sip:{HOST}:{settings.sip_port}")
        body = description(HOST, peer.sound.port, ("9 G722/8000",))
        assert (await found.ask("INVITE", body=body)).status == 488


@pytest.mark.covers("M-SIP-15")
@pytest.mark.parametrize(
    ("allowed", "word"),
    [("SendReceive", "sendrecv"), ("Send", "sendonly"), ("Receive", "recvonly")],
)
async def test_sound_goes_the_ways_that_are_allowed(
    tmp_path: Path, allowed: Direction, word: str
) -> None:
    """In the description, and in what is sent and heard."""
    settings = configured({"audio_direction": allowed})
    async with RawPeer().running() as peer, stack(tmp_path, settings) as unit:
        dialog = call(peer, f"sip:{HOST}:{settings.sip_port}")
        name, answer = await answered(unit, dialog, peer.offer())
        assert answer.sdp.direction == word
        await unit.says(wire.Changed, call=name, media=True)
        heard = unit.hear(name)
        unit.speak(name, tone(700, 3.0, 48_000))
        await peer.sound.say(tone(400, 1.0), (answer.sdp.host, answer.sdp.port))
        if allowed != "Receive":
            await eventually(lambda: len(peer.sound.packets) > 20, "sound comes from the unit")
            await eventually(
                lambda: (
                    len(peer.sound.heard()) > 8_000
                    and share_of(700, peer.sound.heard()[-4_000:]) > 0.8
                ),
                "the tone is in it",
            )
        else:
            assert len(peer.sound.packets) == 0
        loudest = float(np.abs(heard.samples).max(initial=0.0))
        assert (loudest > 0.2) is (allowed != "Send")


@pytest.mark.covers("M-SIP-16")
@pytest.mark.parametrize("switched", [True, False])
async def test_a_large_request_goes_by_tcp_where_that_is_allowed(
    tmp_path: Path, switched: bool
) -> None:
    """Larger than 1300 bytes, with names as long as they may be."""
    settings = configured({"disable_tcp_switch": not switched})
    long = alone(user_id="u" * 200, caller_id="c" * MOST_FIELD)
    async with RawPeer().running() as peer, stack(tmp_path, settings, long) as unit:
        unit.order(wire.Dial("Out-1", "one", peer.uri("p" * 200)))
        invite = await peer.request("INVITE")
        assert invite.size > 1_300
        assert invite.way == ("tcp" if switched else "udp")
        await unit.says(wire.Changed, call="Out-1", state="active")


@pytest.mark.covers("M-SIP-20")
@pytest.mark.parametrize("kind", [101, 110])
@pytest.mark.parametrize("codecs", [FACTORY_CODECS, SUPPORTED_CODECS])
async def test_keys_are_heard_under_the_payload_type_that_is_set(
    tmp_path: Path, kind: int, codecs: tuple[AudioCodec, ...]
) -> None:
    """As in the description, however many codecs stand there beside it."""
    settings = configured({"dtmf_payload_type": kind})
    async with RawPeer().running() as peer, stack(tmp_path, settings, codecs=codecs) as unit:
        kinds = ("0 PCMU/8000", f"{kind} telephone-event/8000")
        peer.when("INVITE", says(200, body=description(HOST, peer.sound.port, kinds)))
        await dialled(unit, peer)
        invite = await peer.request("INVITE")
        assert invite.sdp.payload_type("telephone-event/8000") == kind
        to = (invite.sdp.host, invite.sdp.port)
        await peer.sound.say(tone(400, 0.1), to)
        await peer.sound.press("5", to, kind)
        await unit.says(wire.Dtmf, call="Out-1", digit="5")


async def test_the_other_party_ends_a_call(tmp_path: Path) -> None:
    """The unit takes note."""
    async with RawPeer().running() as peer, stack(tmp_path, configured()) as unit:
        await dialled(unit, peer)
        dialog = taken(peer, await peer.request("INVITE"))
        assert (await dialog.ask("BYE")).status == 200
        await unit.says(wire.Changed, call="Out-1", state="ended")
