"""What is generated from the matrix of `etc/dbus/calls.toml`: the D-Bus policy of the suite, one file per bus name.

`python -P -m common.bus.policy` writes the files anew, and `calls.json`, the matrix as the daemons read it: without
a parser of TOML, which took each of them 30 ms and 0.2 MB.

The policies tell users apart, as `common.bus.callers` tells owned names apart: on the device every daemon has a user
of its own, and the broker refuses before a daemon is asked.
"""

import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from sdbus import DbusInterfaceCommonAsync
from sdbus.dbus_proxy_async_method import DbusMethodAsync

from common.bus.audio import AudioInterface
from common.bus.callers import Matrix
from common.bus.certificates import CertificatesInterface
from common.bus.events import EventsInterface
from common.bus.http import HttpInterface
from common.bus.ioports import IoPortsInterface
from common.bus.mqtt import MqttInterface
from common.bus.multicast import MulticastInterface
from common.bus.network import NetworkInterface
from common.bus.params import ParamsInterface, ParamsSecretsInterface
from common.bus.rules import RulesInterface
from common.bus.sim import SimInterface
from common.bus.sip import SipInterface
from common.bus.ssh_accounts import SshAccountsInterface
from common.bus.suite import (
    AUDIO,
    BY_BUS_NAME,
    EVENTS,
    HTTP,
    IOPORTS,
    MQTT,
    NETWORK,
    PARAMS,
    SIM,
    SIP,
    SUITE,
    SYSTEM,
    Member,
)
from common.bus.system import SystemInterface
from common.bus.update import UpdateInterface
from common.paths import ETC

FOLDER = ETC / "dbus"
MATRIX = "calls.json"
EVERYBODY = "*"
"""In the matrix: any daemon of the suite."""

OFFERED: Mapping[Member, tuple[type[DbusInterfaceCommonAsync], ...]] = {
    PARAMS: (ParamsInterface, ParamsSecretsInterface),
    AUDIO: (AudioInterface, MulticastInterface),
    EVENTS: (EventsInterface, RulesInterface),
    IOPORTS: (IoPortsInterface,),
    SYSTEM: (SystemInterface, UpdateInterface, CertificatesInterface, SshAccountsInterface),
    HTTP: (HttpInterface,),
    MQTT: (MqttInterface,),
    NETWORK: (NetworkInterface,),
    SIP: (SipInterface,),
    SIM: (SimInterface,),
}
"""The interface classes whose objects each daemon exports."""

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<!-- Generated from calls.toml by common/bus/policy.py: change that table, then run
     python -P -m common.bus.policy -->
<busconfig>
"""


def read_matrix(path: Path = FOLDER / "calls.toml") -> Matrix:
    """Read the matrix; short names in it (`Http`) stand for `org.c8210.Http`."""
    with path.open("rb") as file:
        table = tomllib.load(file)
    return {
        f"org.c8210.{interface}": {
            method: frozenset(_bus_names(callers, path, interface))
            for method, callers in methods.items()
        }
        for interface, methods in table.items()
    }


def _bus_names(callers: list[str], path: Path, interface: str) -> list[str]:
    if callers == [EVERYBODY]:
        return list(BY_BUS_NAME)
    names = [f"org.c8210.{caller}" for caller in callers]
    unknown = [name for name in names if name not in BY_BUS_NAME]
    if unknown:
        raise ValueError(f"{path}: {interface} names unknown callers {unknown}")
    return names


def user_of(member: Member) -> str:
    """Return the system user that a daemon runs as (units/sysusers.d)."""
    return f"c8210-{member.name}"


def methods_of(member: Member) -> Mapping[str, frozenset[str]]:
    """Return what a daemon offers: interface name -> methods, those all daemons share included."""
    found: dict[str, set[str]] = {}
    for offered in OFFERED[member]:
        for name in dir(offered):
            method = getattr(offered, name)
            if isinstance(method, DbusMethodAsync) and method.interface_name.startswith(
                "org.c8210."
            ):
                found.setdefault(method.interface_name, set()).add(method.method_name)
    return {interface: frozenset(methods) for interface, methods in sorted(found.items())}


def allowed_calls(member: Member, matrix: Matrix) -> Mapping[Member, tuple[tuple[str, str], ...]]:
    """Return what each caller may call of `member`: caller -> (interface, method)."""
    calls: dict[Member, list[tuple[str, str]]] = {}
    for interface, methods in methods_of(member).items():
        for method in sorted(methods):
            for caller in matrix.get(interface, {}).get(method, frozenset()):
                calls.setdefault(BY_BUS_NAME[caller], []).append((interface, method))
    return {caller: tuple(calls[caller]) for caller in SUITE if caller in calls}


def policy(member: Member, matrix: Matrix, user: Callable[[Member], str] = user_of) -> str:
    """Return the policy file of one bus name; `user` says who the daemons run as."""
    name = quoteattr(member.bus_name)
    lines = [
        '  <policy context="default">',
        f"    <deny own={name}/>",
        f'    <deny send_destination={name} send_type="method_call"/>',
        "  </policy>",
        f"  <policy user={quoteattr(user(member))}>",
        f"    <allow own={name}/>",
        "  </policy>",
    ]
    for caller, calls in allowed_calls(member, matrix).items():
        lines.append(f"  <policy user={quoteattr(user(caller))}>")
        lines.extend(
            f"    <allow send_destination={name} send_interface={quoteattr(interface)}"
            f" send_member={quoteattr(method)}/>"
            for interface, method in calls
        )
        lines.append("  </policy>")
    return "\n".join((_HEAD.rstrip("\n"), *lines, "</busconfig>", ""))


def generated(matrix: Matrix) -> Mapping[str, str]:
    """Return every file that is made of the matrix: its name -> its content."""
    table = {
        interface: {method: sorted(callers) for method, callers in methods.items()}
        for interface, methods in matrix.items()
    }
    return {
        MATRIX: json.dumps(table, indent=1) + "\n",
        **{f"{member.bus_name}.conf": policy(member, matrix) for member in SUITE},
    }


def write(folder: Path = FOLDER) -> None:
    """Write every such file, and remove the policies of names that are no more."""
    files = generated(read_matrix())
    for stale in folder.glob("org.c8210.*.conf"):
        if stale.name not in files:
            stale.unlink()
    for name, content in files.items():
        (folder / name).write_text(content)


if __name__ == "__main__":
    write()
