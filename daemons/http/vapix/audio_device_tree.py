"""What can be set of devices and their connections, as clients send it (VAPIX page 6.1)."""

import msgspec

Id = str | int
"""Real units print strings; the documentation has integers in places."""


class Channel(msgspec.Struct):
    """What is to be set of a channel."""

    id: Id
    gain: float | None = None
    mute: bool | None = None


class Signaling(msgspec.Struct):
    """What is to be set of a signaling type."""

    id: Id
    power: str | None = msgspec.field(name="powerType", default=None)
    channels: list[Channel] = msgspec.field(default_factory=list)


class Connection(msgspec.Struct):
    """What is to be set of a connection type."""

    id: Id
    selected: str | None = msgspec.field(name="signalingTypeSelected", default=None)
    signalings: list[Signaling] = msgspec.field(name="signalingTypes", default_factory=list)


class Port(msgspec.Struct):
    """What is to be set of an input or output."""

    id: Id
    enabled: bool | None = None
    selected: str | None = msgspec.field(name="connectionTypeSelected", default=None)
    connections: list[Connection] = msgspec.field(name="connectionTypes", default_factory=list)


class Device(msgspec.Struct):
    """What is to be set of a device."""

    id: Id
    inputs: list[Port] = msgspec.field(default_factory=list)
    outputs: list[Port] = msgspec.field(default_factory=list)


class Wanted(msgspec.Struct):
    """What is to be set; what is not mentioned stays as it is."""

    devices: list[Device]
