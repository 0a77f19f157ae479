"""A small registry and an open database state for the tests of the params daemon."""

from typing import Any

import msgspec

from common.params.kinds import Access, Bool, Gain, Int, Reset, Secret, Text
from common.params.registry import Parameter, RecordType, Registry, Template
from daemons.params.sealing import Sealer
from daemons.params.state import State
from daemons.params.tree import SERIAL_NUMBER, Declarations, Tree


class Recipient(msgspec.Struct, forbid_unknown_fields=True):
    """A record with a secret."""

    url: str
    retries: int = 3
    password: str | msgspec.UnsetType = msgspec.UNSET


def registry() -> Registry:
    """Return declarations of every sort."""
    made = Registry()
    audio, network, system = (made.owned_by(name) for name in ("audio", "network", "system"))
    audio.setting("Audio.Gain", Gain(-30, 6), "0", "Gain", "How loud.", write=Access.OPERATOR)
    audio.setting("Audio.A0.Enabled", Bool(), "yes", "Enabled", "Whether.", write=Access.OPERATOR)
    network.setting("Network.Port", Int(1, 65535), "80", "Port", "Where.", checked_by_owner=True)
    network.setting(
        "Network.Address", Text(64), "10.0.0.1", "Address", "Where.", reset=Reset.FACTORY_DEFAULT
    )
    network.setting(
        "Network.Name", Text(64), "unit-{serial}", "Name", "Who.", formerly=("Network.OldName",)
    )
    network.setting(
        "Network.Password", Secret(64), "", "Password", "Hidden.", reset=Reset.FACTORY_DEFAULT
    )
    network.setting("Network.Token", Secret(64), "", "Token", "Hidden too.")
    network.setting(
        "Network.Keys", Text(64), "", "Keys", "For administrators only.", read=Access.ADMIN
    )
    system.fact(SERIAL_NUMBER, Text(12), "000000000000", "Serial", "Which unit.")
    system.fact("Brand.Brand", Text(32), "ACME", "Brand", "Whose.", const=True)
    made.declare_template(
        Template(
            "profile",
            "Profile",
            "P",
            (
                Parameter(
                    "Name", Text(8), "", "Name", "Its name.", "network", write=Access.OPERATOR
                ),
                Parameter(
                    "Count", Int(0, 9), "1", "Count", "How many.", "network", write=Access.OPERATOR
                ),
                Parameter(
                    "Key", Secret(16), "", "Key", "Its key.", "network", write=Access.OPERATOR
                ),
                Parameter("Kind", Text(8), "x", "Kind", "Fixed.", "network", read_only=True),
            ),
            owner="network",
            maximum=3,
        )
    )
    made.declare_template(
        Template(
            "clip",
            "Clip",
            "C",
            (Parameter("Name", Text(8), "", "Name", "Its name.", "audio", write=Access.OPERATOR),),
            owner="audio",
            maximum=3,
            refuse_add="clips are uploaded",
        )
    )
    made.declare_record(
        RecordType("recipient", "events", Recipient, frozenset({"password"}), maximum=2)
    )
    return made


def tree(**state: Any) -> Tree:
    """Return a tree of the example registry in some state."""
    return Tree(Declarations(registry()), State(**state))


def sealer() -> Sealer:
    """Return a sealer with a key of its own."""
    return Sealer(lambda: b"k" * 32)
