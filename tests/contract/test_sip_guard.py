"""The guard of the SIP stack: what strangers send on purpose is refused, and callers never notice."""

from collections.abc import Iterator

import pytest

from tests.contract.sip_guard_rig import Caller, Phone, needs_stack, running_phone

pytestmark = [needs_stack, pytest.mark.timeout(60)]

KNOWN = "127.0.0.9"
PLENTY = {
    **{"stranger_rate": 5000, "stranger_burst": 5000},
    **{"strangers_rate": 5000, "strangers_burst": 5000},
    **{"answers_rate": 5000, "answers_burst": 5000},
}


@pytest.fixture(scope="module")
def phone_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """One phone for all tests."""
    with running_phone(tmp_path_factory.mktemp("guard") / "phone.log") as phone:
        assert phone.ask("known", KNOWN) == ""
        yield phone


@pytest.fixture
def phone(phone_of_all: Phone) -> Iterator[Phone]:
    """The phone, which takes a call from a known peer after everything that was done to it."""
    phone_of_all.ask("limits", PLENTY)
    yield phone_of_all
    phone_of_all.ask("limits", PLENTY)
    with Caller(phone_of_all, KNOWN) as known:
        known.call().end()
    phone_of_all.wait_for("calls", 0)


@pytest.fixture
def known(phone: Phone) -> Iterator[Caller]:
    """A peer the guard was told of."""
    with Caller(phone, KNOWN) as caller:
        yield caller


@pytest.fixture
def stranger(phone: Phone) -> Iterator[Caller]:
    """Anybody."""
    with Caller(phone, "127.0.0.66") as caller:
        yield caller


def crypto(number: int) -> list[str]:
    """Short keys of SRTP: wrong ones, but their number is what counts."""
    return [f"a=crypto:{tag} A B" for tag in range(1, number + 1)]


def candidates(number: int) -> list[str]:
    """Ways to a peer."""
    return [f"a=candidate:{n} 1 UDP 1 127.0.0.1 {n} typ host" for n in range(1, number + 1)]


def streams(number: int) -> list[str]:
    """Streams beside the first."""
    return ["m=audio 9002 RTP/AVP 0"] * number


LOGIN = "a=ice-pwd:" + "p" * 24
HONEST = {
    "8 keys": crypto(8),
    "32 candidates": candidates(32),
    "4 streams": streams(3),
    "a long fragment": ["a=ice-ufrag:" + "u" * 256, LOGIN],
    "a long line": ["a=x:" + "y" * 1000],
}
BAD = {
    **{f"{n} keys": (488, "crypto", crypto(n)) for n in (9, 17, 63, 64, 65, 66, 128, 200)},
    **{f"{n} candidates": (488, "candidates", candidates(n)) for n in (33, 64)},
    **{f"{n} streams": (488, "media", streams(n - 1)) for n in (5, 8, 9, 16, 17, 64)},
    "keys in capitals": (488, "crypto", ["a=CRYPTO:1 A B"] * 9),
    "keys of the third stream": (488, "crypto", [*streams(2), *crypto(9)]),
    "a longer fragment": (488, "ice", ["a=ice-ufrag:" + "u" * 257, LOGIN]),
    "a longer password": (488, "ice", ["a=ice-ufrag:u", "a=ice-pwd:" + "p" * 900]),
    "a longer line": (400, "line", ["a=x:" + "y" * 1021]),
    "a body of 4 KB": (413, "body", ["a=x:" + "y" * 900] * 5),
}


@pytest.mark.parametrize("what", HONEST)
def test_what_a_phone_may_send_passes(phone: Phone, stranger: Caller, what: str) -> None:
    """The limits themselves are allowed; the stack may still not take what it is offered."""
    before = phone.count()
    stranger.ask(stranger.request("OPTIONS", stranger.offer(*HONEST[what])))
    assert phone.count() == before | {"passed": before["passed"] + 1}


@pytest.mark.parametrize("what", BAD)
def test_what_no_phone_sends_is_refused(
    phone: Phone, stranger: Caller, known: Caller, what: str
) -> None:
    """From strangers and from known peers alike, whose device may be somebody else's by now."""
    status, counter, lines = BAD[what]
    before = phone.count()
    for caller in (stranger, known):
        assert caller.ask(caller.request("INVITE", caller.offer(*lines))) == status
    assert phone.count() == before | {
        counter: before[counter] + 2,
        "answered": before["answered"] + 2,
    }


