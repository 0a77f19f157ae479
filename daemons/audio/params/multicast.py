"""Multicast audio: which way it goes, and the audio input as a lasting page."""

from common.params.kinds import Access, Bool, Choice, Int, Text
from common.params.registry import Options
from daemons.audio.params.owner import AUDIO, VIEWED

_BYTE = r"\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_GROUP = rf"2(2[4-9]|3\d)({_BYTE}){{3}}"

# Whoever may decide that the room is heard at all decides that everybody in a group hears it.
_ROOM: Options = {"read": Access.VIEWER, "write": Access.ADMIN}

AUDIO.setting(
    "Audio.Multicast.Interface",
    Text(15),
    "",
    "Network interface",
    "The network interface for multicast audio; empty: it comes from all, and goes where other traffic goes.",
    **VIEWED,
)
AUDIO.setting(
    "Audio.Multicast.TTL",
    Int(0, 255),
    "5",
    "Time to live",
    "How many routers a page to a multicast group may pass; 0 keeps it in the unit.",
    **VIEWED,
)
AUDIO.setting(
    "Audio.Multicast.Input.Enabled",
    Bool(),
    "no",
    "Send the audio input",
    "Whether the audio input is sent to a multicast group, for as long as it is on.",
    **_ROOM,
)
AUDIO.setting(
    "Audio.Multicast.Input.Address",
    Text(15, _GROUP, "must be a multicast address, from 224.0.0.0 to 239.255.255.255"),
    "239.0.0.1",
    "Address",
    "The multicast group to which the audio input is sent.",
    **_ROOM,
)
AUDIO.setting(
    "Audio.Multicast.Input.Port",
    Int(1024, 65534),
    "5004",
    "Port",
    "The port to which the audio input is sent.",
    **_ROOM,
)
AUDIO.setting(
    "Audio.Multicast.Input.Codec",
    Choice.of("PCMU", "PCMA", "G722", "OPUS", "L16/16000", "L16/44100", "L16/48000"),
    "PCMU",
    "Codec",
    "How the audio input is encoded for its multicast group.",
    **_ROOM,
)
