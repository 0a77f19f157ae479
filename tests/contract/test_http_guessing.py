"""Guessing passwords over the network: slow for who guesses, unnoticed by who knows (class W11)."""

import threading
import time
from collections import Counter

import httpx
import pytest

from tests import rules
from tests.suite import ROOT_PASSWORD, Unit

GUESSERS = [f"127.0.0.{number}" for number in range(10, 18)]
SECONDS = 6.0


def client_from(address: str, unit: Unit, password: str) -> httpx.Client:
    """Return a client that comes from some address of this machine."""
    return httpx.Client(
        base_url=unit.https_url.replace("localhost", "127.0.0.1"),
        auth=("root", password),
        transport=httpx.HTTPTransport(verify=False, local_address=address),
        timeout=20,
    )


def test_an_attack_from_many_addresses_shuts_out_the_attackers_only(fresh_unit: Unit) -> None:
    """At most ten guesses a second on the whole unit, and the right password works within a second."""
    unit = fresh_unit
    unit.claim()
    answers: Counter[int] = Counter()
    over = threading.Event()

    def guess(address: str) -> None:
        number = 0
        with client_from(address, unit, "") as client:
            while not over.is_set():
                number += 1
                auth = ("root", f"guess{number}")
                answers[client.get("/axis-cgi/usergroup.cgi", auth=auth).status_code] += 1

    attackers = [threading.Thread(target=guess, args=(address,)) for address in GUESSERS]
    for attacker in attackers:
        attacker.start()
    slowest = 0.0
    end = time.monotonic() + SECONDS
    try:
        for number in range(100, 112):
            start = time.monotonic()
            with client_from(f"127.0.0.{number}", unit, ROOT_PASSWORD) as owner:
                assert owner.get("/axis-cgi/usergroup.cgi").status_code == 200
            slowest = max(slowest, time.monotonic() - start)
        while time.monotonic() < end:
            with client_from("127.0.0.100", unit, ROOT_PASSWORD) as owner:
                assert owner.get("/axis-cgi/usergroup.cgi").status_code == 200
    finally:
        over.set()
        for attacker in attackers:
            attacker.join()
    assert slowest < 1.0
    assert answers.keys() <= {401, 429}
    assert answers[429] > 100
    assert answers[401] <= 10 * SECONDS
    with client_from("127.0.0.100", unit, ROOT_PASSWORD) as owner:
        told = rules.records(owner, text="BlockedIP", kinds=["event"], limit=500)
    blocked = {entry["event"]["data"]["address"] for entry in told}
    assert blocked
    assert blocked <= set(GUESSERS)


@pytest.mark.parametrize("path", ["/axis-cgi/usergroup.cgi", "/axis-cgi/systemready.cgi"])
def test_an_unknown_name_is_answered_like_a_known_one(unit: Unit, path: str) -> None:
    """Byte for byte, but for the nonce and the time."""
    seen = []
    for name in ("root", "nobody"):
        with httpx.Client(base_url=unit.https_url, auth=(name, "wrong"), verify=False) as client:
            answer = client.get(path)
            seen.append((answer.status_code, answer.content, sorted(answer.headers.keys())))
    assert seen[0] == seen[1]
    assert seen[0][0] == 401
