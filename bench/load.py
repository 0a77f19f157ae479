"""Load on the processor beside what is measured."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from bench.figures import CannotMeasure

WORKERS = 2


@contextmanager
def busy_cores() -> Iterator[None]:
    """Keep two processor hogs running at normal priority."""
    if shutil.which("stress-ng") is None:
        raise CannotMeasure("stress-ng is not installed (make bench installs it)")
    process = subprocess.Popen(
        ["stress-ng", "--cpu", str(WORKERS), "--quiet"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()
