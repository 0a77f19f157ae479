"""Calls: how soon one is answered and heard, and how old what is said is when the card gets it, beside other phones."""

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np

from bench.caller import Call, calling
from bench.client import Client
from bench.figures import (
    CannotMeasure,
    Figure,
    Table,
    at_most,
    median,
    milliseconds,
    percentile,
    spread,
)
from bench.peers.baresip import running_baresip
from bench.peers.pjsua import running_pjsua
from bench.ports import free_port
from bench.speaker import Speaker
from bench.talker import LONGEST_S, PACKET_S, THRESHOLD, WARM_UP_CLICKS, clicks
from bench.unit import running_unit

ROUNDS = 3
CALLS = 20
"""Of each phone in each round, in turns."""
BETWEEN_CALLS_S = 0.1
CLICKS = 8
JITTERS_MS = (0, 15)
CARD_MS = 50
"""Between the writing of a sample and its being taken by the simulated card (3 + 2 periods of 10 ms)."""
ANSWER_SHARE_OF_BARESIP, ANSWER_SHARE_OF_PJSUA = 3.0, 1.5
FIRST_RTP_S = 0.015
SAID_SHARE = 0.5
SAID_LIMIT_S = {0: 0.060, 15: 0.100}
_MU_LAW_BIAS = 33


@dataclass
class Phone:
    """One who is called."""

    port: int
    answered: list[float] = field(default_factory=list)
    first_rtp: list[float] = field(default_factory=list)
    said: dict[int, list[float]] = field(default_factory=lambda: {each: [] for each in JITTERS_MS})
    lost: int = 0


def measure() -> Table:
    """Measure unit and peers in turns."""
    with ExitStack() as running:
        unit = running.enter_context(running_unit())
        client = unit.client()
        ours = Phone(_switch_on(client))
        baresip = Phone(running.enter_context(running_baresip()))
        pjsua = Phone(running.enter_context(running_pjsua()))
        for _ in range(ROUNDS):
            for _ in range(CALLS):
                for phone in (ours, baresip, pjsua):
                    _answer(phone)
            for jitter in JITTERS_MS:
                _say(ours, jitter, lambda call, talk: _by_speaker(client, call, talk))
                for phone in (baresip, pjsua):
                    _say(phone, jitter, _by_echo)
    return Table(
        "Calls",
        (
            *_answer_figures(ours, baresip, pjsua),
            *(_said_figure(jitter, ours, baresip, pjsua) for jitter in JITTERS_MS),
        ),
        (
            "The caller is a few lines on a UDP socket of the same machine. baresip and the plain pjsua2 program send "
            "what they hear back, as they come; theirs is the time until it is back, which has a packet of 20 ms more.",
            f"Of ours {CARD_MS} ms lie between the writing of a sample and its being taken by the simulated card.",
        ),
    )


def _answer_figures(ours: Phone, baresip: Phone, pjsua: Phone) -> Iterator[Figure]:
    limit = min(
        ANSWER_SHARE_OF_BARESIP * median(baresip.answered),
        ANSWER_SHARE_OF_PJSUA * median(pjsua.answered),
    )
    yield Figure(
        "INVITE to 200, answered by itself",
        spread(ours.answered),
        f"baresip: {spread(baresip.answered)}; plain pjsua2: {spread(pjsua.answered)}",
        f"median <= {ANSWER_SHARE_OF_BARESIP:g} x baresip and {ANSWER_SHARE_OF_PJSUA:g} x pjsua2: "
        f"{milliseconds(limit)}",
        at_most(median(ours.answered), limit),
    )
    yield Figure(
        "200 to the first RTP packet",
        spread(ours.first_rtp),
        f"baresip: {spread(baresip.first_rtp)}; plain pjsua2: {spread(pjsua.first_rtp)}",
        f"median <= {milliseconds(FIRST_RTP_S)}",
        at_most(median(ours.first_rtp), FIRST_RTP_S),
    )


