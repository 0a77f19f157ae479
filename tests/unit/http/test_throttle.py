"""Guessing passwords is slow, and only for who guesses (class W11 of the known vulnerabilities)."""

import asyncio
import statistics
import sys
import time

from common.clock import ManualClock
from daemons.http.auth.throttle import REMEMBERED, Throttle, source
from daemons.http.settings import Throttling
from tests.unit.http.edge import Edge

RULES = Throttling()
LIST = "/axis-cgi/param.cgi?action=list&group=root.Brand"


async def test_who_guesses_is_shut_out_and_others_are_not(edge: Edge) -> None:
    """Twenty wrong passwords in a second close the door for ten seconds, also to the right one."""
    statuses = [
        (await edge.ask("GET", LIST, login=("root", f"guess{number}"))).status
        for number in range(30)
    ]
    assert statuses[:20] == [401] * 20
    assert statuses[20:] == [429] * 10
    refused = await edge.ask("GET", LIST, login="root")
    assert (refused.status, int(str(refused.header("retry-after"))) > 5) == (429, True)
    assert (await edge.ask("GET", LIST, login="root", address="192.0.2.8")).status == 200
    edge.clock.advance(10.1)
    assert (await edge.ask("GET", LIST, login="root")).status == 200


async def test_the_login_of_the_web_ui_counts_like_any_other(edge: Edge) -> None:
    """There is no second door."""
    for _ in range(20):
        await edge.ask("POST", "/api/session", body='{"user":"root","password":"no"}')
    answer = await edge.ask("POST", "/api/session", body='{"user":"root","password":"no"}')
    assert answer.status == 429


async def test_throttling_can_be_switched_off(edge: Edge) -> None:
    """By its parameter."""
    edge.settings.update({"System.PreventDoSAttack.ActivatePasswordThrottling": "Off"})
    for _ in range(60):
        assert (await edge.ask("GET", LIST, login=("root", "no"))).status == 401


def test_an_attack_from_everywhere_gets_few_guesses() -> None:
    """At most ten a second on the whole unit over ten seconds, whoever asks."""
    clock = ManualClock()
    throttle = Throttle(clock)
    guesses = 0
    for tick in range(10_000):
        address = f"10.{tick // 65536}.{tick // 256 % 256}.{tick % 256}"
        if throttle.wait_s(address, RULES) == 0.0:
            guesses += 1
            throttle.failed(address, "root", "/", RULES)
        clock.advance(0.001)
    assert guesses <= 100


def test_who_logged_in_lately_is_let_in_during_an_attack_from_everywhere() -> None:
    """Their address has a good name; a wrong password takes it away."""
    clock = ManualClock()
    throttle = Throttle(clock)
    throttle.succeeded("192.0.2.1", RULES)
    for number in range(200):
        throttle.failed(f"10.0.0.{number}", "root", "/", RULES)
    assert throttle.wait_s("192.0.2.1", RULES) == 0.0
    assert throttle.wait_s("192.0.2.2", RULES) > 0.0
    throttle.failed("192.0.2.1", "root", "/", RULES)
    assert throttle.wait_s("192.0.2.1", RULES) > 0.0


def test_the_ledger_stays_small() -> None:
    """A hundred thousand sources cost less than a megabyte."""
    throttle = Throttle(ManualClock())
    for number in range(100_000):
        throttle.failed(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "root", "/", RULES)
    assert len(throttle) == REMEMBERED
    entries = throttle._ledger.items()
    size = sum(sys.getsizeof(key) + sum(map(sys.getsizeof, key)) + 120 for key, _ in entries)
    assert size + sys.getsizeof(throttle._ledger) < 1024 * 1024


def test_an_ipv6_network_is_one_source() -> None:
    """Its owner has 2^64 addresses; an IPv4 address stays itself in either form."""
    assert source("2001:db8::1") == source("2001:db8::ffff:2")
    assert source("2001:db8::1") != source("2001:db8:0:1::1")
    assert source("::ffff:192.0.2.1") == source("192.0.2.1")
    assert source("nonsense") == "unknown"


async def test_unknown_names_answer_like_known_ones(edge: Edge) -> None:
    """Same status, same words, and time that does not tell them apart."""
    edge.settings.update({"System.PreventDoSAttack.ActivatePasswordThrottling": "Off"})
    known = await edge.ask("GET", LIST, login=("root", "no"))
    unknown = await edge.ask("GET", LIST, login=("nobody", "no"))
    assert known.status == unknown.status
    assert known.text == unknown.text
    times: dict[str, list[float]] = {"root": [], "nobody": []}
    for _ in range(300):
        for name, spent in times.items():
            start = time.thread_time()
            await edge.ask("GET", LIST, login=(name, "no"))
            spent.append(time.thread_time() - start)
    medians = [statistics.median(spent) for spent in times.values()]
    assert max(medians) / min(medians) < 1.25


async def test_a_short_wait_is_waited_and_not_refused(edge: Edge) -> None:
    """Somebody new who comes while the budget is used up waits a moment for a turn."""
    for number in range(60):
        edge.throttle.failed(f"10.0.0.{number}", "root", "/", RULES)
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(
            edge.ask("GET", LIST, login="root", address="192.0.2.99"), name="owner"
        )
        await asyncio.sleep(0)
        edge.clock.advance(2.0)
    assert asking.result().status == 200
