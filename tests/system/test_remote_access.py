"""Maintenance over SSH and FTP on a unit that systemd runs: the real servers, Linux accounts and journal."""

import ftplib
import io
import json
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.suite import ROOT_PASSWORD, until
from tests.system.lab import UNIT_ADDRESS
from tests.system.machine import Machine

USERS = "/config/rest/ssh/v2/users"
PASSWORD = "a b$c'\"~ 9"
LEFT_S = 30.0


def switch(administrator: httpx.Client, server: str, value: str) -> None:
    """Write the parameter by the URL that the manual has."""
    answer = administrator.get(
        f"/axis-cgi/param.cgi?action=update&Network.{server}.Enabled={value}"
    )
    assert (answer.status_code, answer.text) == (200, "OK")


def state(administrator: httpx.Client, server: str) -> dict[str, Any]:
    """Return how the unit says that a server is."""
    found: dict[str, Any] = administrator.get("/api/remote-access").json()[server]
    return found


def listens(port: int) -> bool:
    """Whether somebody takes connections at a port of the unit."""
    try:
        with socket.create_connection((UNIT_ADDRESS, port), timeout=2):
            return True
    except OSError:
        return False


def ssh(
    folder: Path, name: str, password: str, *command: str, options: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Log in over SSH with a password and run a command."""
    asked = folder / "askpass"
    asked.write_text('#!/bin/sh\nprintf "%s\\n" "$GIVEN"\n')
    asked.chmod(0o700)
    return subprocess.run(
        [
            *("ssh", "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={folder}/known"),
            *("-o", "LogLevel=ERROR", "-o", "NumberOfPasswordPrompts=1"),
            *("-o", "PreferredAuthentications=password", *options),
            *(f"{name}@{UNIT_ADDRESS}", *command),
        ],
        env=os.environ
        | {"SSH_ASKPASS": str(asked), "SSH_ASKPASS_REQUIRE": "force", "GIVEN": password},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def judy(administrator: httpx.Client) -> Iterator[str]:
    """Somebody with an SSH account, and both servers on."""
    user = {"username": "judy", "password": PASSWORD, "comment": "Night shift"}
    answer = administrator.post(USERS, json={"data": user})
    assert answer.status_code == 201, answer.text
    switch(administrator, "SSH", "yes")
    switch(administrator, "FTP", "yes")
    until("SSH listens", lambda: listens(22), LEFT_S)
    until("FTP listens", lambda: listens(21), LEFT_S)
    yield "judy"
    switch(administrator, "SSH", "no")
    switch(administrator, "FTP", "no")


def test_both_are_off_as_the_unit_comes(machine: Machine, administrator: httpx.Client) -> None:
    """Nobody listens, and the unit says so; host keys are not there before they are needed."""
    assert not listens(22)
    assert not listens(21)
    for server in ("ssh", "ftp"):
        assert state(administrator, server) == {
            "enabled": False,
            "state": "stopped",
            "detail": "",
        }
    assert administrator.get("/api/remote-access").json()["host_keys"] == []


@pytest.mark.covers("M-ACC-10", "M-API-10")
def test_an_ssh_account_logs_in_and_sees_what_maintenance_needs(
    machine: Machine, administrator: httpx.Client, judy: str, tmp_path: Path
) -> None:
    """The journal, the state of services, and root by its own password; its home is on the data partition."""
    told = ssh(tmp_path, judy, PASSWORD, "id -un && pwd && systemctl is-active c8210-audio")
    assert told.stdout.split() == [judy, f"/var/lib/c8210/{'home'}/judy", "active"], told
    journal = ssh(tmp_path, judy, PASSWORD, "journalctl -q --unit=c8210-audio --lines=3")
    assert journal.stdout.count("\n") >= 1, journal
    given = PASSWORD.replace("'", "'\\''")
    root = ssh(tmp_path, judy, PASSWORD, f"printf '%s\\n' '{given}' | sudo -S -p '' id -u")
    assert root.stdout.strip() == "0", root
    assert state(administrator, "ssh") == {"enabled": True, "state": "running", "detail": ""}


def test_the_keys_shown_are_those_of_the_server(
    administrator: httpx.Client, judy: str, tmp_path: Path
) -> None:
    """Whoever connects for the first time can compare."""
    scanned = subprocess.run(
        ["ssh-keyscan", "-T", "10", UNIT_ADDRESS], capture_output=True, text=True, check=True
    )
    (tmp_path / "scanned").write_text(scanned.stdout)
    listed = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(tmp_path / "scanned")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    shown = administrator.get("/api/remote-access").json()["host_keys"]
    assert {key["type"] for key in shown} == {"ssh-ed25519", "ssh-rsa"}
    assert {line.split()[1] for line in listed.splitlines()} == {
        key["fingerprint"] for key in shown
    }


@pytest.mark.parametrize(
    ("name", "password"),
    [("judy", "wrong"), ("judy", ""), ("root", ROOT_PASSWORD), ("root", ""), ("c8210-http", "")],
)
def test_nobody_else_gets_in(
    administrator: httpx.Client, judy: str, tmp_path: Path, name: str, password: str
) -> None:
    """A wrong password, the root of the web interface, and the system's own accounts."""
    refused = ssh(tmp_path, name, password, "id")
    assert refused.returncode == 255
    assert "Permission denied" in refused.stderr
    # The server turns away for a while who fails too often: whoever may log in waits for that.
    until("judy", lambda: ssh(tmp_path, judy, PASSWORD, "true").returncode == 0, 60)


def test_there_is_no_way_through_the_unit(judy: str, tmp_path: Path) -> None:
    """A forwarded port would lead past its firewall."""
    refused = ssh(
        *(tmp_path, judy, PASSWORD, "true"),
        options=("-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:80"),
    )
    assert refused.returncode == 255


@pytest.mark.covers("M-API-08")
def test_ftp_is_for_the_same_accounts_and_for_their_homes_only(judy: str) -> None:
    """Over TLS with the unit's certificate; a password in clear is refused before it is sent."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with ftplib.FTP_TLS(UNIT_ADDRESS, timeout=20, context=context) as client:
        client.login(judy, PASSWORD)
        client.prot_p()
        client.storbinary("STOR report.txt", io.BytesIO(b"all is well"))
        assert "report.txt" in client.nlst()
        assert client.pwd() == "/"
        with pytest.raises(ftplib.error_perm):
            client.cwd("/etc")
        back = io.BytesIO()
        client.retrbinary("RETR report.txt", back.write)
        assert back.getvalue() == b"all is well"
    for name, password in ((judy, "wrong"), ("root", ROOT_PASSWORD), ("anonymous", "a@b")):
        with (
            ftplib.FTP_TLS(UNIT_ADDRESS, timeout=20, context=context) as client,
            pytest.raises(ftplib.error_perm),
        ):
            client.login(name, password)
    with ftplib.FTP(UNIT_ADDRESS, timeout=20) as client, pytest.raises(ftplib.error_perm):
        client.login(judy, PASSWORD)


def test_a_server_that_dies_comes_back(machine: Machine, judy: str, tmp_path: Path) -> None:
    """By systemd, with a session that was open left alone."""
    before = machine.show("ssh.service")["ssh.service"]["MainPID"]
    for unit in ("ssh.service", "vsftpd.service"):
        machine.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", unit)
    until(
        "another server",
        lambda: machine.show("ssh.service")["ssh.service"]["MainPID"] not in ("0", before),
        LEFT_S,
    )
    until("SSH listens", lambda: listens(22), LEFT_S)
    until("FTP listens", lambda: listens(21), LEFT_S)
    assert ssh(tmp_path, judy, PASSWORD, "true").returncode == 0


def test_all_of_it_is_there_again_after_a_start_of_the_unit(
    machine: Machine, administrator: httpx.Client, judy: str, tmp_path: Path
) -> None:
    """What lies in memory is gone; accounts, keys and homes are as they were, and the servers run."""
    keys = administrator.get("/api/remote-access").json()["host_keys"]
    assert ssh(tmp_path, judy, PASSWORD, "echo mine > notes").returncode == 0
    machine.run("systemctl", "stop", "c8210.target", "ssh.service", "vsftpd.service")
    machine.run("sh", "-c", "rm -rf /run/userdb/* /run/c8210/system/*")
    assert machine.run("getent", "passwd", judy, check=False) == ""
    machine.run("systemctl", "start", "c8210.target")
    until("SSH listens", lambda: listens(22), LEFT_S)
    until("the account", lambda: machine.run("getent", "passwd", judy, check=False), LEFT_S)
    assert ssh(tmp_path, judy, PASSWORD, "cat notes").stdout == "mine\n"

    def shown() -> Any:
        answer = administrator.get("/api/remote-access")
        return answer.status_code == 200 and answer.json()["host_keys"]

    assert until("the API", shown, LEFT_S) == keys


ALL_CHARACTERS = "".join(map(chr, range(32, 127)))


@pytest.mark.covers("M-ACC-11")
@pytest.mark.parametrize("password", ["x", ALL_CHARACTERS[:64], ALL_CHARACTERS[-64:]])
def test_a_password_has_one_to_64_printable_characters(
    administrator: httpx.Client, judy: str, tmp_path: Path, password: str
) -> None:
    """Each of them logs in as it was given; what is longer or has others is refused, and so is a name that is taken."""
    user = {"username": "joan", "password": password}
    for bad in (password + "x" * 64, "", "\t", "ä"):
        answer = administrator.post(USERS, json={"data": user | {"password": bad}})
        assert answer.status_code == 400, answer.text
    assert administrator.post(USERS, json={"data": user}).status_code == 201
    try:
        again = administrator.post(USERS, json={"data": user | {"password": "other"}})
        assert again.status_code == 409, again.text
        assert administrator.get(f"{USERS}/joan/comment").json()["data"] == ""
        assert ssh(tmp_path, "joan", password, "id -un").stdout == "joan\n"
    finally:
        administrator.delete(f"{USERS}/joan")


@pytest.mark.covers("M-ACC-12")
def test_another_password_counts_at_once_and_a_deleted_account_is_gone(
    machine: Machine, administrator: httpx.Client, judy: str, tmp_path: Path
) -> None:
    """With its home, and whoever is logged in with it. Nobody deletes root."""
    refused = administrator.delete(f"{USERS}/root")
    assert (refused.status_code, refused.json()["status"]) == (400, "error")
    user = {"username": "jack", "password": "one"}
    assert administrator.post(USERS, json={"data": user}).status_code == 201
    assert ssh(tmp_path, "jack", "one", "echo mine > notes").returncode == 0
    administrator.patch(f"{USERS}/jack", json={"data": {"password": "two"}})
    assert ssh(tmp_path, "jack", "one", "true").returncode == 255
    assert ssh(tmp_path, "jack", "two", "true").returncode == 0
    # By its number: logind knows who had it a moment ago by that one's name for some seconds more.
    uid = machine.run("id", "-u", "jack").strip()
    with ThreadPoolExecutor() as waiting:
        session = waiting.submit(ssh, tmp_path, "jack", "two", "sleep 50")
        until("a session", lambda: uid in machine.run("loginctl", "list-sessions"), LEFT_S)
        assert administrator.delete(f"{USERS}/jack").status_code == 200
        assert session.result(LEFT_S).returncode != 0
    assert ssh(tmp_path, "jack", "two", "true").returncode == 255
    assert machine.run("getent", "passwd", "jack", check=False) == ""
    assert not machine.file("/var/lib/c8210").joinpath("home", "jack").exists()
    # The same name again is somebody else, who finds nothing.
    assert administrator.post(USERS, json={"data": user}).status_code == 201
    assert ssh(tmp_path, "jack", "one", "ls").stdout == ""
    administrator.delete(f"{USERS}/jack")


@pytest.mark.covers("M-API-09", "M-API-11")
def test_switched_off_is_off(
    machine: Machine, administrator: httpx.Client, judy: str, tmp_path: Path
) -> None:
    """The ports are shut, and who is logged in is out."""
    with ThreadPoolExecutor() as waiting:
        session = waiting.submit(ssh, tmp_path, judy, PASSWORD, "echo in; sleep 100")
        until("a session", lambda: "judy" in machine.run("loginctl", "list-sessions"), LEFT_S)
        switch(administrator, "SSH", "no")
        switch(administrator, "FTP", "no")
        assert session.result(LEFT_S).returncode != 0
    until("SSH is shut", lambda: not listens(22), LEFT_S)
    until("FTP is shut", lambda: not listens(21), LEFT_S)
    until("told", lambda: state(administrator, "ssh")["state"] == "stopped", LEFT_S)
    until("told", lambda: state(administrator, "ftp")["state"] == "stopped", LEFT_S)
    switch(administrator, "SSH", "yes")
    switch(administrator, "FTP", "yes")
    until("SSH listens", lambda: listens(22), LEFT_S)
    until("FTP listens", lambda: listens(21), LEFT_S)
    assert ssh(tmp_path, judy, PASSWORD, "true").returncode == 0


def test_secrets_are_nowhere_to_be_read(machine: Machine, judy: str) -> None:
    """Neither password nor hash is in the journal, and only root reads the hash."""
    journal = machine.run("journalctl", "--no-pager", "--output=cat")
    assert PASSWORD not in journal
    assert "$y$" not in journal
    assert machine.run("stat", "--format=%a %U", "/run/userdb/judy.user-privileged").split() == [
        "600",
        "root",
    ]
    # The hash itself, for in half a gigabyte of sound any three characters come about by chance.
    records = json.loads(machine.file("/run/userdb/judy.user-privileged").read_text())
    hashed = records["privileged"]["hashedPassword"][0]
    assert hashed.startswith("$y$")
    found = machine.run("grep", "-rlF", "--", hashed, "/var/lib/c8210", "/run/c8210")
    assert found.split() == ["/run/c8210/system/ssh-accounts.json"]
