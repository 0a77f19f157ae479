"""The first start of a unit: the power fails in the middle of it, it starts again, gets its password, plays a tone."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt

from common import journal
from tests.heard import RATE, as_wav
from tests.image.emulator import Emulator
from tests.playing import is_silent, play, upload
from tests.suite import ROOT_PASSWORD

TONE_HZ = 1000
TONE_S = 3.0
SETTING = "StatusLed.FlashInterval"

ASKED = {
    "slot": "grep -o 'rauc.slot=.' /proc/cmdline",
    "mounts": "findmnt --raw --noheadings --output TARGET,SOURCE,OPTIONS",
    "machine": "cat /etc/machine-id",
    "written": "touch /usr/x /etc/x /x 2>/dev/null; ls /usr/x /etc/x /x 2>/dev/null | wc -l",
    "data": "df --output=size -B1M /data | tail -n 1",
    "tries": "fw_printenv",
    "units": "systemctl list-units --all --plain --no-legend 'c8210-*.service' c8210.target",
    "failed": "systemctl list-units --failed --plain --no-legend",
    "running": "systemctl is-system-running --wait",
    "analyze": "systemd-analyze time",
    "chain": "systemd-analyze critical-chain --no-pager c8210.target",
    "blame": "systemd-analyze blame --no-pager | head -n 15",
    "ready": f"journalctl -b -o json MESSAGE_ID={journal.READY['MESSAGE_ID']}"
    " --output-fields=SYSLOG_IDENTIFIER,__MONOTONIC_TIMESTAMP",
    "errors": "journalctl -b -p err --no-pager -o short-monotonic | tail -n 40",
    "compiled": "/usr/lib/c8210/venv/bin/python3 -v -c 'import daemons.system.__main__' 2>&1 |"
    ' grep -c "code object from .*[.]py\'"',
    "keys": "ls /etc/ssh /var/lib/c8210/*/ssh* /data 2>/dev/null",
    "listening": "ss --no-header --tcp --listening --numeric",
    "version": "cat /usr/lib/c8210-image/version",
}


@dataclass(frozen=True)
class FirstStart:
    """What a unit said after its first start, each answer by its name in `ASKED`, and what it played."""

    card: Path
    cut_slots: list[str]
    """What had been started when the power failed."""
    slots: list[str]
    said: dict[str, str]
    console: str
    parameters: str
    played: npt.NDArray[np.int16]
    ready_s: float
    """What it took from power to an answer that the unit is ready."""

    def ready_at_s(self) -> dict[str, float]:
        """Return when each daemon was ready, in seconds after the kernel's start."""
        entries: list[dict[str, Any]] = [
            json.loads(line) for line in self.said["ready"].splitlines() if line.startswith("{")
        ]
        return {
            str(entry["SYSLOG_IDENTIFIER"]): int(entry["__MONOTONIC_TIMESTAMP"]) / 1e6
            for entry in entries
        }


def claim(client: httpx.Client) -> None:
    """Set root's password, as the first caller may."""
    account = {"user": "root", "pwd": ROOT_PASSWORD, "grp": "root"}
    groups = {"sgrp": "admin:operator:viewer:ptz"}
    answer = client.post("/axis-cgi/pwdgrp.cgi", data={"action": "add", **account, **groups})
    assert "Created account root." in answer.text, answer.text


def setting(admin: httpx.Client) -> str:
    """Return a setting that everybody may change."""
    answer = admin.get("/axis-cgi/param.cgi", params={"action": "list", "group": SETTING})
    return answer.text.strip().partition("=")[2]


def change_setting(admin: httpx.Client, value: str) -> None:
    """Change it."""
    answer = admin.get("/axis-cgi/param.cgi", params={"action": "update", SETTING: value})
    assert answer.text.strip() == "OK", answer.text


def first_start(card: Path, u_boot: Path, folder: Path, patience_s: float) -> FirstStart:
    """Start a new card, cut the power while its data partition is made, start it again and look around."""
    cut_slots = _cut_off(Emulator(card, u_boot, folder / "cut", patience_s), patience_s)
    begin = time.monotonic()
    with Emulator(card, u_boot, folder / "first", patience_s) as machine:
        machine.wait_until_ready()
        ready_s = time.monotonic() - begin
        with httpx.Client(base_url=machine.url, verify=False, timeout=patience_s) as anybody:
            claim(anybody)
        machine.wait_for_shell()
        said = {name: machine.run(line)[1].strip() for name, line in ASKED.items()}
        (folder / "said.json").write_text(json.dumps({"ready_s": ready_s, **said}, indent=1))
        with machine.client() as admin:
            change_setting(admin, "7")
            listed = admin.get(
                "/axis-cgi/param.cgi", params={"action": "list", "group": "Properties"}
            )
            _play(admin, patience_s)
        # What was played is all in the file when the machine is off.
        machine.switch_off()
        return FirstStart(
            card,
            cut_slots,
            machine.starts(),
            said,
            machine.console(),
            listed.text,
            machine.played(),
            ready_s,
        )


def _cut_off(emulator: Emulator, patience_s: float) -> list[str]:
    end = time.monotonic() + patience_s
    with emulator as machine:
        while "Formatting future partition" not in machine.console():
            if time.monotonic() > end:
                raise TimeoutError(f"it makes no data partition: {machine.console()[-2000:]}")
            time.sleep(0.05)
        return machine.starts()


def _play(admin: httpx.Client, patience_s: float) -> None:
    times = np.arange(int(TONE_S * RATE)) / RATE
    clip = upload(admin, "tone", as_wav(0.5 * np.sin(2 * np.pi * TONE_HZ * times)))
    play(admin, clip)
    end = time.monotonic() + patience_s
    while not is_silent(admin):
        if time.monotonic() > end:
            raise TimeoutError("the tone does not come to its end")
        time.sleep(1)
