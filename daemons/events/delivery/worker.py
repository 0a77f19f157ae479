"""The delivery worker: the process that speaks to recipients.

It reads its settings and then jobs from standard input, does all of them at once, and writes what became of each to
standard output. It ends when its input does. Secrets come in over that pipe and are kept in memory only.
"""

import asyncio
import importlib
import logging
import os
import re
import resource
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from common.confinement import die_with, hide_memory, refuse_privileges
from common.errors import InvalidValue
from daemons.events.delivery import protocol
from daemons.events.delivery.line import Line
from daemons.events.recipients.kinds import Failed
from daemons.events.recipients.registry import RECIPIENTS, checked

MEMORY_BYTES = 2**30
"""Of address space: what a lying server announces is not all allocated."""
OPEN_FILES = 512
STACK_BYTES = 2**20
LONGEST_REASON = 400


def main(arguments: list[str]) -> None:
    """Work until the daemon, whose process id is the argument, ends the input."""
    _confine(int(arguments[0]))
    output = _own_output()
    threading.stack_size(STACK_BYTES)
    logging.disable()  # what libraries say of strangers' answers goes nowhere
    asyncio.run(_serve(output))
    os._exit(0)  # without waiting for threads that wait for a server


def _confine(parent: int) -> None:
    die_with(parent)
    hide_memory()  # there are secrets in it
    refuse_privileges()
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        bounds = {limit, resource.getrlimit(what)[1]} - {resource.RLIM_INFINITY}
        resource.setrlimit(what, (min(bounds), min(bounds)))
    with suppress(OSError):  # short of memory, the kernel takes a worker first; it comes back
        Path("/proc/self/oom_score_adj").write_text("1000")


def _own_output() -> BinaryIO:
    """Return standard output, out of reach of a library that prints."""
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return output


async def _serve(output: BinaryIO) -> None:
    reader = asyncio.StreamReader(limit=protocol.LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    settings = protocol.settings.decode(await reader.readline())

    async def work(job: protocol.Job) -> None:
        output.write(protocol.line(await done(job, settings)))

    async with asyncio.TaskGroup() as jobs:
        while line := await reader.readline():
            job = protocol.job.decode(line)
            jobs.create_task(work(job), name=f"job {job.id}")


async def done(job: protocol.Job, settings: protocol.Settings) -> protocol.Result:
    """Do one job; return what became of it."""
    secrets = _secrets(job)
    try:
        said = await _attempted(job, settings)
    except Failed as failure:
        return protocol.Result(job.id, False, told(failure.reason, secrets), failure.permanent)
    except InvalidValue as error:
        return protocol.Result(job.id, False, told(error.message, secrets), permanent=True)
    except Exception as error:  # a library's own bug: the edge of the process
        reason = f"internal error ({type(error).__name__} in {_place(error)})"
        return protocol.Result(job.id, False, told(reason, secrets))
    return protocol.Result(job.id, True, told(said, secrets))


async def _attempted(job: protocol.Job, settings: protocol.Settings) -> str:
    parameters = checked(job.token, job.parameters)
    kind = RECIPIENTS[job.token]
    if not kind.sender:
        raise Failed("such a recipient is called, nothing is sent to it", permanent=True)
    sender: ModuleType = importlib.import_module(kind.sender)
    line = Line(
        loopback_allowed=settings.loopback_allowed,
        trusted=settings.trusted,
        qos=int(parameters["qos"]),
    )
    try:
        async with asyncio.timeout(job.seconds):
            if job.message is None:
                said: str = await sender.test(line, parameters)
            else:
                said = await sender.deliver(line, parameters, job.message)
            return said
    except TimeoutError:
        raise Failed(f"it took longer than {job.seconds:.0f} s") from None
    finally:
        line.close()


def _secrets(job: protocol.Job) -> list[str]:
    kind = RECIPIENTS.get(job.token)
    names = [p.name for p in kind.template.parameters if p.kind == "secret"] if kind else []
    return [job.parameters[name] for name in names if job.parameters.get(name)]


def told(reason: str, secrets: Iterable[str]) -> str:
    """Return what a server said, or a library, as one line for a person: short, printable, without our secrets."""
    for secret in sorted(secrets, key=len, reverse=True):
        reason = reason.replace(secret, "***")
    reason = re.sub(r"\s+", " ", reason)
    shown = "".join(character if character.isprintable() else "?" for character in reason).strip()
    return shown if len(shown) <= LONGEST_REASON else shown[:LONGEST_REASON] + "..."


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "nowhere"
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


if __name__ == "__main__":
    main(sys.argv[1:])
