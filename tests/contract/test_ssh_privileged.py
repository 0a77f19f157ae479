"""What root makes of SSH accounts: records and homes, and nothing of what it should not be asked for."""

import grp
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from daemons.system.adapters.yescrypt import hashed
from daemons.system.ssh_accounts import accounts as rules
from units.privileged import ssh_accounts
from units.privileged.ssh_accounts import Places, main

HASH = "$y$j9T$vHBiXUd10dnEU4Ru5P37i0$CFpQmWjGaHSd/Ww65XN3cRBT/p5qzMtfnPvsEDmoTi8"
ERA = "0" * 32
JUDY = {"name": "judy", "uid": 5000, "hash": HASH, "comment": "Night"}
JOAN = {"name": "Joan_2", "uid": 5001, "hash": "!", "comment": ""}


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Return folders in which everything may happen; the group is root's."""
    monkeypatch.setattr(ssh_accounts, "GROUP", grp.getgrgid(0).gr_name)
    for name in ("userdb", "home", "ssh"):
        (tmp_path / name).mkdir()
    (tmp_path / "passwd").write_text("root:x:0:0::/:\ndaemon:x:1:1::/:\n")
    (tmp_path / "group").write_text("root:x:0:\nsudo:x:27:\n")
    return Places(
        tmp_path / "list",
        *(tmp_path / name for name in ("userdb", "home", "ssh", "passwd", "group")),
    )


def ask(places: Places, *accounts: Any, era: str = ERA) -> int:
    """Ask for accounts."""
    places.wanted.write_text(json.dumps({"era": era, "accounts": list(accounts)}))
    return main(places)


def seen(places: Places) -> dict[str, tuple[str, str]]:
    """Return everything that is there, with its content or what it leads to, and its mode."""
    return {
        str(path.relative_to(folder.parent)): (
            str(path.readlink())
            if path.is_symlink()
            else path.read_text()
            if path.is_file()
            else "",
            oct(stat.S_IMODE(path.lstat().st_mode)),
        )
        for folder in (places.records, places.homes, places.host_keys)
        for path in folder.rglob("*")
    }


def test_an_account_is_a_record_a_secret_a_membership_and_a_home(places: Places) -> None:
    """As systemd.io/USER_RECORD and nss-systemd(8) have them; only root reads the hash."""
    assert ask(places, JUDY, JOAN) == 0
    record = json.loads((places.records / "judy.user").read_text())
    assert (record["userName"], record["uid"], record["realName"]) == ("judy", 5000, "Night")
    assert record["homeDirectory"] == str(ssh_accounts.HOMES / "judy")
    assert HASH not in json.dumps(record)
    secret = places.records / "5000.user-privileged"
    assert json.loads(secret.read_text()) == {"privileged": {"hashedPassword": [HASH]}}
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert (places.records / "judy:systemd-journal.membership").stat().st_size > 0
    home = (places.homes / "judy").stat()
    assert (home.st_uid, stat.S_IMODE(home.st_mode)) == (5000, 0o700)
    assert json.loads((places.records / "5001.user").read_text())["realName"] == "Joan_2"


def test_the_same_again_changes_nothing(places: Places) -> None:
    """Files in homes stay."""
    ask(places, JUDY)
    (places.homes / "judy" / "notes").write_text("mine")
    before = seen(places)
    assert ask(places, JUDY) == 0
    assert seen(places) == before


def test_an_account_that_is_gone_takes_all_along(places: Places) -> None:
    """Nothing of it is left, and its home with what was in it; links lead nowhere."""
    ask(places, JUDY, JOAN)
    outside = places.wanted.with_name("outside")
    outside.write_text("stays")
    (places.homes / "judy" / "deep").mkdir()
    (places.homes / "judy" / "deep" / "link").symlink_to(outside)
    assert ask(places, JOAN) == 0
    assert not [name for name in seen(places) if "judy" in name or "5000" in name]
    assert "home/Joan_2" in seen(places)
    assert outside.read_text() == "stays"


def test_another_account_of_the_same_name_or_uid_finds_an_empty_home(places: Places) -> None:
    """It is somebody else."""
    ask(places, JUDY)
    (places.homes / "judy" / "notes").write_text("mine")
    assert ask(places, {**JUDY, "uid": 5007}) == 0
    assert (places.homes / "judy").stat().st_uid == 5007
    assert list((places.homes / "judy").iterdir()) == []
    assert not (places.records / "5000.user").is_symlink()
    assert ask(places, {**JOAN, "uid": 5007}) == 0
    assert {path.name for path in places.homes.iterdir()} == {"Joan_2"}
    assert (places.records / "5007.user").readlink() == Path("Joan_2.user")


