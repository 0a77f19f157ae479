"""baresip that answers by itself and sends back what it hears: the peer of calls."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import CannotMeasure
from bench.ports import free_port

START_TIMEOUT_S = 10.0
_CONFIG = """\
poll_method epoll
call_max_calls 64
audio_player aubridge,x
audio_source aubridge,x
audio_alert aubridge,alert
ausrc_channels 1
auplay_channels 1
sip_listen 127.0.0.1:{port}
net_interface 127.0.0.1
ringback_disabled yes
module_path /usr/lib/baresip/modules
module g711.so
module aubridge.so
module uuid.so
module_app account.so
module_app menu.so
"""
"""Everything else, its buffer for jitter among it, is as baresip has it."""


@contextmanager
def running_baresip() -> Iterator[int]:
    """Run it; yields its port."""
    program = shutil.which("baresip")
    if program is None:
        raise CannotMeasure("baresip is not installed (make bench installs it)")
    folder = Path(tempfile.mkdtemp(prefix="c8210-baresip-"))
    port = free_port()
    (folder / "config").write_text(_CONFIG.format(port=port))
    (folder / "accounts").write_text(f"<sip:unit@127.0.0.1:{port}>;regint=0;answermode=auto\n")
    (folder / "contacts").write_text("")
    process = subprocess.Popen(
        [program, "-f", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_bound(port, process, "baresip")
        yield port
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_bound(port: int, process: subprocess.Popen[bytes], name: str) -> None:
    """Return once a UDP port is bound."""
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end and process.poll() is None:
        if f":{port:04X} " in Path("/proc/net/udp").read_text():
            return
        time.sleep(0.02)
    raise CannotMeasure(f"{name} does not listen")
