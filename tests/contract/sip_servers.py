"""Servers that others wrote: Kamailio as registrar and proxy, coturn for STUN and TURN."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tests.contract.sip_nat import entered
from tests.suite import free_port

REALM = "pbx.test"
KAMAILIO = shutil.which("kamailio") or "/usr/sbin/kamailio"
"""Debian keeps it in a folder that an ordinary user's PATH does not name."""
_START_S = 15.0

_MODULES = (
    *("kex", "pv", "tm", "sl", "rr", "maxfwd", "usrloc", "registrar", "auth"),
    *("textops", "siputils"),
)

_ROUTES = f"""
request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (is_method("ACK") && !has_totag()) {{ t_check_trans(); exit; }}
    if (has_totag()) {{ loose_route(); t_relay(); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (is_method("OPTIONS") && uri == myself) {{ sl_send_reply("200", "OK"); exit; }}
    $var(password) = "nobody's";
    switch ($au) {{
PASSWORDS
    }}
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("{REALM}", "$var(password)", "0")) {{ www_challenge("{REALM}", "1"); exit; }}
        save("location");
        exit;
    }}
    if (!pv_proxy_authenticate("{REALM}", "$var(password)", "0")) {{ proxy_challenge("{REALM}", "1"); exit; }}
    consume_credentials();
    record_route();
    if (!lookup("location")) {{ sl_send_reply("404", "Not Found"); exit; }}
    t_relay();
}}
"""


class Kamailio:
    """A registrar and proxy with some users, on UDP, TCP and, with a certificate, TLS."""

    def __init__(
        self,
        folder: Path,
        users: dict[str, str],
        *,
        certificate: tuple[Path, Path] | None = None,
        authority: Path | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        """`users` are authentication ids and passwords; `certificate` is one and its key.

        With an `authority`, who comes by TLS has to show a certificate that it has signed.
        """
        self.folder = folder
        self.host = host
        self.port = free_port()
        self.tls_port = free_port()
        self.log_file = folder / "kamailio.log"
        self._process: subprocess.Popen[bytes] | None = None
        modules = [*_MODULES, *(["tls"] if certificate else [])]
        lines = ["#!KAMAILIO", "debug=2", "log_stderror=yes", "children=1", "tcp_children=1"]
        lines += ["auto_aliases=no", f'alias="{REALM}"', "dns=no", "rev_dns=no", "disable_tcp=no"]
        lines += [f"listen=udp:{host}:{self.port}", f"listen=tcp:{host}:{self.port}"]
        if certificate:
            lines += ["enable_tls=yes", f"listen=tls:{host}:{self.tls_port}"]
        lines += ["shm_mem_size=32", "server_signature=no", "workdir=" + f'"{folder}"']
        lines += [f'loadmodule "{module}.so"' for module in modules]
        lines += ['modparam("usrloc", "db_mode", 0)', 'modparam("registrar", "min_expires", 1)']
        lines += ['modparam("rr", "enable_full_lr", 1)']
        if certificate:
            lines += [f'modparam("tls", "certificate", "{certificate[0]}")']
            lines += [f'modparam("tls", "private_key", "{certificate[1]}")']
            lines += ['modparam("tls", "tls_method", "TLSv1.2+")']
        if authority:
            lines += [f'modparam("tls", "ca_list", "{authority}")']
            lines += [f'modparam("tls", "{name}_certificate", 1)' for name in ("verify", "require")]
        passwords = "\n".join(
            f'        case "{user}": $var(password) = "{password}"; break;'
            for user, password in users.items()
        )
        self._configuration = folder / "kamailio.cfg"
        self._configuration.write_text("\n".join(lines) + _ROUTES.replace("PASSWORDS", passwords))

    def start(self) -> None:
        """Start it; returns when it listens."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [KAMAILIO, "-DD", "-E", "-f", str(self._configuration), "-Y", str(self.folder)],
                stdout=log,
                stderr=log,
            )
        _until_listening(self._process, self.host, self.port, self.log_file)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    @property
    def log(self) -> str:
        """What it has logged."""
        return self.log_file.read_text(errors="replace")


class Coturn:
    """A STUN and TURN server with one login."""

    USER, PASSWORD = "relayed", "Marker-turn-4711"

    def __init__(
        self, folder: Path, host: str = "127.0.0.1", *, namespace: str | None = None
    ) -> None:
        self.host = host
        self.port = free_port()
        self.log_file = folder / "coturn.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._namespace = namespace
        options = ["lt-cred-mech", f"user={self.USER}:{self.PASSWORD}", f"realm={REALM}"]
        options += [f"listening-ip={host}", f"relay-ip={host}", f"listening-port={self.port}"]
        options += ["no-tls", "no-dtls", "no-cli", "no-rfc5780", "allow-loopback-peers", "verbose"]
        options += ["log-file=stdout", "new-log-timestamp", "min-port=50000", "max-port=50100"]
        options += [f"userdb={folder}/turn.db", f"pidfile={folder}/turn.pid"]
        self._configuration = folder / "turn.conf"
        self._configuration.write_text("\n".join([*options, ""]))

    def start(self) -> None:
        """Start it; returns when it listens."""
        with self.log_file.open("ab") as log:
            inside = ("ip", "netns", "exec", self._namespace) if self._namespace else ()
            self._process = subprocess.Popen(
                [*inside, "turnserver", "-c", str(self._configuration)],
                stdout=log,
                stderr=log,
            )
        with entered(self._namespace) if self._namespace else nullcontext():
            _until_listening(self._process, self.host, self.port, self.log_file)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def log(self) -> str:
        """What it has logged."""
        return self.log_file.read_text(errors="replace")


def _until_listening(
    process: subprocess.Popen[bytes], host: str, port: int, log_file: Path
) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise AssertionError(f"it ended:\n{log_file.read_text(errors='replace')}")
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"it does not listen:\n{log_file.read_text(errors='replace')}")


@contextmanager
def running(*servers: Kamailio | Coturn) -> Iterator[None]:
    """Run servers."""
    try:
        for server in servers:
            server.start()
        yield
    finally:
        for server in servers:
            server.stop()
