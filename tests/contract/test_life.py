"""The suite's life: it starts, stops, survives the loss of any part, restarts and is reset."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.heard import RATE, as_wav, position, sweep
from tests.playing import unbroken_sound
from tests.suite import Unit, free_port, running_suite, until

DAEMONS = ("params", "events", "ioports", "system", "http")


def answers(unit: Unit) -> bool:
    """Whether a client that logs in gets its answer."""
    with unit.admin() as admin:
        try:
            question = {"action": "list", "group": "root.Brand"}
            answer = admin.get("/axis-cgi/param.cgi", params=question)
        except httpx.HTTPError:
            return False
    return answer.status_code == 200


def boot_id(unit: Unit) -> str:
    """Return which start of the unit this is; empty while it does not answer."""
    question = {"apiVersion": "1.0", "method": "systemready"}
    try:
        answer = unit.client.post("/axis-cgi/systemready.cgi", json=question)
    except httpx.HTTPError:  # it is going down or coming up
        return ""
    if answer.status_code != 200:
        return ""
    data: dict[str, Any] = answer.json()["data"]
    return str(data["bootid"]) if data["systemready"] == "yes" else ""


def belonging_to(state: Path) -> list[str]:
    """Return the command lines of all processes whose environment names the state folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environment = (entry / "environ").read_bytes()
            if f"C8210_STATE={state}".encode() in environment:
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_suite_stops_within_five_seconds_and_leaves_nothing(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C, or a terminal that goes away: every process ends, and the sockets' folder is gone."""
    with running_suite(tmp_path) as unit:
        runtime = until("a runtime folder", lambda: _runtime_of(unit.processes()["sim"]))
        begin = time.monotonic()
        unit.process.send_signal(number)
        assert unit.process.wait(10) == 0
        assert time.monotonic() - begin < 5
        assert belonging_to(unit.state) == []
        assert not Path(runtime).exists()
        assert "did not stop" not in unit.log.read_text()


def _runtime_of(process: int) -> str:
    for entry in Path(f"/proc/{process}/environ").read_bytes().split(b"\0"):
        if entry.startswith(b"C8210_RUNTIME="):
            return entry.partition(b"=")[2].decode()
    return ""


def test_a_supervisor_that_is_killed_takes_everything_along(tmp_path: Path) -> None:
    """Nothing of a suite outlives its supervisor, however that ended."""
    with running_suite(tmp_path) as unit:
        unit.process.kill()
        unit.process.wait()
        until("every process is gone", lambda: belonging_to(unit.state) == [], 5)


def test_two_instances_run_side_by_side(unit: Unit, tmp_path: Path) -> None:
    """Different ports and state: the second has its own accounts, serial number and world."""
    with running_suite(tmp_path) as other:
        assert other.needs_setup()
        assert not unit.needs_setup()
        assert other.sim_state()["serial_number"] != unit.sim_state()["serial_number"]


def test_one_state_folder_serves_one_instance(unit: Unit) -> None:
    """A second start on the same folder says what to do, and ends with an error."""
    second = subprocess.run(
        [sys.executable, "-P", "-m", "units.supervisor"],
        env={**os.environ, "C8210_STATE": str(unit.state), "C8210_HTTP_PORT": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert second.returncode == 1
    assert f"another instance uses {unit.state}" in second.stdout


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("C8210_HTTP_PORT", "no", "must be a port number"),
        (
            "C8210_BOARD",
            "breadboard",
            "no board called 'breadboard', only c8210_hat, host, simulated",
        ),
        ("C8210_BOARD", "../boards/host", "no board called '../boards/host'"),
        (
            "C8210_HTTP_PORT",
            "8443",
            "HTTP and HTTPS cannot both have port 8443: set C8210_HTTP_PORT",
        ),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, variable: str, value: str, said: str) -> None:
    """What is wrong in the environment is said in one line, with an error as the exit code."""
    started = subprocess.run(
        [sys.executable, "-P", "-m", "units.supervisor"],
        env={**os.environ, "C8210_STATE": str(tmp_path), variable: value},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert started.returncode == 1
    assert started.stdout.startswith("cannot start:")
    assert said in started.stdout


def test_a_port_in_use_is_named(unit: Unit, tmp_path: Path) -> None:
    """A port that somebody else has is named, with the variable that changes it."""
    port = unit.http_url.rpartition(":")[2]
    started = subprocess.run(
        [sys.executable, "-P", "-m", "units.supervisor"],
        env={**os.environ, "C8210_STATE": str(tmp_path), "C8210_HTTP_PORT": port},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert started.returncode == 1
    assert f"port {port} is in use: set C8210_HTTP_PORT" in started.stdout


@pytest.mark.parametrize("part", DAEMONS)
def test_a_killed_daemon_is_back_and_the_sound_goes_on(unit: Unit, part: str) -> None:
    """Any daemon but audio may be killed: within three seconds all is well, and no sample was lost."""
    with unit.admin() as admin, unbroken_sound(unit, admin, rounds=3):
        before = unit.processes()
        unit.kill(part)
        until(
            f"{part} is back", lambda: unit.processes().get(part, before[part]) != before[part], 3
        )
        until("clients get answers", lambda: answers(unit), 5)
        after = unit.processes()
        others = set(before) - {part}
        assert {name: after[name] for name in others} == {name: before[name] for name in others}


def test_a_killed_engine_is_back_and_plays_again(unit: Unit) -> None:
    """The audio daemon is back within three seconds and plays when asked."""
    with unit.admin() as admin:
        admin.get(
            "/axis-cgi/playclip.cgi", params={"location": "birds_chirping.mp3", "repeat": "-1"}
        )
        begin = position(unit)
        until("it plays", lambda: position(unit) > begin + RATE // 2)
        before = unit.processes()["audio"]
        unit.kill("audio")
        until("audio is back", lambda: unit.processes().get("audio", before) != before, 3)
        question = {"location": "ding_dong.mp3"}
        until(
            "a clip is played again",
            lambda: admin.get("/axis-cgi/playclip.cgi", params=question).text.startswith("OK"),
            5,
        )
        until("it is heard", lambda: admin.get("/api/playing").json() != [])
        admin.get("/axis-cgi/stopclip.cgi")


def test_a_lost_bus_is_survived_without_a_gap(unit: Unit) -> None:
    """The broker dies while a clip plays: all names are back, and the sound never noticed."""
    with unit.admin() as admin, unbroken_sound(unit, admin, rounds=4):
        before = unit.processes()
        unit.kill("bus")
        until("clients get answers", lambda: answers(unit), 6)
        after = unit.processes()
        assert {name: after[name] for name in DAEMONS} == {name: before[name] for name in DAEMONS}


def test_a_daemon_that_hangs_is_noticed(fresh_unit: Unit) -> None:
    """The watchdog kills a stopped daemon and it is started again within fifteen seconds."""
    before = fresh_unit.processes()["events"]
    fresh_unit.kill("events", signal.SIGSTOP)
    until("events is back", lambda: fresh_unit.processes().get("events", before) != before, 15)


@pytest.mark.covers("M-API-01", "M-MNT-01")
def test_restart_keeps_every_setting(fresh_unit: Unit) -> None:
    """restart.cgi answers, the unit starts anew, and accounts, parameters and clips are there."""
    fresh_unit.claim()
    before = until("it is ready", lambda: boot_id(fresh_unit))
    with fresh_unit.admin() as admin:
        change = {"action": "update", "AudioSource.A0.Name": "Hall"}
        assert admin.post("/axis-cgi/param.cgi", data=change).text == "OK"
        admin.post(
            "/axis-cgi/mediaclip.cgi",
            params={"action": "upload", "media": "audio", "name": "kept"},
            files={"file": ("kept.wav", as_wav(sweep(0.2)))},
        )
        answer = admin.get("/axis-cgi/restart.cgi")
        assert answer.status_code == 200
        assert "restartMessage" in answer.text
    until("it starts anew", lambda: boot_id(fresh_unit) not in ("", before), 20)
    with fresh_unit.admin() as admin:
        listed = admin.get(
            "/axis-cgi/param.cgi",
            params={"action": "list", "group": "AudioSource.A0.Name,root.MediaClip.M0.Name"},
        )
        assert listed.text == "AudioSource.A0.Name=Hall\nroot.MediaClip.M0.Name=kept\n"


KEPT_BY_RESTORE = {
    "Network.BootProto": "none",
    "Network.IPAddress": "10.1.2.3",
    "Network.SubnetMask": "255.0.0.0",
    "Network.DefaultRouter": "10.1.2.1",
    "Network.DNSServer1": "10.1.2.2",
    "Network.Interface.I0.dot1x.EAPOLVersion": "2",
    "RemoteService.Enabled": "no",
}
CLEARED_BY_RESTORE = {
    "AudioSource.A0.Name": "Hall",
    "Audio.MaxListeners": "5",
    "Network.HostName": "hall",
    "StatusLed.Usage": "off",
}


@pytest.mark.parametrize(
    ("cgi", "message", "kept"),
    [
        pytest.param(
            "factorydefault.cgi",
            "factoryMessage",
            True,
            marks=[
                pytest.mark.covers("M-API-02", "M-MNT-02"),
                pytest.mark.covers("M-MNT-03", part="settings and clips"),
            ],
        ),
        pytest.param(
            "hardfactorydefault.cgi",
            "factoryMessage2",
            False,
            marks=pytest.mark.covers("M-API-03", "M-MNT-04"),
        ),
    ],
)
def test_a_reset_keeps_exactly_what_the_manual_lists(
    fresh_unit: Unit, cgi: str, message: str, kept: bool
) -> None:
    """Accounts, clips and settings go; after a restore the network's address stays."""
    fresh_unit.claim()
    before = until("it is ready", lambda: boot_id(fresh_unit))
    with fresh_unit.admin() as admin:
        changes = {**KEPT_BY_RESTORE, **CLEARED_BY_RESTORE}
        factory = _values(fresh_unit, list(changes))
        answer = admin.post("/axis-cgi/param.cgi", data={"action": "update", **changes})
        assert answer.text == "OK"
        admin.post(
            "/axis-cgi/mediaclip.cgi",
            params={"action": "upload", "media": "audio", "name": "gone"},
            files={"file": ("gone.wav", as_wav(sweep(0.2)))},
        )
        answer = admin.get(f"/axis-cgi/{cgi}")
        assert answer.status_code == 200
        assert f"/admin/{message}.shtml" in answer.text
    until("it starts anew", lambda: boot_id(fresh_unit) not in ("", before), 20)
    assert fresh_unit.needs_setup()
    fresh_unit.claim()
    now = _values(fresh_unit, list(changes))
    assert {name: now[name] for name in CLEARED_BY_RESTORE} == {
        name: factory[name] for name in CLEARED_BY_RESTORE
    }
    expected = KEPT_BY_RESTORE if kept else {name: factory[name] for name in KEPT_BY_RESTORE}
    assert {name: now[name] for name in KEPT_BY_RESTORE} == expected
    with fresh_unit.admin() as admin:
        clips = {clip["clip"] for clip in admin.get("/api/clips").json()}
    assert clips == set(range(25, 50))


def _values(unit: Unit, names: list[str]) -> dict[str, str]:
    with unit.admin() as admin:
        answer = admin.get(
            "/axis-cgi/param.cgi", params={"action": "list", "group": ",".join(names)}
        )
    return dict(line.split("=", 1) for line in answer.text.splitlines())


def test_a_power_cut_loses_nothing_that_was_acknowledged(fresh_unit: Unit) -> None:
    """Every process dies at once, the world stands; the unit comes back with its settings."""
    fresh_unit.claim()
    before = until("it is ready", lambda: boot_id(fresh_unit))
    world = fresh_unit.processes()["sim"]
    with fresh_unit.admin() as admin:
        change = {"action": "update", "AudioSource.A0.Name": "Attic"}
        assert admin.post("/axis-cgi/param.cgi", data=change).text == "OK"
        assert admin.post("/sim/power", json={"button_held": False}).status_code == 204
    until("it starts anew", lambda: boot_id(fresh_unit) not in ("", before), 20)
    assert fresh_unit.processes()["sim"] == world
    assert _values(fresh_unit, ["AudioSource.A0.Name"]) == {"AudioSource.A0.Name": "Attic"}


def test_a_computer_without_sound_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, where somebody looks, and not only in a log once something plays; all else works."""
    nothing = tmp_path / "asound.conf"
    nothing.touch()
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(nothing))
    with running_suite(tmp_path, board="host") as unit:
        until("it has said all", lambda: "Stop: Ctrl-C" in unit.log.read_text(), 20)
        said = unit.log.read_text()
        assert "Nothing will be heard. This computer has no sound: cannot open the sound" in said
        assert "C8210_BOARD=simulated needs no sound card." in said
        unit.claim()


def test_nobody_has_to_listen_to_the_supervisor(tmp_path: Path) -> None:
    """Whoever read what it says may go away: the suite runs on, and stops cleanly when told to."""
    ports = {"C8210_HTTP_PORT": free_port(), "C8210_HTTPS_PORT": free_port()}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "units.supervisor"],
        env={
            **os.environ,
            **{name: str(port) for name, port in ports.items()},
            "C8210_STATE": str(tmp_path),
            "C8210_BOARD": "simulated",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    while "Stop: Ctrl-C" not in process.stdout.readline():
        assert process.poll() is None
    process.stdout.close()
    process.send_signal(signal.SIGINT)
    complaints = process.stderr.read()
    process.stderr.close()
    assert process.wait(10) == 0
    assert complaints == ""
    assert belonging_to(tmp_path) == []
