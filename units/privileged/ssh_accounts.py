"""Makes Linux accounts of the SSH accounts, as root: user records for systemd, and home folders.

The root file system cannot be written, so accounts are records of systemd's user database (nss-systemd(8)), anew after
each start. What is asked for is another process's word: everything is checked again here, and one wrong thing refuses
all of it. Needs nothing but Python's standard library.
"""

import grp
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HOMES: Final = Path("/var/lib/c8210/home")
GROUP: Final = "c8210-ssh"  # who is in it may log in over SSH and FTP, and use sudo
UIDS: Final = range(5000, 5100)
LONGEST: Final = 256 * 1024

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,30}")
_HASH: Final = re.compile(r"!|\$y\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}")
_COMMENT: Final = re.compile(r"[^\x00-\x1f\x7f:]{0,256}")
_ERA: Final = re.compile(r"[0-9a-f]{32}")
_UID_LINK: Final = re.compile(r"([0-9]{4,5})\.user")


class Refused(Exception):
    """What is asked for is not what can be asked for."""


@dataclass(frozen=True)
class Account:
    """One account that shall be there; the hash is one of crypt(5): yescrypt, or `!` for none that fits."""

    name: str
    uid: int
    hash: str
    comment: str


@dataclass(frozen=True)
class Places:
    """Where everything lies; tests have other places."""

    wanted: Path = Path("/run/c8210/system/ssh-accounts.json")
    records: Path = Path("/run/userdb")
    homes: Path = HOMES
    host_keys: Path = Path("/var/lib/c8210/ssh")
    passwd: Path = Path("/etc/passwd")
    groups: Path = Path("/etc/group")


def read_wanted(places: Places) -> tuple[str, list[Account]]:
    """Return the era, which changes with each factory default, and the accounts; raises `Refused`."""
    descriptor = os.open(places.wanted, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Refused("the list is no file")
        content = file.read(LONGEST)
    try:
        wanted = json.loads(content)
    except (ValueError, RecursionError):
        raise Refused("the list is no JSON, or too long") from None
    if not isinstance(wanted, dict) or wanted.keys() != {"era", "accounts"}:
        raise Refused("the list is not an era and accounts")
    accounts = [_account(each) for each in list(wanted["accounts"])]
    names, uids = {each.name for each in accounts}, {each.uid for each in accounts}
    if not len(names) == len(uids) == len(accounts):
        raise Refused("two accounts have the same name or uid")
    if names & (_names_of(places.passwd) | _names_of(places.groups)):
        raise Refused("a name belongs to the system")
    return _text(wanted["era"], _ERA, "era"), accounts


def _account(given: Any) -> Account:
    if not isinstance(given, dict) or given.keys() != {"name", "uid", "hash", "comment"}:
        raise Refused("an account is not a name, uid, hash and comment")
    if type(given["uid"]) is not int or given["uid"] not in UIDS:
        raise Refused("a uid is none that accounts can have")
    return Account(
        _text(given["name"], _NAME, "name"),
        given["uid"],
        _text(given["hash"], _HASH, "hash"),
        _text(given["comment"], _COMMENT, "comment"),
    )


def _text(given: Any, pattern: re.Pattern[str], what: str) -> str:
    # The refusal does not repeat what was given: it may be a hash.
    if not isinstance(given, str) or not pattern.fullmatch(given):
        raise Refused(f"a {what} has not the form that it must have")
    return given


def _names_of(table: Path) -> set[str]:
    return {line.partition(":")[0] for line in table.read_text().splitlines()}


def write_records(accounts: list[Account], group_id: int, records: Path) -> list[int]:
    """Make the user database hold these accounts and none else of ours; returns the uids that are gone."""
    gone = []
    wanted = {(each.name, each.uid) for each in accounts}
    for link in sorted(records.glob("*.user")):
        match = _UID_LINK.fullmatch(link.name)
        if match is None or int(match[1]) not in UIDS:
            continue
        name, uid = link.readlink().stem, int(match[1])
        if (name, uid) not in wanted:
            for file in _files_of(name, uid):
                (records / file).unlink(missing_ok=True)
            gone.append(uid)
    for each in accounts:
        record, secret, uid_record, uid_secret, member = _files_of(each.name, each.uid)
        described = {
            "userName": each.name,
            "uid": each.uid,
            "gid": group_id,
            "realName": each.comment or each.name,
            "homeDirectory": str(HOMES / each.name),
            "shell": "/bin/bash",
            "disposition": "regular",
        }
        _write(records / secret, {"privileged": {"hashedPassword": [each.hash]}}, 0o600)
        _write(records / member, {}, 0o644)  # an empty file would count as masked
        for alias, target in ((uid_secret, secret), (uid_record, record)):
            (records / alias).unlink(missing_ok=True)
            (records / alias).symlink_to(target)
        _write(records / record, described, 0o644)
    return gone


def _files_of(name: str, uid: int) -> tuple[str, str, str, str, str]:
    record, link, member = f"{name}.user", f"{uid}.user", f"{name}:systemd-journal.membership"
    return record, f"{record}-privileged", link, f"{link}-privileged", member


def _write(path: Path, content: Any, mode: int) -> None:
    new = path.with_name(f".{path.name}")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        os.fchmod(file.fileno(), mode)
        file.write(json.dumps(content))
    new.replace(path)


def keep_homes(accounts: list[Account], group_id: int, homes: Path) -> None:
    """Make a home for each account that has none, and take away those of accounts that are gone, with all in them."""
    owners = {each.name: each.uid for each in accounts}
    for home in homes.iterdir():
        if home.is_symlink() or not home.is_dir():
            home.unlink()
        elif owners.get(home.name) != home.stat().st_uid:
            shutil.rmtree(home)
    for each in accounts:
        home = homes / each.name
        home.mkdir(mode=0o700, exist_ok=True)
        os.chown(home, each.uid, group_id)


def follow_era(era: str, host_keys: Path) -> None:
    """Forget the host keys after a factory default: the next start of the SSH server makes new ones."""
    mark = host_keys / "era"
    if mark.is_file() and mark.read_text() == era:
        return
    for key in host_keys.glob("ssh_host_*"):
        key.unlink()
    with mark.open("w") as file:
        file.write(era)
        file.flush()
        # An empty mark after a power cut would take new keys for those of another owner.
        os.fsync(file.fileno())


def end_sessions(uids: list[int]) -> None:
    """End what accounts do that are gone, if anything: loginctl would look for a record of the uid first."""
    at = ["org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager"]
    for uid in uids:
        command = ["/usr/bin/busctl", "call", *at, "TerminateUser", "u", str(uid)]
        subprocess.run(command, check=False, timeout=10, stderr=subprocess.DEVNULL)


def main(places: Places = Places()) -> int:
    """Bring accounts in line with what is wanted; what is wrong is said in a line, and leaves them as they were."""
    try:
        era, accounts = read_wanted(places)
        group_id = grp.getgrnam(GROUP).gr_gid
        gone = write_records(accounts, group_id, places.records)
        end_sessions(gone)
        keep_homes(accounts, group_id, places.homes)
        follow_era(era, places.host_keys)
    except (Refused, OSError, KeyError, TypeError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"SSH accounts are as they were: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
