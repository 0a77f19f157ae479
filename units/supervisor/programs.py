"""The programs of the suite, as ordinary processes of this machine."""

import signal
import sys
from pathlib import Path

from common.bus.suite import SUITE
from units.supervisor.instance import Instance
from units.supervisor.process import Program

BUS_CONFIGURATION = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <!-- Limits and type are those of the system bus, so that this machine fails as the device would. -->
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow own_prefix="org.c8210"/>
    <allow send_destination="*" eavesdrop="false"/>
    <allow receive_sender="*" eavesdrop="false"/>
  </policy>
</busconfig>
"""


def bus(instance: Instance) -> Program:
    """Return the private message bus; its folder lets nobody else in."""
    instance.bus_socket.unlink(missing_ok=True)
    configuration = instance.runtime / "bus.conf"
    configuration.write_text(BUS_CONFIGURATION.format(socket=instance.bus_socket))
    return Program(
        "bus",
        ("dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile"),
        address=str(instance.bus_socket),
    )


def world() -> Program:
    """Return the simulated outside world."""
    return Program("sim", (sys.executable, "-P", "-m", "hw.sim"))


def daemons() -> list[Program]:
    """Return every daemon, each a process of its own."""
    return [
        Program(member.name, (sys.executable, "-P", "-m", f"daemons.{member.name}"))
        for member in SUITE
        if not member.simulated_only
    ]


def nginx_configuration(instance: Instance) -> Path:
    """Return the file that the HTTP edge installs once it has tested it."""
    return instance.runtime / "http" / "nginx.conf"


def nginx_needs(instance: Instance) -> tuple[Path, ...]:
    """Return the files without which nginx cannot start."""
    certificate = instance.state / "system" / "tls" / "nginx" / "certificate.pem"
    return nginx_configuration(instance), certificate


def nginx(instance: Instance) -> Program:
    """Return the web server in front."""
    prefix = instance.runtime / "nginx"
    prefix.mkdir(mode=0o700, exist_ok=True)
    command = ("nginx", "-e", "stderr", "-p", str(prefix), "-c", str(nginx_configuration(instance)))
    # Killed, it would leave its workers behind, who hold the ports.
    return Program("nginx", command, address=instance.https_port, death_signal=signal.SIGTERM)