def test_records_of_others_are_left_alone(places: Places) -> None:
    """The user database is not ours alone."""
    (places.records / "alice.user").write_text("{}")
    (places.records / "60001.user").symlink_to("alice.user")
    assert ask(places) == 0
    assert {path.name for path in places.records.iterdir()} == {"alice.user", "60001.user"}


def test_a_factory_default_takes_the_host_keys(places: Places) -> None:
    """Once."""
    key = places.host_keys / "ssh_host_ed25519_key"
    ask(places)
    key.write_text("key")
    ask(places)
    assert key.exists()
    assert ask(places, era="1" * 32) == 0
    assert not key.exists()
    key.write_text("another")
    ask(places, era="1" * 32)
    assert key.exists()


def test_host_keys_do_not_go_with_a_power_cut(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark by which they are kept is on the disk when it is said to be."""
    on_disk: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fsync", lambda file: on_disk.append(_which(os.fstat(file))))
    assert ask(places) == 0
    mark = places.host_keys / "era"
    assert (_which(mark.stat()), mark.stat().st_size) == (on_disk[-1], 32)


def _which(file: os.stat_result) -> tuple[int, int]:
    return file.st_dev, file.st_ino


@pytest.mark.parametrize(
    "change",
    [
        {"name": "root"},
        {"name": "daemon"},
        {"name": "sudo"},
        {"name": "../judy"},
        {"name": "judy/.."},
        {"name": "."},
        {"name": ""},
        {"name": "judy\n"},
        {"name": "x" * 32},
        {"name": 5},
        {"name": None},
        {"uid": 0},
        {"uid": 999},
        {"uid": 4999},
        {"uid": 5100},
        {"uid": "5000"},
        {"uid": 5000.0},
        {"uid": True},
        {"uid": -1},
        {"hash": ""},
        {"hash": "password"},
        {"hash": "$1$salt$hash"},
        {"hash": HASH + ":0:0"},
        {"hash": HASH + "\n"},
        {"hash": None},
        {"comment": "a:b"},
        {"comment": "a\nroot:x:0:0::/:/bin/bash"},
        {"comment": "x" * 257},
        {"shell": "/bin/sh"},
    ],
)
def test_one_wrong_thing_refuses_all(
    places: Places, change: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    """And leaves everything as it was; a hash is not repeated in the journal."""
    ask(places, JOAN)
    before = seen(places)
    assert ask(places, JOAN, {**JUDY, **change}) == 1
    assert seen(places) == before
    assert "$" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"era": "x", "accounts": []}',
        b'{"accounts": []}',
        b'{"era": "00000000000000000000000000000000", "accounts": 5}',
        b'{"era": "00000000000000000000000000000000", "accounts": {"judy": 1}}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"era": "' + b"0" * 300_000,
    ],
)
def test_a_broken_list_changes_nothing(places: Places, content: bytes) -> None:
    """Whatever it is broken by."""
    ask(places, JUDY)
    before = seen(places)
    places.wanted.write_bytes(content)
    assert main(places) == 1
    assert seen(places) == before


def test_a_list_that_is_no_file_is_not_read(places: Places) -> None:
    """A link would let another process choose what root reads; a pipe would let it wait for ever."""
    ask(places, JUDY)
    places.wanted.rename(places.wanted.with_name("elsewhere"))
    places.wanted.symlink_to("elsewhere")
    assert main(places) == 1
    places.wanted.unlink()
    os.mkfifo(places.wanted)
    assert main(places) == 1
    places.wanted.unlink()
    assert main(places) == 1


def test_two_with_the_same_name_or_uid_are_refused(places: Places) -> None:
    """Nobody knows who is meant."""
    assert ask(places, JUDY, {**JOAN, "uid": 5000}) == 1
    assert ask(places, JUDY, {**JOAN, "name": "judy"}) == 1
    assert seen(places) == {}


async def test_what_system_asks_for_can_be_asked_for(places: Places) -> None:
    """Both sides know the same uids and names, and the hash is one that root takes."""
    assert rules.UIDS == ssh_accounts.UIDS
    real = await hashed("p:ä$\\ \"'")
    longest = "x" * 31
    assert rules.NAME.fullmatch(longest)
    account = {**JUDY, "name": longest, "hash": real, "comment": "c" * rules.LONGEST_COMMENT}
    assert ask(places, account) == 0
    assert await hashed("same") != await hashed("same")
