"""A real phone: baresip on loopback, with a WAV file for its microphone and another one for its ear."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.suite import free_port

WITHIN_S = 10.0
_CONFIG = """\
poll_method epoll
call_max_calls 64
call_local_timeout 30
audio_player aubridge,ear
audio_source {source}
audio_alert aubridge,alert
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
rtp_ports {rtp}-{rtp_end}
sip_listen {listen}
{tls}
net_interface {address}
ctrl_tcp_listen 127.0.0.1:{control}
opus_stereo no
opus_sprop_stereo no
ringback_disabled yes
snd_path {folder}
module_path /usr/lib/baresip/modules
"""
_MODULES = ("g711", "g722", "gsm", "l16", "opus", "aubridge", "aufile", "sndfile", "srtp", "uuid")
_APPLICATIONS = ("account", "menu", "ctrl_tcp")


class Phone:
    """A running baresip. Its events are kept in the order in which they came."""

    def __init__(
        self, process: subprocess.Popen[bytes], control: socket.socket, folder: Path, uri: str
    ) -> None:
        self.process = process
        self.folder = folder
        self.uri = uri
        """Where it is called."""
        self.events: list[dict[str, Any]] = []
        self._control = control
        self._rest = b""
        self._next = 0

    def do(self, command: str, parameters: str = "") -> None:
        """Give a command of its menu."""
        message = json.dumps({"command": command, "params": parameters}).encode()
        self._control.sendall(b"%d:%b," % (len(message), message))

    def call(self, uri: str) -> None:
        """Call somebody."""
        self.do("dial", uri)

    def answer(self) -> None:
        """Take the call that rings."""
        self.do("accept")

    def hang_up(self) -> None:
        """End the call, or refuse the one that rings."""
        self.do("hangup")

    def press(self, digit: str) -> None:
        """Press a key, and let it go (RFC 4733)."""
        self.do("sndcode", digit)

    def wait(self, kind: str, within_s: float = WITHIN_S) -> dict[str, Any]:
        """Return the next event of a kind; each is returned once, and those before it are passed over."""
        until = time.monotonic() + within_s
        while True:
            while self._next < len(self.events):
                event = self.events[self._next]
                self._next += 1
                if event.get("type") == kind:
                    return event
            if time.monotonic() > until:
                raise AssertionError(f"the phone did not say {kind}, but {self.events[-6:]}")
            self._read(until - time.monotonic())

    def heard(self) -> Path:
        """The file with what it has heard in its last call."""
        return max(self.folder.glob("dump-*-dec.wav"), key=lambda file: file.stat().st_mtime)

    @property
    def log(self) -> str:
        """What it has logged: codecs, and where sound comes from."""
        return (self.folder / "log").read_text(errors="replace")

    def _read(self, within_s: float) -> None:
        self._control.settimeout(max(within_s, 0.001))
        try:
            self._rest += self._control.recv(65_536)
        except TimeoutError:
            return
        while b":" in self._rest:
            length, _, after = self._rest.partition(b":")
            if len(after) <= int(length):
                return
            self.events.append(json.loads(after[: int(length)]))
            self._rest = after[int(length) + 1 :]


@contextmanager
def phone(
    folder: Path,
    microphone: Path | None = None,
    codecs: Sequence[str] = (),
    address: str = "127.0.0.1",
    transport: str = "udp",
    encryption: str = "",
    certificate: Path | None = None,
    answers: bool = False,
) -> Iterator[Phone]:
    """Run a phone until the block ends; `codecs` as in SDP, `pcmu/8000`; `encryption` is one of baresip's."""
    program = shutil.which("baresip")
    assert program, "baresip is not installed: etc/setup/packages.list"
    folder.mkdir(parents=True, exist_ok=True)
    port, control, rtp = _two_free_ports(), free_port(), free_port()
    host = f"[{address}]" if ":" in address else address
    with (folder / "config").open("w") as config:
        config.write(
            _CONFIG.format(
                source=f"aufile,{microphone}" if microphone else "aubridge,mouth",
                rtp=rtp - rtp % 2,
                rtp_end=rtp - rtp % 2 + 20,
                listen=f"{host}:{port}",
                tls=f"sip_certificate {certificate}\n" if certificate else "",
                address=address,
                control=control,
                folder=folder,
            )
        )
        config.writelines(f"module {module}.so\n" for module in _MODULES)
        config.writelines(f"module_app {module}.so\n" for module in _APPLICATIONS)
    parameters = {
        "regint": "0",
        "answermode": "auto" if answers else "manual",
        "audio_codecs": ",".join(codecs),
        "mediaenc": encryption,
    }
    (folder / "accounts").write_text(
        f"<sip:phone@{host}:{port};transport={transport}>"
        + "".join(f";{name}={value}" for name, value in parameters.items() if value)
        + "\n"
    )
    (folder / "contacts").write_text("")
    with ExitStack() as kept:
        log = kept.enter_context((folder / "log").open("wb"))
        process = subprocess.Popen(
            [program, "-f", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
        kept.callback(_end, process)
        link = kept.enter_context(_connected(process, control, folder / "log"))
        at = port + (transport == "tls")
        yield Phone(process, link, folder, f"sip:phone@{host}:{at};transport={transport}")


def _two_free_ports() -> int:
    """Return a port which is free, as is the next one: the phone takes that for TLS."""
    while True:
        port = free_port()
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port + 1))
            return port


def _connected(process: subprocess.Popen[bytes], port: int, log: Path) -> socket.socket:
    until = time.monotonic() + WITHIN_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1.0)
        except OSError as error:
            if process.poll() is not None or time.monotonic() > until:
                said = log.read_text(errors="replace")
                raise AssertionError(f"the phone does not run: {error}\n{said}") from error
            time.sleep(0.02)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(3.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