def _said_figure(jitter: int, ours: Phone, baresip: Phone, pjsua: Phone) -> Figure:
    times, theirs = ours.said[jitter], baresip.said[jitter]
    if not times or not theirs:
        raise CannotMeasure("not one click was heard")
    to_card = median(times) - CARD_MS / 1000
    limit = min(SAID_SHARE * median(theirs), SAID_LIMIT_S[jitter])
    return Figure(
        f"RTP in to sample out, PCMU, jitter of {jitter} ms",
        f"{_of(times)}; to the card {milliseconds(to_card)}",
        f"baresip: {_of(theirs)}; plain pjsua2: {_of(pjsua.said[jitter])}",
        f"to the card <= {SAID_SHARE:g} x baresip and {milliseconds(SAID_LIMIT_S[jitter])}: "
        f"{milliseconds(limit)}",
        at_most(to_card, limit),
    )


def _of(times: Sequence[float]) -> str:
    if not times:
        return "none heard"
    return (
        f"{milliseconds(median(times))}, p90 {milliseconds(percentile(times, 90))}, n {len(times)}"
    )


def _switch_on(client: Client) -> int:
    """Have the unit take calls; the caller is one it knows. Returns its port."""
    port = free_port()
    configuration = {
        "SIPEnabled": True,
        "AllowIncomingCalls": True,
        "SIPPort": port,
        "SIPTLSPort": free_port(),
        "ApplyAccessList": True,
        "AccessList": ["127.0.0.1"],
        "AccessListPolicy": "Allow",
    }
    order = {"axcall:SetSIPConfiguration": {"SIPConfiguration": configuration}}
    reply = client.request("POST", "/vapix/call", json.dumps(order).encode(), "application/json")
    if reply.status != 200:
        raise CannotMeasure(f"SIP cannot be switched on: {reply.body[:200]!r}")
    end = time.monotonic() + 10
    while not (state := json.loads(client.get("/api/sip").body))["running"]:
        if time.monotonic() > end:
            raise CannotMeasure(f"SIP does not run: {state['reason']}")
        time.sleep(0.1)
    return port


def _answer(phone: Phone) -> None:
    with calling(phone.port) as call:
        phone.answered.append(call.answered_s)
        phone.first_rtp.append(call.first_packet_s(time.monotonic_ns()))
    time.sleep(BETWEEN_CALLS_S)


Talk = Callable[[], list[int]]
"""Says clicks; returns when the first sample of each was sent."""
Onset = Callable[[int], int | None]
"""When the first loud sample was heard at or after a time."""


def _say(
    phone: Phone, jitter_ms: int, ears: Callable[[Call, Talk], tuple[list[int], Onset]]
) -> None:
    with calling(phone.port) as call:

        def talk() -> list[int]:
            spoken: list[int] = []
            call.say(_uneven(clicks(CLICKS, spoken), jitter_ms))
            return [at + round(PACKET_S * 1e9) for at in spoken]

        sent, onset = ears(call, talk)
    for at in sent[WARM_UP_CLICKS:]:
        heard = onset(at)
        if heard is None or heard - at > LONGEST_S * 1e9:
            phone.lost += 1
        else:
            phone.said[jitter_ms].append((heard - at) / 1e9)


def _uneven(payloads: Iterable[bytes], jitter_ms: int) -> Iterator[bytes]:
    """Hold each packet back by up to so much, in order."""
    chance = random.Random(7)
    for payload in payloads:
        time.sleep(chance.uniform(0, jitter_ms / 1000))
        yield payload


def _by_speaker(client: Client, _call: Call, talk: Talk) -> tuple[list[int], Onset]:
    sent = talk()
    time.sleep(0.3)
    heard = Speaker(client).heard((time.monotonic_ns() - sent[0]) / 1e9 + 0.5)
    return sent, lambda at: heard.onset_ns(at, THRESHOLD)


def _by_echo(call: Call, talk: Talk) -> tuple[list[int], Onset]:
    with call.heard() as arrived:
        sent = talk()
        time.sleep(0.3)

    def onset(at: int) -> int | None:
        return next((when for when, payload in arrived if when >= at and _loud(payload)), None)

    return sent, onset


def _loud(payload: bytes) -> bool:
    """Whether mu-law samples are above the threshold (G.711)."""
    code = ~np.frombuffer(payload, dtype=np.uint8)
    size = (
        (((code & 15) << 1).astype(np.int32) + _MU_LAW_BIAS) << ((code >> 4) & 7)
    ) - _MU_LAW_BIAS
    return bool(np.any(size > THRESHOLD * 8_031))
