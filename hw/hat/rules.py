"""What has to hold for any schematic, whatever it is for: each rule returns what breaks it, in words."""

from collections import defaultdict
from collections.abc import Sequence

from hw.hat.netlist import GROUND, OPEN, Netlist
from hw.hat.pins import HEADER_OF_GPIO, Pin

HEADER = "J1"
"""The socket for the Raspberry Pi's header."""


def pins(netlist: Netlist) -> list[str]:
    """Every pin of every part is connected or left open on purpose, and only pins that it has."""
    wrong = []
    for part in netlist.parts.values():
        wrong += [f"{part.ref}.{pin} is missing" for pin in part.kind.pins if pin not in part.pins]
        for pin, net in part.pins.items():
            kind = part.kind.pins.get(pin)
            if kind is None:
                wrong.append(f"{part.ref} has no pin {pin}")
            elif kind.kind == "ground" and net != GROUND:
                wrong.append(f"{part.ref}.{pin} is a ground, but connected to {net}")
            elif net == OPEN and kind.kind in ("in", "supply", "passive"):
                wrong.append(f"{part.ref}.{pin} must not be left open")
            elif net != OPEN and kind.kind == "nc":
                wrong.append(f"{part.ref}.{pin} must be left open, but is connected to {net}")
    return wrong


def nets(netlist: Netlist) -> list[str]:
    """Every net is declared and joins two pins at least."""
    joined: defaultdict[str, list[str]] = defaultdict(list)
    for part, pin, net in netlist.pins():
        joined[net].append(f"{part.ref}.{pin}")
    wrong = [f"the net {net} is not declared" for net in joined if net not in netlist.nets]
    wrong += [f"the net {net} joins nothing" for net in netlist.nets if net not in joined]
    wrong += [
        f"only {pins[0]} is on the net {net}" for net, pins in joined.items() if len(pins) == 1
    ]
    return wrong


def drivers(netlist: Netlist) -> list[str]:
    """No two outputs are joined."""
    outputs: defaultdict[str, list[str]] = defaultdict(list)
    for part, pin, net in netlist.pins():
        # The header gives its 3.3 V at two pins.
        if part.kind.pins[pin].kind == "out" and part.ref != HEADER:
            outputs[net].append(f"{part.ref}.{pin}")
    return [f"{' and '.join(pins)} drive {net}" for net, pins in outputs.items() if len(pins) > 1]


def voltages(netlist: Netlist) -> list[str]:
    """No pin sees more than it stands, and no capacitor."""
    wrong = []
    for part, pin, net in netlist.pins():
        limit = part.kind.pins[pin].limit_v
        if netlist.nets.get(net, 0.0) > limit:
            wrong.append(
                f"{part.ref}.{pin} stands {limit:g} V, but {net} carries {netlist.nets[net]:g} V"
            )
    for part in netlist.parts.values():
        across = [netlist.nets.get(net, 0.0) for net in part.pins.values()]
        if max(across) - min(across) > part.kind.rated_v:
            wrong.append(
                f"{part.ref} stands {part.kind.rated_v:g} V, but has {max(across):g} V across it"
            )
    return wrong


def decoupling(netlist: Netlist) -> list[str]:
    """Every supply pin has a capacitor of its own from its net to ground."""
    wrong = []
    for part, pin, net in netlist.pins():
        if part.kind.pins[pin].kind != "supply":
            continue
        beside = [other for other in netlist.parts.values() if other.near == f"{part.ref}.{pin}"]
        if not any(set(other.pins.values()) == {net, GROUND} for other in beside):
            wrong.append(f"{part.ref}.{pin} has no capacitor of its own from {net} to ground")
    supplies = {f"{part.ref}.{pin}" for part, pin, _ in netlist.pins()}
    wrong += [
        f"{part.ref} stands near {part.near}, which is not there"
        for part in netlist.parts.values()
        if part.near is not None and part.near not in supplies
    ]
    return wrong


def addresses(netlist: Netlist) -> list[str]:
    """On one I2C bus each address is used once, and what is on a bus has one."""
    users: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    wrong = []
    for part in netlist.parts.values():
        data = part.pins.get("SDA") or part.pins.get("SDIN")
        if part.i2c is not None and data is not None:
            users[data, part.i2c].append(part.ref)
        elif data is not None:
            wrong.append(f"{part.ref} is on {data}, but has no address")
    wrong += [
        f"{' and '.join(refs)} share address {address:#x} on {bus}"
        for (bus, address), refs in users.items()
        if len(refs) > 1
    ]
    return wrong


def header(netlist: Netlist, pin_map: Sequence[Pin]) -> list[str]:
    """The header's pins are those of the pin map, each line once."""
    socket = netlist.parts[HEADER].pins
    wrong = []
    for pin in pin_map:
        if HEADER_OF_GPIO[pin.gpio] != pin.header:
            wrong.append(f"GPIO {pin.gpio} is not at pin {pin.header} of the header")
        if socket[str(pin.header)] != pin.net:
            wrong.append(f"pin {pin.header} is on {socket[str(pin.header)]}, not on {pin.net}")
    if sorted(pin.gpio for pin in pin_map) != sorted(HEADER_OF_GPIO):
        wrong.append("the pin map does not have each GPIO once")
    return wrong