def test_the_stack_itself_holds_as_well(phone: Phone, stranger: Caller) -> None:
    """With every limit of the guard lifted: the settings and fixes are there for what it might miss."""
    everything = ("body", "head", "headers", "line", "media", "crypto", "candidates", "ice")
    phone.ask("limits", PLENTY | dict.fromkeys(everything, 100_000))
    key = "inline:" + "A" * 40
    keys = [f"a=crypto:{n} AES_CM_128_HMAC_SHA1_80 {key}" for n in range(1, 81)]
    for lines in (keys, keys[:64], keys[:65], *(lines for _, _, lines in BAD.values())):
        if call := stranger.try_to_call(stranger.offer(*lines)):
            call.end()


def test_a_description_is_found_wherever_the_stack_finds_it(phone: Phone, stranger: Caller) -> None:
    """In a part of a body of several, and when its lines end otherwise."""
    offer = stranger.offer(*crypto(65))
    parts = b"--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x\r\nContent-Type: application/sdp\r\n\r\n"
    several = parts + offer + b"--x--\r\n"
    assert (
        stranger.ask(stranger.request("INVITE", several, kind="multipart/mixed;boundary=x")) == 488
    )
    assert stranger.ask(stranger.request("INVITE", offer.replace(b"\r\n", b"\n"))) == 488
    assert stranger.ask(stranger.request("INVITE", offer.replace(b"\r\n", b"\r"))) == 488
    head, _, body = stranger.request("INVITE", offer).partition(b"\r\n\r\n")
    assert stranger.ask(head + b"\r\n\r" + body) == 488


def test_too_many_headers(phone: Phone, stranger: Caller) -> None:
    """Whatever they are."""
    few, many = ((("X-Header", "x"),) * number for number in (50, 65))
    assert stranger.ask(stranger.request("OPTIONS", more=few)) == 200
    assert stranger.ask(stranger.request("OPTIONS", more=many)) == 400


def test_what_is_larger_than_the_stack_reads_is_dropped(phone: Phone, stranger: Caller) -> None:
    """More than the stack reads at once never reaches the guard."""
    stranger.send(stranger.request("INVITE", stranger.offer(*candidates(500))))
    stranger.send(b"\0" * 60000)
    assert stranger.ask(stranger.request("OPTIONS")) == 200


def test_a_long_head_is_refused(phone: Phone, stranger: Caller) -> None:
    """What is answered repeats it, and must not reach the end of the stack's room."""
    for size, status in ((3000, 200), (4000, 400)):
        assert stranger.ask(stranger.request("OPTIONS", more=(("Subject", "s" * size),))) == status


ODD = {
    "a format without a name": ["m=audio 9002 RTP/AVP 97"],
    "one of a stream that is off": ["m=audio 0 RTP/AVP 97"],
    "a name for no format": ["a=rtpmap:65535 x/8000", "a=fmtp:4294967296 0-16"],
    "redundancy and a static format": [
        *("m=audio 9002 RTP/AVP 97 98 0", "a=rtpmap:97 red/8000"),
        *("a=fmtp:97 98/98", "a=rtpmap:98 telephone-event/8000"),
    ],
    "redundant text": [
        *("m=text 9002 RTP/AVP 100 98 0", "a=rtpmap:98 t140/1000"),
        *("a=rtpmap:100 red/1000", "a=fmtp:100 98/98/98/98/98/98/98"),
    ],
    "port 0": ["m=audio 0 RTP/AVP 0"],
    "a port beyond": ["m=audio 99999 RTP/AVP 0"],
    "a long packet": ["a=ptime:4294967295", "a=maxptime:-1"],
    "both kinds of keys": ["m=audio 9002 RTP/SAVP 0", *crypto(8)],
    "no media": ["m="],
}


@pytest.mark.parametrize("what", ODD)
def test_odd_descriptions_end_no_process(phone: Phone, stranger: Caller, what: str) -> None:
    """The stack may answer what it likes, and goes on; in a call that is there as well."""
    alone = stranger.offer().partition(b"m=")[0] + "\r\n".join([*ODD[what], ""]).encode()
    for body in (stranger.offer(*ODD[what]), alone):
        if call := stranger.try_to_call(body):
            call.end()
        call = stranger.call()
        call.ask("INVITE", body)
        call.end()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/mixed;boundary=x", b"--x--\r\n"),
        ("multipart/mixed;boundary=x", b"--x\r\n" * 600),
        ("multipart/mixed", b"--\r\n"),
        ("application/im-iscomposing+xml", b"<a>" * 1300),
        ("application/im-iscomposing+xml", b"<!--a-->" * 480),
        ("text/plain", b"\0" * 4000),
    ],
)
def test_odd_bodies_end_no_process(phone: Phone, stranger: Caller, kind: str, body: bytes) -> None:
    """What is no description is looked at by other parts of the stack."""
    for method in ("MESSAGE", "INVITE", "NOTIFY", "PUBLISH"):
        more = (("Event", "presence"), ("Subscription-State", "active"))
        stranger.send(stranger.request(method, body, kind=kind, more=more))
    assert stranger.ask(stranger.request("OPTIONS")) == 200
    phone.ask("hang_up")  # an empty body is an invitation like any other


