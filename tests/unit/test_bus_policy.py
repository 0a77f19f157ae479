"""The matrix of who may call what is whole, and the D-Bus policy is made from it."""

import tomllib

from sdbus import DbusUnprivilegedFlag
from sdbus.dbus_proxy_async_method import DbusMethodAsync

from common.bus.callers import load_matrix
from common.bus.policy import (
    FOLDER,
    MATRIX,
    OFFERED,
    allowed_calls,
    generated,
    methods_of,
    read_matrix,
    user_of,
)
from common.bus.suite import EVENTS, HTTP, PARAMS, SUITE, SYSTEM
from common.paths import LIBRARY


def test_the_matrix_names_every_method_there_is_and_no_other() -> None:
    """A method that nobody decided on would be dead, a row without a method a leftover."""
    offered: dict[str, frozenset[str]] = {}
    for member in SUITE:
        offered |= methods_of(member)
    matrix = {interface: frozenset(methods) for interface, methods in load_matrix().items()}
    assert matrix == offered


def test_every_member_of_the_suite_says_which_interfaces_it_offers() -> None:
    """Without its interfaces a member's policy would allow nothing."""
    assert set(OFFERED) == set(SUITE)
    for member in SUITE:
        assert "org.c8210.Daemon1" in methods_of(member)


def test_every_method_can_be_answered_to_another_user() -> None:
    """Without the flag, sd-bus itself refuses whoever is neither root nor the service's own user."""
    for classes in OFFERED.values():
        for offered in classes:
            for name in dir(offered):
                method = getattr(offered, name)
                if isinstance(method, DbusMethodAsync) and "org.c8210." in method.interface_name:
                    assert method.flags & DbusUnprivilegedFlag, (offered, name)


def test_the_generated_files_are_those_that_the_matrix_gives() -> None:
    """The files under etc/dbus are fresh; `python -P -m common.bus.policy` writes them anew."""
    there = {path.name: path.read_text() for path in [*FOLDER.glob("*.conf"), FOLDER / MATRIX]}
    assert there == generated(read_matrix())


def test_the_daemons_read_what_the_table_says() -> None:
    """What is written out for them loses nothing of it."""
    assert load_matrix() == read_matrix()


def test_a_secret_goes_only_to_daemons_that_own_one() -> None:
    """No edge but http, which verifies logins, and nobody by the wildcard."""
    with (FOLDER / "calls.toml").open("rb") as file:
        assert "*" not in tomllib.load(file)["ParamsSecrets1"]["Get"]
    callers = {
        caller.name
        for caller, calls in allowed_calls(PARAMS, load_matrix()).items()
        if ("org.c8210.ParamsSecrets1", "Get") in calls
    }
    assert callers == {"audio", "events", "http", "mqtt", "sip", "system"}


def test_what_changes_accounts_or_resets_the_unit_is_for_few() -> None:
    """The edges ask the system daemon, and only the system daemon asks params."""
    matrix = load_matrix()
    assert matrix["org.c8210.Params1"]["Reset"] == {SYSTEM.bus_name}
    for method in ("AddAccount", "AddFirstAccount", "UpdateAccount", "RemoveAccount", "Verifiers"):
        assert matrix["org.c8210.System1"][method] == {HTTP.bus_name}
    assert matrix["org.c8210.Daemon1"]["States"] == {EVENTS.bus_name}


def test_every_daemon_has_the_user_that_its_policy_speaks_of() -> None:
    """sysusers.d, the unit and the policy agree on the names."""
    declared = {
        line.split()[1]
        for path in (LIBRARY / "units").rglob("sysusers.d/*.conf")
        for line in path.read_text().splitlines()
        if line.startswith("u ")
    }
    for member in SUITE:
        assert user_of(member) in declared
