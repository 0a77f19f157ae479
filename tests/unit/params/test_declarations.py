"""What the daemons declare, taken together, is what the product promises."""

import re
from pathlib import Path

import pytest

from common import product
from common.bus.suite import AUDIO, HTTP
from common.params.kinds import Reset
from common.params.registry import Registry
from daemons.params.declarations import declared

DAEMONS = Path(__file__).parents[3] / "daemons"

KEPT_BY_RESTORE = {
    "boot protocol": {"Network.BootProto"},
    "static IP address": {"Network.IPAddress", "Network.Broadcast", "Network.IPv6.IPAddress"},
    "default router": {"Network.DefaultRouter", "Network.IPv6.DefaultRouter"},
    "subnet mask": {"Network.SubnetMask"},
    "802.1X": {
        "Network.Interface.I0.dot1x.Enabled",
        "Network.Interface.I0.dot1x.EAPOLVersion",
        "Network.Interface.I0.dot1x.EAPTLS.Identity",
        "Network.Interface.I0.dot1x.EAPTLS.PrivateKeyPassword",
    },
    "O3C": {
        "RemoteService.Enabled",
        "RemoteService.ServerList",
        "RemoteService.ProxyServer",
        "RemoteService.ProxyPort",
        "RemoteService.ProxyLogin",
        "RemoteService.ProxyPassword",
        "RemoteService.ProxyAuth",
    },
    "DNS server IP address": {
        "Network.DNSServer1",
        "Network.DNSServer2",
        "Network.Resolver.ObtainFromDHCP",
    },
}
"""The manual's list of what a restore saves, and the parameters that each of its lines means."""


@pytest.fixture(scope="module")
def registry() -> Registry:
    """Return everything declared."""
    return declared()


@pytest.mark.covers("M-MNT-02", part="list")
def test_a_restore_keeps_exactly_the_manuals_list(registry: Registry) -> None:
    """No setting of another subject survives, and none of the list is lost."""
    kept = {p.name for p in registry if p.reset is Reset.FACTORY_DEFAULT}
    assert kept == set().union(*KEPT_BY_RESTORE.values())


@pytest.mark.covers("M-MNT-04", part="list")
def test_only_facts_survive_a_factory_default(registry: Registry) -> None:
    """What people can set can be cleared, and what they cannot is not."""
    assert {p.name for p in registry if p.reset is Reset.NEVER} == {
        p.name for p in registry if p.read_only
    }
    assert all(template.reset is Reset.RESTORE for template in registry.templates.values())
    assert all(record.reset is not Reset.NEVER for record in registry.records.values())
    # What 802.1X needs survives a restore.
    kept = {name for name, record in registry.records.items() if record.reset is not Reset.RESTORE}
    assert kept == {"certificate"}


def test_who_declares_a_parameter_owns_it(registry: Registry) -> None:
    """A file of declarations speaks for its own daemon alone, and every owner has one."""
    owners = set()
    for file in (*DAEMONS.glob("*/params.py"), *DAEMONS.glob("*/params/owner.py")):
        daemon = file.relative_to(DAEMONS).parts[0]
        assert re.findall(r'owned_by\("(\w+)"\)', file.read_text()) == [daemon]
        owners.add(daemon)
    assert {parameter.owner for parameter in registry} == owners


def test_names_are_vapix_names(registry: Registry) -> None:
    """A group and a name at least, without root, and no group is a parameter, too."""
    names = {parameter.name for parameter in registry}
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9]+(\.[A-Za-z0-9]+)+", name), name
        assert not name.startswith("root."), name
        parts = name.split(".")
        assert not any(".".join(parts[:end]) in names for end in range(1, len(parts))), name


def test_only_the_edge_looks_before_a_change_is_written(registry: Registry) -> None:
    """Nobody else offers to check."""
    assert {p.owner for p in registry if p.checked_by_owner} == {AUDIO.name, HTTP.name}


def test_help_is_a_sentence(registry: Registry) -> None:
    """Labels are short, help ends in a full stop."""
    members = [member for template in registry.templates.values() for member in template.members]
    for parameter in [*registry, *members]:
        assert len(parameter.label) <= 40, parameter.name
        assert parameter.help.endswith("."), parameter.name
        assert parameter.help[0].isupper(), parameter.name


def test_numbered_groups_say_how_many_there_can_be(registry: Registry) -> None:
    """`MaxGroups` is what the template holds to, and the letter that of the group (VAPIX page 2.5)."""
    for template in registry.templates.values():
        assert registry.parameters[f"{template.parent}.MaxGroups"].default == f"{template.maximum}"
        assert template.letter == template.parent.rpartition(".")[2][0]
        assert all(member.owner == template.owner for member in template.members)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Brand.Brand", "AXIS"),
        ("Brand.ProdFullName", "AXIS C8210 Network Audio Amplifier"),
        ("Brand.ProdNbr", "C8210"),
        ("Brand.ProdShortName", "AXIS C8210"),
        ("Brand.ProdType", "Network Audio Amplifier"),
        ("Brand.ProdVariant", ""),
        ("Brand.WebURL", "https://www.axis.com"),
        ("Properties.API.HTTP.Version", "3"),
        ("Properties.Firmware.Version", product.VERSION),
        ("Properties.AudioClip.Format", "au,mp3,opus,vorbis,wav"),
        ("Properties.AudioClip.PlayOptions", "location,repeat,volume"),
        ("Properties.AudioClip.StopClip", "yes"),
        ("MediaClip.MaxGroups", "50"),
        ("MediaClip.MaxUploadSize", "10"),
        ("Network.FTP.Enabled", "no"),
        ("Network.SSH.Enabled", "no"),
        ("HTTPS.Enabled", "yes"),
        ("System.BoaPort", "80"),
        ("System.BoaGroupPolicy.viewer", "both"),
    ],
)
def test_clients_find_what_they_ask_for(registry: Registry, name: str, value: str) -> None:
    """Facts and factory settings that clients are known to read."""
    assert registry.find(name).parameter.default == value


def test_the_build_date_has_the_form_clients_parse() -> None:
    """`Feb 20 2026 18:19`, as devices print it."""
    assert re.fullmatch(r"[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{4} [0-9]{2}:[0-9]{2}", product.BUILD_DATE)
    assert re.fullmatch(r"[0-9A-F]{3,}", product.HARDWARE_ID)