@pytest.mark.parametrize("where", ["c=", "candidate", "rtcp", "Contact"])
def test_no_name_of_a_stranger_is_looked_up(
    phone: Phone, stranger: Caller, known: Caller, where: str
) -> None:
    """The stack would wait for the name server, and all calls with it; known peers may have names."""

    def invite(caller: Caller) -> bytes:
        line = {
            "c=": "c=IN IP4 localhost",
            "candidate": "a=candidate:1 1 UDP 1 localhost 9 typ host",
            "rtcp": "a=rtcp:9001 IN IP4 localhost",
            "Contact": "a=x:y",
        }[where]
        return caller.request(
            "OPTIONS", caller.offer(line), contact="localhost" if where == "Contact" else ""
        )

    before = phone.count()["names"]
    assert stranger.ask(invite(stranger)) == 400
    assert known.ask(invite(known)) == 200
    assert phone.count()["names"] == before + 1


def test_answers_go_to_who_asked(phone: Phone, stranger: Caller, known: Caller) -> None:
    """A Via with `maddr` would have the stack answer anybody, or look a name up."""
    before = phone.count()
    stranger.send(stranger.request("OPTIONS", via=f";maddr={KNOWN}", call="elsewhere"))
    assert stranger.ask(stranger.request("OPTIONS")) == 200
    after = phone.count()
    assert after["maddr"] == before["maddr"] + 1
    assert after["dropped"] == before["dropped"] + 1


def test_a_stranger_who_asks_too_often(phone: Phone, stranger: Caller, known: Caller) -> None:
    """He gets what the bucket holds, a few refusals, then silence; a known peer calls meanwhile."""
    phone.ask("limits", {"stranger_rate": 0, "stranger_burst": 20, "answers_rate": 0,
                         "answers_burst": 3, "strangers_burst": 5000})  # fmt: skip
    before = phone.count()
    with Caller(phone, "127.0.0.67") as loud:
        methods = ("OPTIONS", "INFO", "SUBSCRIBE", "MESSAGE", "INVITE", "BYE") * 5
        for _ in range(5):
            with phone.flooded(len(methods)):
                for method in methods:
                    offer = loud.offer() if method == "INVITE" else b""
                    loud.send(loud.request(method, offer, to_tag="x"))
            known.call().end()
        after = phone.count()
        refused = {answer.status for answer in iter(lambda: loud.receive(0.2), None)}
    assert after["stranger_rate"] == before["stranger_rate"] + 150 - 20
    assert 503 in refused
    assert after["answered"] == before["answered"] + 3
    assert after["dropped"] == before["dropped"] + 150 - 20 - 3
    assert stranger.ask(stranger.request("OPTIONS")) == 200, "another stranger is heard"


def test_many_strangers_together(phone: Phone, known: Caller) -> None:
    """Whoever has a thousand addresses has one bucket more to pass; known peers do not."""
    phone.ask("limits", {"strangers_rate": 0, "strangers_burst": 30, "answers_rate": 0})
    before = phone.count()
    for n in range(100):
        with Caller(phone, f"127.1.{n}.67") as one, phone.flooded(2):
            one.send(one.request("OPTIONS"))
            one.send(one.request("MESSAGE"))
    known.call().end()
    after = phone.count()
    assert after["strangers_rate"] == before["strangers_rate"] + 200 - 30
    assert after["passed"] == before["passed"] + 30 + 3  # INVITE, ACK, BYE


def test_a_known_peer_may_ask_much_more_often(phone: Phone, known: Caller) -> None:
    """A busy exchange asks ten times as often as a stranger may."""
    phone.ask("limits", {})
    for _ in range(100):
        assert known.ask(known.request("OPTIONS")) == 200


def test_a_call_goes_on_under_its_own_requests(
    phone: Phone, known: Caller, stranger: Caller
) -> None:
    """Requests within a call are no beginnings; bad ones are refused, and the call stays."""
    call = stranger.call()
    phone.ask("limits", {"stranger_rate": 0, "stranger_burst": 0})
    assert call.ask("INVITE", stranger.offer()) == 200
    assert call.ask("INVITE", stranger.offer(*crypto(65))) == 488
    assert call.ask("INFO") != 503
    assert phone.ask("calls") == 1
    call.end()


def test_an_ack_of_no_call_is_dropped(phone: Phone, stranger: Caller) -> None:
    """Nobody answers an ACK, so it is only counted."""
    before = phone.count()
    stranger.send(stranger.request("ACK", to_tag="x"))
    assert stranger.ask(stranger.request("OPTIONS")) == 200
    after = phone.count()
    assert after["stray_ack"] == before["stray_ack"] + 1
    assert after["dropped"] == before["dropped"] + 1
