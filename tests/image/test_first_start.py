"""A unit after its first start, in which the power failed once: everything runs, nothing is missing, it is heard."""

import numpy as np
import pytest

from common.bus.suite import DAEMONS
from common.product import VERSION
from tests.heard import RATE
from tests.image.first_start import TONE_HZ, TONE_S, FirstStart

SERVICES = {*(f"c8210-{member.name}.service" for member in DAEMONS), "c8210-nginx.service"}
pytestmark = pytest.mark.timeout(7200)


def test_a_power_cut_in_the_first_start_is_survived(first: FirstStart) -> None:
    """The data partition is made by the next start, and that costs one try."""
    assert first.cut_slots == ["A"]
    assert first.slots == ["A"]
    assert first.said["slot"] == "rauc.slot=A"
    assert int(first.said["data"]) > 1000


def test_the_root_is_nobodys_and_what_is_written_is_on_the_data_partition(
    first: FirstStart,
) -> None:
    """By the one table of what may be written."""
    lines = [line.split() for line in first.said["mounts"].splitlines() if line.strip()]
    at = {line[0]: line[1:] for line in lines}
    assert at["/"][1].startswith("ro,")
    assert first.said["written"] == "0"
    for path in ("/data", "/var/lib/c8210", "/var/log", "/etc/machine-id"):
        assert at[path][0].startswith("/dev/vda5"), first.said["mounts"]
    assert len(first.said["machine"]) == 32


def test_everything_runs_and_nothing_has_failed(first: FirstStart) -> None:
    """Each unit of ours is active, and systemd has nothing to complain of."""
    states = {
        words[0]: words[2] for line in first.said["units"].splitlines() if (words := line.split())
    }
    assert {name for name, state in states.items() if state == "active"} >= {
        *SERVICES,
        "c8210.target",
    }
    assert first.said["failed"] == ""
    assert first.said["running"] == "running"


def test_the_console_asks_for_a_name(first: FirstStart) -> None:
    """Whoever has a cable in the HAT's test point can log in."""
    assert "login:" in first.console


def test_a_confirmed_slot_has_its_tries_back(first: FirstStart) -> None:
    """The system daemon has seen that the unit works; the other slot is empty, and has none."""
    assert dict(line.split("=", 1) for line in first.said["tries"].splitlines()) == {
        "BOOT_ORDER": "A",
        "BOOT_A_LEFT": "3",
        "BOOT_B_LEFT": "0",
    }


def test_nothing_is_compiled_at_a_start(first: FirstStart) -> None:
    """Neither the suite nor the standard library: the device cannot keep what it compiles."""
    assert first.said["compiled"] == "0"


def test_only_the_web_server_listens(first: FirstStart) -> None:
    """And the resolver, for this unit alone."""
    local = [line.split()[3] for line in first.said["listening"].splitlines()]
    ports = {name.rpartition(":")[2] for name in local if not name.startswith(("127.", "[::1]"))}
    assert ports == {"80", "443"}


def test_it_says_what_it_is(first: FirstStart) -> None:
    """The version of the image, and a serial number of the board's own."""
    assert first.said["version"] == VERSION
    assert f"Properties.Firmware.Version={VERSION}" in first.parameters
    assert "Properties.System.SerialNumber=525400123456" in first.parameters


def test_a_clip_is_heard_at_the_sound_card(first: FirstStart) -> None:
    """The tone of the clip, whole, on both channels, without a gap and with nothing else in it."""
    loud = np.flatnonzero(np.abs(first.played[:, 0].astype(int)) > 300)
    assert loud[-1] - loud[0] == pytest.approx(TONE_S * RATE, abs=RATE / 100)
    assert np.diff(loud).max() < 10
    part = first.played[loud[0] : loud[-1]].astype(float)
    for channel in part.T:
        power = np.abs(np.fft.rfft(channel * np.hanning(len(channel)))) ** 2
        peak = int(np.argmax(power))
        assert peak * RATE / len(channel) == pytest.approx(TONE_HZ, abs=1)
        assert power[peak - 5 : peak + 6].sum() > 0.999 * power.sum()


def test_every_daemon_says_when_it_is_ready(first: FirstStart) -> None:
    """From which the time from power to sound is read (docs/benchmarks.md)."""
    assert {f"c8210-{member.name}" for member in DAEMONS} <= set(first.ready_at_s())
