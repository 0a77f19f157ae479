"""How the process of the stack begins: what it can do without, what it cannot, and by which ways it is called."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from daemons.sip.stack import wire
from tests.contract.sip_phone import phone
from tests.contract.sip_sound import again_and_again, line, rising, until_alike, write_wav
from tests.contract.sip_stack_rig import P2P, begun, stack
from tests.suite import free_port, until

pytestmark = [
    pytest.mark.skipif(find_spec("pjsua2") is None, reason="the SIP stack is not built"),
    pytest.mark.alone,
]

CODECS = ("PCMU/8000",)


@contextmanager
def taken(port: int, *kinds: socket.SocketKind) -> Iterator[None]:
    """Hold a port as somebody else would."""
    held = [socket.socket(socket.AF_INET, kind) for kind in kinds]
    try:
        for one in held:
            one.bind(("127.0.0.1", port))
            if one.type == socket.SOCK_STREAM:
                one.listen()
        yield
    finally:
        for one in held:
            one.close()


def test_a_port_that_is_taken_is_told_and_the_rest_works(tmp_path: Path) -> None:
    """UDP is gone, TCP is there."""
    port = free_port()
    with taken(port, socket.SOCK_DGRAM), stack({"udp_port": port}, codecs=CODECS) as unit:
        (ready,) = (notice for notice in unit.notices if isinstance(notice, wire.Ready))
        assert f"UDP port {port}" in ready.trouble
        with phone(tmp_path / "phone", transport="tcp", codecs=["PCMU/8000/1"]) as caller:
            caller.call(f"{unit.uri()};transport=tcp")
            call = unit.wait(wire.Incoming).call
            unit.order(wire.Answer(call))
            unit.state(call, "active", media=True)
            caller.hang_up()
            unit.state(call, "ended")


def test_without_any_port_it_fails_and_says_why() -> None:
    """In words, and ends."""
    port = free_port()
    with (
        taken(port, socket.SOCK_DGRAM, socket.SOCK_STREAM),
        begun({"udp_port": port}) as unit,
    ):
        assert str(port) in unit.wait(wire.Failed).reason
        assert unit.process.wait(5.0) == 1


def test_a_stun_server_that_is_not_found_keeps_nobody_from_calling() -> None:
    """It is told, and no more."""
    with stack({"stun": ("no-such-host.invalid",)}, codecs=CODECS) as unit:
        (ready,) = (notice for notice in unit.notices if isinstance(notice, wire.Ready))
        assert "no-such-host.invalid" in ready.trouble


def test_orders_that_are_none_are_passed_over() -> None:
    """The next one is obeyed."""
    with stack(codecs=CODECS) as unit:
        for nonsense in (
            b"\0",
            b"{}",
            b'{"type":"Dial"}',
            b'{"type":"Answer","call":7}',
            b"[" * 9_000,
        ):
            unit.end.send(nonsense)
        unit.order(wire.Playback("no call"))
        unit.order(wire.HangUp("no call"))
        unit.apply(codecs=CODECS)


def test_two_units_call_each_other_by_ipv6() -> None:
    """Sound and all."""
    with (
        stack({"address": "::1", "rtp_port": 43_000}, codecs=CODECS) as here,
        stack({"address": "::1", "rtp_port": 44_000}, codecs=CODECS) as there,
    ):
        account = wire.Account(P2P.id, P2P.uri, default=True, ipv6=True)
        here.apply(codecs=CODECS, accounts=(account,))
        here.order(wire.Dial("six", P2P.id, there.uri()))
        told = there.wait(wire.Incoming)
        assert told.source == "::1"
        there.order(wire.Answer(told.call))
        here.state("six", "active", media=True)
        with line(here, "six") as mouth, line(there, told.call) as ear:
            mouth.say(again_and_again(rising()))
            until_alike(ear, rising(), 0.85)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a key and a certificate for this machine."""
    folder = tmp_path_factory.mktemp("tls")
    key, found = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(found)),
        ],
        check=True,
        capture_output=True,
    )
    return key, found


@pytest.mark.parametrize("outgoing", [False, True])
def test_a_call_with_a_phone_by_tls_is_encrypted(
    tmp_path: Path, certificate: tuple[Path, Path], outgoing: bool
) -> None:
    """Nothing of it is in the clear, and both hear each other."""
    key, found = certificate
    both = tmp_path / "both.pem"
    both.write_bytes(key.read_bytes() + found.read_bytes())
    said = write_wav(tmp_path / "said.wav", rising(rate=8_000), 8_000)
    account = wire.Account(
        P2P.id, P2P.uri, default=True, transport="tls", encryption="SRTPMandatory"
    )
    tls = {"certificate_file": str(found), "key_file": str(key)}
    with (
        stack(tls, codecs=CODECS, accounts=(account,)) as unit,
        phone(
            tmp_path / "phone", said, ["PCMU/8000/1"],
            transport="tls", encryption="srtp-mand", certificate=both, answers=True,
        ) as other,
    ):  # fmt: skip
        if outgoing:
            call = "out"
            unit.order(wire.Dial(call, P2P.id, other.uri))
        else:
            other.call(f"sip:speaker@127.0.0.1:{unit.endpoint.tls_port};transport=tls")
            call = unit.wait(wire.Incoming).call
            unit.order(wire.Answer(call))
        unit.state(call, "active", media=True, encrypted=True)
        with line(unit, call) as ours:
            until_alike(ours, rising(), 0.85)
        other.hang_up()
        unit.state(call, "ended")


def name_of(task: Path) -> str:
    """Return the name of a thread; of one that is over, nothing."""
    with suppress(OSError):
        return (task / "comm").read_text().strip()
    return ""


def test_its_clock_runs_only_during_calls(tmp_path: Path) -> None:
    """A unit that is switched on and not called has nothing to do a hundred times a second."""
    with stack(codecs=CODECS) as unit:
        tasks = Path(f"/proc/{unit.process.pid}/task")

        def ticks() -> bool:
            return "clock" in [name_of(each) for each in tasks.iterdir()]

        until("it rests before the first call", lambda: not ticks())
        with phone(tmp_path / "phone", codecs=["PCMU/8000/1"]) as caller:
            caller.call(unit.uri())
            call = unit.wait(wire.Incoming).call
            unit.order(wire.Answer(call))
            unit.state(call, "active", media=True)
            assert ticks()
            caller.hang_up()
            unit.state(call, "ended")
        until("it rests after it", lambda: not ticks())
