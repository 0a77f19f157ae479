"""The systemd units say what the design says, and systemd understands them."""

import configparser
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from common.bus.suite import SUITE
from common.paths import LIBRARY
from daemons.audio.engine_config import EngineConfig
from daemons.events.recording.recorder import REALTIME_PRIORITY

UNITS = LIBRARY / "units"
SIMULATED = UNITS / "simulated"
HOST_UNITS = Path("/lib/systemd/system")
DAEMONS = tuple(f"c8210-{member.name}.service" for member in SUITE)
FRONT = ("c8210-nginx.service", "c8210-nginx-reload.service")
SERVICES = (*DAEMONS, *FRONT)

STRANGERS_REACH = (
    *("c8210-http.service", "c8210-audio.service", "c8210-mqtt.service", "c8210-sip.service"),
    *FRONT,
)
"""What talks to the network, and what decodes files that came from it."""
EXPOSURE_LIMIT = 25
EXPOSURE_LIMIT_OF_STRANGERS = 20
"""systemd's exposure level in tenths, as its --threshold= takes it."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None or not HOST_UNITS.is_dir(),
    reason="systemd-analyze or systemd's own units are not installed",
)


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file system in which everything is installed that the units speak of."""
    root = tmp_path_factory.mktemp("root")
    system = root / "usr/lib/systemd/system"
    shutil.copytree(HOST_UNITS, system, symlinks=True, ignore_dangling_symlinks=True)
    for folder in (UNITS, SIMULATED):
        for path in folder.iterdir():
            if path.is_file() and path.name.startswith("c8210"):
                shutil.copy(path, system)
            elif path.is_dir() and path.name.startswith("c8210"):
                shutil.copytree(path, system / path.name, dirs_exist_ok=True)
    for path in {*(system.glob("c8210-*.service"))}:
        for program in re.findall(r"^Exec\w+=\+?(/\S+)", path.read_text(), re.MULTILINE):
            there = root / program.lstrip("/")
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_text("#!/bin/sh\n")
            there.chmod(there.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return root


def analyze(root: Path, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask systemd-analyze about units below `root`."""
    return subprocess.run(
        ["systemd-analyze", "--no-pager", f"--root={root}", verb, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def unit_file(name: str) -> Path:
    """Return the file of a unit."""
    return next(path for path in (UNITS / name, SIMULATED / name) if path.exists())


def settings(name: str) -> list[tuple[str, str]]:
    """Return what a unit and its own drop-ins say, in the order in which systemd reads it."""
    drop_ins = [
        *(UNITS / "c8210-.service.d").glob("*.conf"),
        *(UNITS / f"{name}.d").glob("*.conf"),
        *(SIMULATED / f"{name}.d").glob("*.conf"),
    ]
    found: list[tuple[str, str]] = []
    for path in (unit_file(name), *sorted(drop_ins, key=lambda path: path.name)):
        for line in path.read_text().splitlines():
            key, sign, value = line.partition("=")
            if sign and not line.startswith("#"):
                found.append((key, value))
    return found


def last(name: str, key: str) -> str | None:
    """Return the value of a key that the last line decides."""
    return dict(settings(name)).get(key)


@needs_systemd
@pytest.mark.parametrize("unit", [*SERVICES, "c8210.target", "c8210-nginx.path"])
def test_systemd_understands_every_line(unit: str, root: Path) -> None:
    """An unknown key is only a warning to systemd: here any word about our units is a failure."""
    result = analyze(root, "verify", "--man=no", "--recursive-errors=no", unit)
    ours = [line for line in result.stderr.splitlines() if "c8210" in line]
    assert ours == []
    assert result.returncode == 0, result.stderr


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES)
def test_exposure_stays_below_the_bar(unit: str, root: Path) -> None:
    """2.5 for every service, 2.0 for what strangers reach."""
    limit = EXPOSURE_LIMIT_OF_STRANGERS if unit in STRANGERS_REACH else EXPOSURE_LIMIT
    result = analyze(root, "security", "--offline=true", f"--threshold={limit}", unit)
    assert result.returncode == 0, result.stdout
    assert "Overall exposure level" in result.stdout


@needs_systemd
def test_the_bar_is_in_tenths(root: Path) -> None:
    """The gate above closes: no service of ours is below 0.1."""
    result = analyze(root, "security", "--offline=true", "--threshold=1", DAEMONS[0])
    assert result.returncode != 0


def test_every_member_of_the_suite_has_a_unit_of_its_own() -> None:
    """A daemon without a unit would never run."""
    for member in SUITE:
        folder = SIMULATED if member.simulated_only else UNITS
        module = f"hw.{member.name}" if member.simulated_only else f"daemons.{member.name}"
        command = f"/usr/lib/c8210/venv/bin/python3 -P -m {module}"
        assert (folder / f"c8210-{member.name}.service").is_file()
        assert last(f"c8210-{member.name}.service", "ExecStart") == command


@pytest.mark.parametrize("unit", DAEMONS)
def test_every_daemon_is_kept_alive(unit: str) -> None:
    """Readiness, a watchdog, and a new start 200 ms after each end, without a limit."""
    assert last(unit, "Type") == "notify"
    assert last(unit, "WatchdogSec") == "8"
    assert last(unit, "Restart") == "always"
    assert last(unit, "RestartSec") == "200ms"
    assert last(unit, "StartLimitIntervalSec") == "0"


@pytest.mark.parametrize("unit", SERVICES)
def test_no_service_runs_as_root_or_as_another(unit: str) -> None:
    """One user per daemon; the reload is nginx' own business."""
    expected = "c8210-nginx" if unit in FRONT else unit.removesuffix(".service")
    assert last(unit, "User") == expected
    assert last(unit, "NoNewPrivileges") == "yes"
    assert not [value for key, value in settings(unit) if key.startswith("Exec") and "+" in value]


@pytest.mark.parametrize("unit", SERVICES)
def test_state_and_runtime_folders_are_the_services_own(unit: str) -> None:
    """`common.paths` takes the first of them."""
    name = unit.removeprefix("c8210-").removesuffix(".service")
    for key in ("StateDirectory", "RuntimeDirectory"):
        assert last(unit, key) in (None, f"c8210/{name}")
    if unit in DAEMONS:
        assert last(unit, "StateDirectory") == last(unit, "RuntimeDirectory") == f"c8210/{name}"


def test_only_the_web_server_has_a_capability_and_few_have_a_way_out() -> None:
    """What is not named here has neither; system reads addresses, ioports the link, the rest talks."""
    with_capabilities = {unit for unit in SERVICES if last(unit, "CapabilityBoundingSet")}
    assert with_capabilities == {"c8210-nginx.service"}
    with_network = {unit for unit in SERVICES if last(unit, "PrivateNetwork") == "no"}
    assert with_network == {
        "c8210-audio.service",
        "c8210-nginx.service",
        "c8210-system.service",
        "c8210-ioports.service",
        "c8210-mqtt.service",
        "c8210-network.service",
        "c8210-events.service",
        "c8210-sip.service",
    }
    may_send = {unit for unit in SERVICES if last(unit, "IPAddressDeny") != "any"}
    talking = ("audio", "events", "mqtt", "nginx", "sip")
    assert may_send == {f"c8210-{name}.service" for name in talking}


def test_who_may_talk_to_others_is_kept_from_no_more_than_it_says() -> None:
    """Systemd adds what drop-ins deny; only an empty line takes back the `any` of all services."""
    denied: dict[str, list[str]] = {}
    for name in SERVICES:
        lists: list[str] = []
        for key, value in settings(name):
            if key == "IPAddressDeny":
                lists = [*lists, *value.split()] if value else []
        if lists != ["any"]:
            denied[name] = lists
    assert denied == {
        "c8210-audio.service": [],
        "c8210-events.service": ["localhost", "link-local"],
        "c8210-mqtt.service": [],
        "c8210-nginx.service": [],
        "c8210-sip.service": ["localhost"],
    }


def test_mqtt_is_no_server() -> None:
    """It connects, and nobody connects to it."""
    assert last("c8210-mqtt.service", "SocketBindDeny") == "any"
    assert last("c8210-mqtt.service", "SocketBindAllow") is None


def test_audio_is_no_server() -> None:
    """It may be bound to the ports of multicast groups, and to nothing else."""
    assert last("c8210-audio.service", "SocketBindDeny") == "any"
    assert last("c8210-audio.service", "SocketBindAllow") == "ipv4:udp:1024-65534"


def test_only_what_keeps_a_clock_may_ask_for_real_time() -> None:
    """A real-time loop elsewhere would silence it; the priority it asks for is granted."""
    realtime = {unit for unit in SERVICES if last(unit, "RestrictRealtime") != "yes"}
    assert realtime == {"c8210-audio.service", "c8210-events.service", "c8210-sim.service"}
    granted = {unit: int(last(unit, "LimitRTPRIO") or 0) for unit in realtime}
    assert granted["c8210-audio.service"] >= EngineConfig().realtime_priority
    assert granted["c8210-events.service"] >= REALTIME_PRIORITY


def test_who_asks_for_the_boot_id_sees_it() -> None:
    """It lies in /proc/sys, which the others do not see: without it such a daemon does not start at all."""
    for member in SUITE:
        if member.simulated_only:
            continue
        asks = any(
            "import boot_id" in path.read_text() or "random/boot_id" in path.read_text()
            for path in (LIBRARY / "daemons" / member.name).rglob("*.py")
        )
        subset = last(f"c8210-{member.name}.service", "ProcSubset")
        assert subset == ("all" if asks else "pid"), member.name


def test_only_two_services_see_devices() -> None:
    """Audio the sound card and the amplifier's lines, ioports the terminals' lines and the button: nothing else."""
    allowed = {
        unit: {value for key, value in settings(unit) if key == "DeviceAllow"}
        for unit in SERVICES
        if last(unit, "PrivateDevices") != "yes"
    }
    assert allowed == {
        "c8210-audio.service": {"char-alsa rw", "char-gpiochip rw"},
        "c8210-ioports.service": {"char-gpiochip rw", "char-input r"},
    }
    for unit in SERVICES:
        assert last(unit, "DevicePolicy") == "closed"


def test_every_exception_has_its_reason_above_it() -> None:
    """A comment stands above each group of lines in a 50- or 60- drop-in."""
    drop_ins = [*UNITS.rglob("50-*.conf"), *SIMULATED.rglob("60-*.conf")]
    assert drop_ins
    for path in drop_ins:
        if path.parent.name == "c8210.target.d":
            continue
        lines = path.read_text().splitlines()
        assert lines[0] == "[Service]"
        assert lines[1].startswith("# "), path
        for line in lines[1:]:
            assert line.startswith("# ") or re.fullmatch(r"[A-Z][A-Za-z]+=.*", line), (path, line)


def test_units_name_only_units_that_exist() -> None:
    """Systemd takes a misspelt Wants= or After= without a word."""
    ours = {path.name for folder in (UNITS, SIMULATED) for path in folder.glob("c8210*.*")}
    for folder in (UNITS, SIMULATED):
        for path in folder.rglob("*"):
            if path.suffix in (".service", ".target", ".path", ".conf") and path.is_file():
                named = re.findall(r"c8210[a-z-]*\.(?:service|target|path)\b", path.read_text())
                assert set(named) <= ours, path


def test_the_target_wants_every_service() -> None:
    """Starting c8210.target starts the suite; the simulated world comes with its drop-in."""
    wanted = {
        name
        for path in (UNITS / "c8210.target", *SIMULATED.rglob("c8210.target.d/*.conf"))
        for line in path.read_text().splitlines()
        if line.startswith("Wants=")
        for name in line.removeprefix("Wants=").split()
    }
    assert wanted == {*DAEMONS, "c8210-nginx.service", "c8210-nginx.path"}
    for unit in DAEMONS:
        assert last(unit, "PartOf") == "c8210.target"


def test_nobody_waits_for_anybody_but_params() -> None:
    """Absent peers are Unavailable, not a reason not to start."""
    for unit in DAEMONS:
        after = set((last(unit, "After") or "").split())
        assert after <= {"dbus.socket", "c8210-params.service"}
        assert not [key for key, _ in settings(unit) if key in ("Requires", "BindsTo", "Requisite")]


@pytest.mark.parametrize("reader", ["nginx", "sip"])
def test_a_private_key_is_for_system_and_its_reader_only(reader: str) -> None:
    """System writes it, the reader's group reads it, nobody else is in that group."""
    rules = (UNITS / "tmpfiles.d/c8210.conf").read_text()
    path = rf"/var/lib/c8210/system/tls/{reader}"
    assert re.search(rf"^d {path} +2750 c8210-system c8210-{reader}$", rules, re.MULTILINE)
    for unit in SERVICES:
        assert f"c8210-{reader}" not in (last(unit, "SupplementaryGroups") or "").split()


def test_memory_goes_to_sound_first_and_to_web_pages_last() -> None:
    """What is short of it: pages go before calls, calls before settings, and sound last."""
    score = {unit: int(last(unit, "OOMScoreAdjust") or 0) for unit in SERVICES}
    order = ("audio", "params", "sip", "nginx", "http")
    scores = [score[f"c8210-{name}.service"] for name in order]
    assert scores == sorted(set(scores))


def test_unit_files_are_plain() -> None:
    """No key twice where the second would silently win, inside one file."""
    lists = {"SystemCallFilter", "SupplementaryGroups", "Environment", "Wants", "After"}
    lists |= {"ConditionPathExists", "PathChanged", "DeviceAllow", "PathExists", "IPAddressDeny"}
    for path in (*UNITS.rglob("*.service"), *UNITS.rglob("*.path"), *UNITS.rglob("c8210*.d/*")):
        parser = configparser.RawConfigParser(strict=False, interpolation=None)
        parser.read_string(path.read_text())
        for section in parser.sections():
            body = path.read_text().split(f"[{section}]")[1].split("\n[")[0]
            keys = [
                line.partition("=")[0]
                for line in body.splitlines()
                if "=" in line and not line.startswith("#")
            ]
            single = [key for key in keys if key not in lists]
            assert len(single) == len(set(single)), path


def test_users_and_groups_have_numbers_of_their_own() -> None:
    """Chosen by systemd they would depend on what else is installed, and a new version could not read its data."""
    rules = "".join(path.read_text() for path in UNITS.rglob("sysusers.d/*.conf"))
    numbers = re.findall(r"^[ug] c8210-[a-z-]+ +(\S+)", rules, re.MULTILINE)
    assert all(number.isdigit() and 850 <= int(number) < 900 for number in numbers), numbers
    assert len(numbers) == len(set(numbers)) == len(re.findall(r"^[ug] ", rules, re.MULTILINE))


@pytest.mark.skipif(
    shutil.which("systemd-sysusers") is None or os.geteuid() != 0,
    reason="needs systemd-sysusers and systemd-tmpfiles, and root to give folders away",
)
def test_systemd_makes_the_users_and_the_folders(tmp_path: Path) -> None:
    """sysusers.d and tmpfiles.d are carried out in an empty file system."""
    sysusers = [*UNITS.rglob("sysusers.d/*.conf")]
    (tmp_path / "etc").mkdir()
    for command, files in (
        (["systemd-sysusers"], sysusers),
        (["systemd-tmpfiles", "--create"], [UNITS / "tmpfiles.d/c8210.conf"]),
    ):
        rules = "".join(path.read_text() for path in files)
        subprocess.run([*command, f"--root={tmp_path}", "-"], input=rules, text=True, check=True)
    entries = (tmp_path / "etc/passwd").read_text().splitlines()
    users = {name: int(uid) for name, _, uid, *_ in (entry.split(":") for entry in entries)}
    assert set(users) == {f"c8210-{member.name}" for member in SUITE} | {"c8210-nginx"}
    entries = (tmp_path / "etc/group").read_text().splitlines()
    groups = {name: int(gid) for name, _, gid, *_ in (entry.split(":") for entry in entries)}
    for reader in ("nginx", "sip"):
        keys = (tmp_path / "var/lib/c8210/system/tls" / reader).stat()
        assert stat.filemode(keys.st_mode) == "drwxr-s---"
        assert (keys.st_uid, keys.st_gid) == (users["c8210-system"], groups[f"c8210-{reader}"])
