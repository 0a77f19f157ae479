"""The hello application behind an nginx with the very configuration of the unit's."""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.figures import CannotMeasure
from bench.ports import free_port
from bench.unit import Unit
from common.paths import LIBRARY

START_TIMEOUT_S = 10.0


@contextmanager
def hello_behind_nginx(unit: Unit) -> Iterator[int]:
    """Start both; gives the port of plain HTTP."""
    with (
        tempfile.TemporaryDirectory(prefix="c8210-hello-", dir="/tmp") as folder,
        ExitStack() as stack,
    ):
        application = Path(folder, "hello.sock")
        http_port, https_port = free_port(), free_port()
        text = _configuration_of(unit).read_text()
        text, replaced = re.subn(r'"unix:[^"]+/http/http\.sock"', f'"unix:{application}"', text)
        if replaced != 1:
            raise CannotMeasure("the peer's nginx would lead to the unit")
        text = text.replace(f":{unit.port}", f":{http_port}").replace(
            f"listen {unit.port}", f"listen {http_port}"
        )
        text = re.sub(rf":{unit.https_port}\b", f":{https_port}", text)
        text = re.sub(rf"listen {unit.https_port}\b", f"listen {https_port}", text)
        Path(folder, "nginx.conf").write_text(text)
        module = (sys.executable, "-P", "-m", "bench.peers.hello", str(application))
        stack.enter_context(_running(*module))
        _until(application)
        program = ("nginx", "-e", "stderr", "-p", folder, "-c", f"{folder}/nginx.conf")
        stack.enter_context(_running(*program))
        _until(Path(folder, "nginx.pid"))
        yield http_port


def _configuration_of(unit: Unit) -> Path:
    for process in unit.processes():
        if process.name == "nginx" and "-c" in process.command:
            return Path(process.command[process.command.index("-c") + 1])
        found = re.search(r"-c (\S+nginx\.conf)", " ".join(process.command))
        if found:
            return Path(found[1])
    raise CannotMeasure("the unit's nginx does not say which configuration it has")


@contextmanager
def _running(*command: str) -> Iterator[None]:
    process = subprocess.Popen(
        command, cwd=LIBRARY, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _until(path: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not path.exists():
        if time.monotonic() > deadline:
            raise CannotMeasure(f"{path.name} of the peer does not appear")
        time.sleep(0.01)
