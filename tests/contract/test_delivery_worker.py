"""The delivery worker: killed, stuck, idle, and what it is told; and the whole process killed at any moment."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from daemons.events.delivery.backoff import Limits
from daemons.events.recipients.kinds import File, Message
from tests.contract.delivery_rig import FIRST, QUICK, running, sink, tcp, until
from tests.contract.recipients_rig import hang, scripted

SECRET = "s3cret-w0rd"


def is_alive(pid: int | None) -> bool:
    """Whether a process is there."""
    return Path(f"/proc/{pid}").exists()


def contents(folder: Path) -> bytes:
    """Return all that the files below a folder hold."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_kills_lose_nothing_and_repeat_at_most_what_was_under_way(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """SIGKILL of the whole process, at moments that fall anywhere."""
    kills = 6
    promised: set[str] = set()
    async with sink() as there:

        def missing() -> set[str]:
            return promised - set(there.texts)

        for kill in range(kills + 1):
            last = kill == kills
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", str(Path(__file__).with_name("deliveries_process.py"))),
                *(str(tmp_path), str(there.port), "0" if last else "40"),
                stdout=asyncio.subprocess.PIPE,
            )
            assert process.stdout is not None
            try:
                if last:
                    await until(lambda: not missing())
                else:
                    for _ in range(8 + 5 * kill):
                        promised.add((await process.stdout.readline()).decode().split()[1])
                if kill % 2:  # in the midst of delivering, else of queueing
                    await there.gets(3)
            finally:
                process.kill()
                rest = await process.stdout.read()
                promised |= {line.split()[1] for line in rest.decode().splitlines()}
                await process.wait()
    counts = Counter(there.texts)
    repeated = sum(counts.values()) - len(counts)
    figure(f"{kills} kills, {len(promised)} messages promised, 0 lost, {repeated} sent twice")
    assert promised <= set(counts)
    assert repeated <= kills


async def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    """A new one does what the old one was at."""
    handlers = [hang]
    texts: list[str] = []

    async def one_after_the_other(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if handlers:
            await handlers.pop()(reader, writer)
        request = await reader.readuntil(b"\r\n\r\n")
        texts.append(request.split()[1].decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with scripted(one_after_the_other) as port:
        http = {"upload_url": f"http://127.0.0.1:{port}/"}
        async with running(tmp_path, {FIRST: ("com.axis.recipient.http", http)}) as rig:
            number = await rig.put("x")
            await until(lambda: not handlers)
            killed = rig.worker.pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            report = await rig.end_of(number)
            assert (report.state, report.attempts) == ("delivered", 2)
            assert rig.worker.pid not in (killed, None)
    assert texts == ["/?Message=x"]


async def test_a_stuck_worker_is_killed(tmp_path: Path) -> None:
    """It is stopped in mid-job: after the job's time and some grace, a new one takes over."""
    limits = Limits(first_wait_s=0.02, longest_wait_s=0.1, message_s=0.3)
    async with (
        sink() as there,
        running(tmp_path, {FIRST: tcp(there.port)}, limits, grace_s=3.0) as rig,
    ):
        await rig.end_of(await rig.put("first"))
        stuck = rig.worker.pid
        assert stuck is not None
        os.kill(stuck, signal.SIGSTOP)
        report = await rig.end_of(await rig.put("second"))
        assert report.state == "delivered"
        assert there.texts == ["first", "second"]
        assert not is_alive(stuck)


async def test_the_worker_is_there_only_when_there_is_something_to_do(tmp_path: Path) -> None:
    """It comes with the first message, serves the next, and goes when it is idle."""
    async with sink() as there, running(tmp_path, {FIRST: tcp(there.port)}, idle_s=0.3) as rig:
        assert rig.worker.pid is None
        await rig.end_of(await rig.put("first"))
        pid = rig.worker.pid
        await rig.end_of(await rig.put("second"))
        assert rig.worker.pid in (pid, None)
        await until(lambda: not is_alive(pid))
        assert rig.worker.pid is None
        await rig.end_of(await rig.put("third"))
        assert there.texts == ["first", "second", "third"]


def test_the_daemon_does_not_load_what_only_the_worker_needs() -> None:
    """It would cost every idle unit some 30 MB."""
    code = (
        "import sys, daemons.events.delivery.deliveries;"
        "print(*{'httpx', 'asyncssh', 'smbprotocol', 'cryptography', 'ftplib', 'smtplib', 'poplib', 'email'}"
        " & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-P", "-c", code], check=True, capture_output=True)
    assert loaded.stdout == b"\n"


async def test_secrets_are_in_no_file_no_argument_no_variable_and_no_report(tmp_path: Path) -> None:
    """They go to the worker over its pipe."""
    arrived = asyncio.Event()

    async def arrive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await hang(reader, writer)

    async with scripted(arrive) as port:
        ftp = {"host": "127.0.0.1", "port": str(port), "login": "camera", "password": SECRET}
        async with running(tmp_path, {FIRST: ("com.axis.recipient.ftp", ftp)}) as rig:
            file = tmp_path / "sound"
            file.write_bytes(b"x")
            await rig.deliveries.put(FIRST, "", "", Message(file=File(str(file), "door.wav")))
            await arrived.wait()
            process = Path(f"/proc/{rig.worker.pid}")
            shown = (process / "cmdline").read_bytes() + _environment(process)
            stored = contents(tmp_path)
            assert SECRET.encode() not in shown + stored
            assert SECRET not in repr(rig.reports)


def _environment(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except PermissionError:  # the worker lets nobody look
        return b""


@pytest.mark.covers("M-RCP-22", part="through the worker")
async def test_the_test_button(tmp_path: Path) -> None:
    """Whether it works and what there is to say, for a recipient that is stored nowhere."""
    async with sink() as there, running(tmp_path, {}) as rig:
        token, parameters = tcp(there.port)
        assert await rig.deliveries.test(token, parameters) == (True, "the connection was opened")
        for token, given, reason in (
            ("com.axis.recipient.tcp", {"host": "127.0.0.1", "port": "1"}, "Connection refused"),
            ("com.axis.recipient.tcp", {"host": "127.0.0.1"}, "Port is missing"),
            ("com.axis.recipient.tcp", {"host": "a\r\nb", "port": "1"}, "line break"),
            ("com.axis.recipient.sip", {"to": "sip:a@127.0.0.1"}, "called, nothing is sent"),
            ("com.axis.recipient.fax", {}, "there is no kind of recipient"),
        ):
            ok, said = await rig.deliveries.test(token, given)
            assert not ok
            assert reason in said


async def test_tests_and_deliveries_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """A test of a dead recipient takes its time; a message to another is there at once."""
    async with (
        scripted(hang) as dead,
        sink() as there,
        running(tmp_path, {FIRST: tcp(there.port)}, QUICK) as rig,
        asyncio.TaskGroup() as tasks,
    ):
        ftp = {"host": "127.0.0.1", "port": str(dead)}
        test = tasks.create_task(rig.deliveries.test("com.axis.recipient.ftp", ftp), name="test")
        assert (await rig.end_of(await rig.put("x"))).state == "delivered"
        assert not test.done()
        test.cancel()
