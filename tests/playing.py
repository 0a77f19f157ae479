"""What tests that play clips share: a client's requests, and the wait until all is heard."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np

from tests.heard import RATE, Samples, as_wav, heard_since, position, sweep
from tests.suite import Unit, until


def upload(admin: httpx.Client, name: str, content: bytes, file_name: str = "clip.wav") -> int:
    """Add a clip and return its number."""
    answer = admin.post(
        "/axis-cgi/mediaclip.cgi",
        params={"action": "upload", "media": "audio", "name": name},
        files={"file": (file_name, content, "audio/wav")},
    )
    assert answer.status_code == 200, answer.text
    return int(answer.text.split("uploaded=")[1])


def remove(admin: httpx.Client, clip: int) -> None:
    """Delete a clip."""
    answer = admin.get("/axis-cgi/mediaclip.cgi", params={"action": "remove", "clip": str(clip)})
    assert answer.text == f"OK\nremoved={clip}\n"


def update(admin: httpx.Client, **values: str) -> None:
    """Set parameters; `__` in a name stands for a dot."""
    changes = {name.replace("__", "."): value for name, value in values.items()}
    answer = admin.post("/axis-cgi/param.cgi", data={"action": "update", **changes})
    assert answer.text == "OK"


def play(admin: httpx.Client, clip: int, **arguments: str) -> None:
    """Play a clip."""
    answer = admin.get("/axis-cgi/playclip.cgi", params={"clip": str(clip), **arguments})
    assert answer.text == f"OK\nplaying={clip}\n"


def is_silent(admin: httpx.Client) -> bool:
    """Whether nothing plays."""
    return bool(admin.get("/api/playing").json() == [])


def wait_until_played(unit: Unit, admin: httpx.Client, within_s: float = 20.0) -> None:
    """Wait until nothing plays, and what was written to the card has left it."""
    until("nothing plays", lambda: is_silent(admin), within_s)
    end = position(unit) + RATE // 5
    until("the card's buffer is empty", lambda: position(unit) > end)


def untouched_levels(admin: httpx.Client) -> None:
    """Have nothing change the samples of a clip on their way."""
    update(
        admin,
        AudioSource__A0__OutputGain="0",
        Audio__Loudness__Enabled="no",
        Audio__Output__Equaliser="flat",
        Audio__Output__AutomaticVolume__Enabled="no",
    )


@contextmanager
def quiet_unit(unit: Unit) -> Iterator[httpx.Client]:
    """Yield an administrator's client of a unit that plays nothing, whose gain changes no sample; leave it so."""
    with unit.admin() as client:
        client.get("/axis-cgi/stopclip.cgi")
        wait_until_played(unit, client)
        untouched_levels(client)
        yield client
        client.get("/axis-cgi/stopclip.cgi")


@contextmanager
def parameters(admin: httpx.Client, values: Mapping[str, str]) -> Iterator[None]:
    """Have parameters hold other values for as long as the block runs."""
    question = {"action": "list", "group": ",".join(values)}
    listed = admin.get("/axis-cgi/param.cgi", params=question).text
    before = dict(line.removeprefix("root.").split("=", 1) for line in listed.split("\n") if line)
    assert set(before) == set(values), listed
    update(admin, **values)
    try:
        yield
    finally:
        update(admin, **before)


@contextmanager
def clips(admin: httpx.Client, **sounds: Samples) -> Iterator[dict[str, int]]:
    """Keep sounds as clips for as long as the block runs; yields their numbers by name."""
    numbers: dict[str, int] = {}
    try:
        for name, samples in sounds.items():
            numbers[name] = upload(admin, name, as_wav(samples))
        yield numbers
    finally:
        for number in numbers.values():
            remove(admin, number)


def noise(seconds: float, seed: int, peak: float = 0.2) -> Samples:
    """Return white noise as 16-bit values, of which no piece looks like another."""
    chance = np.random.default_rng(seed)
    return np.round(chance.uniform(-peak, peak, round(seconds * RATE)) * 32_767) / 32_768


def until_heard(unit: Unit, since: int, seconds: float) -> None:
    """Wait until the loudspeaker is so many seconds past a sample."""
    until("it plays on", lambda: position(unit) > since + seconds * RATE)


def now_playing(admin: httpx.Client) -> list[dict[str, Any]]:
    """Return what plays now, highest class first."""
    states: list[dict[str, Any]] = admin.get("/api/playing").json()
    return states


@contextmanager
def unbroken_sound(unit: Unit, admin: httpx.Client, rounds: int) -> Iterator[None]:
    """Play a sweep of two seconds `rounds` times; at the end every sample of it must have been heard.

    The block runs once half a second has been played.
    """
    untouched_levels(admin)
    wanted = sweep(2.0)
    clip = upload(admin, "unbroken", as_wav(wanted))
    begin = position(unit)
    play(admin, clip, repeat=str(rounds - 1))
    until("it plays", lambda: position(unit) > begin + RATE // 2)
    yield
    wait_until_played(unit, admin)
    played = heard_since(unit, begin)
    start = played.where(wanted)
    whole = played.samples[start : start + rounds * len(wanted)]
    assert np.max(np.abs(whole - np.tile(wanted, rounds))) < 1e-6
    remove(admin, clip)
