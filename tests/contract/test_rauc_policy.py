"""Who may speak to RAUC: root and the system daemon, though RAUC's own policy lets everybody."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sdbus import sd_bus_open_system

from tests.contract.test_bus_policy import STANDARD_POLICY
from tests.suite import ROOT

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can connect to the bus as other users"
)

NAME = "de.pengutronix.rauc"
PACKAGED = f"""\
<busconfig>
  <policy context="default"><allow send_destination="{NAME}"/></policy>
  <policy user="root"><allow own="{NAME}"/></policy>
</busconfig>
"""
"""What RAUC brings along, as Debian installs it in /usr/share/dbus-1/system.d."""
INSTALLER = f"{NAME}.Installer"
CALLS = (
    (f"{INSTALLER}.InstallBundle", "string:/tmp/old.raucb", "dict:string:string:"),
    (f"{INSTALLER}.Mark", "string:bad", "string:booted"),
    ("org.freedesktop.DBus.Properties.GetAll", f"string:{INSTALLER}"),
)


@pytest.fixture
def allowed() -> Iterator[str]:
    """Run a broker with both policies, in their order on a device; return who stands in for the system daemon."""
    ours = (ROOT / "etc/rauc/dbus.conf").read_text()
    with tempfile.TemporaryDirectory(prefix="c8210-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "bus.conf").write_text(
            STANDARD_POLICY.format(folder=folder).replace(
                "</busconfig>", f"<includedir>{folder}/etc</includedir></busconfig>"
            )
        )
        for where, text in (("system.d", PACKAGED), ("etc", ours)):
            (folder / where).mkdir()
            (folder / where / "rauc.conf").write_text(text.replace("c8210-system", "daemon"))
        process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--print-address"],
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            address = process.stdout.readline().decode().strip()
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
                yield "daemon"
        finally:
            process.kill()
            process.communicate()


def refused(user: str, call: str, *arguments: str) -> bool:
    """Call RAUC as somebody; returns whether the broker lets nothing through. Nobody answers what it does."""
    said = subprocess.run(
        [
            *("dbus-send", "--system", "--print-reply", "--reply-timeout=300"),
            *(f"--dest={NAME}", "/", call, *arguments),
        ],
        user=pwd.getpwnam(user).pw_uid,
        capture_output=True,
        text=True,
        check=False,
    ).stderr
    assert ("AccessDenied" in said) != ("NoReply" in said), said
    return "AccessDenied" in said


@pytest.mark.covers("M-SEC-44", part="who may have something installed")
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0].rpartition(".")[2])
def test_only_root_and_the_system_daemon_speak_to_rauc(allowed: str, call: tuple[str, ...]) -> None:
    """A daemon that is broken into, or an account for maintenance, must not choose which version starts."""
    with closing(sd_bus_open_system()) as bus:
        bus.request_name(NAME, 0)
        assert refused("nobody", *call)
        assert not refused(allowed, *call)
        assert not refused("root", *call)
