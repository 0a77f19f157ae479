"""The decode worker: what it cannot do, and what happens when it breaks, hangs, lies or loses its daemon."""

import asyncio
import json
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import pytest

from common.errors import InvalidValue, Unavailable
from common.paths import LIBRARY
from daemons.audio.clips import factory, process
from daemons.audio.clips.process import DecodeWorkers, WorkerSession
from daemons.audio.clips.store import ClipStore
from daemons.audio.worker import sandbox
from daemons.audio.worker.protocol import ClipFormat, Import, Reply, Sound
from tests.contract.clip_rig import (
    add,
    alive,
    child,
    clip_store,
    kept_files,
    memory_file,
    no_sounds,
    two_tones,
    until_gone,
    wav_file,
)
from tests.contract.confined_probe import ATTEMPTS, FILE_BYTES

TONES = wav_file(two_tones(16_000), 16_000)
NOBODY = 65_534


def probe(folder: Path, kind: str = "clip", **options: Any) -> dict[str, Any]:
    """Run the probe and return its report."""
    file = folder / "output"
    file.touch()
    descriptor = os.open(file, os.O_RDWR)
    run = subprocess.run(
        child("tests.contract.confined_probe", str(descriptor), kind),
        cwd=LIBRARY,
        pass_fds=(descriptor,),
        capture_output=True,
        check=False,
        **options,
    )
    os.close(descriptor)
    assert run.returncode == 0, run.stderr.decode()
    assert file.stat().st_size <= FILE_BYTES
    return cast(dict[str, Any], json.loads(run.stdout))


def test_a_worker_can_do_nothing_but_read_and_write_what_it_was_given(tmp_path: Path) -> None:
    """Files, network, programs, processes, rights, code, memory: each was tried and refused."""
    report = probe(tmp_path)
    assert set(report["outcomes"]) == {*ATTEMPTS, "write much"}
    assert "done" not in report["outcomes"].values(), report
    assert {"dies with its daemon", "low priority", "limits"} <= set(report["held"])
    assert {"no new privileges", "system call filter"} <= set(report["held"])
    assert report["niceness"] == max(0, os.nice(0))
    assert report["oom"] == "1000"
    assert report["policy"] == os.SCHED_BATCH
    assert report["cpu_seconds"] == sandbox.CPU_SECONDS


def test_a_worker_that_somebody_listens_to_gives_up_the_same_rights(tmp_path: Path) -> None:
    """But not its turn on the processor: a talk may go on for days."""
    report = probe(tmp_path, "live")
    assert "done" not in report["outcomes"].values(), report
    assert "system call filter" in report["held"]
    assert report["niceness"] == os.nice(0)
    assert report["policy"] == os.SCHED_OTHER
    assert report["cpu_seconds"] == resource.getrlimit(resource.RLIMIT_CPU)[1]


@pytest.mark.skipif(
    os.getuid() != 0, reason="the test before this one was that of an ordinary user"
)
@pytest.mark.skipif(
    not all(folder.stat().st_mode & stat.S_IXOTH for folder in (LIBRARY, *LIBRARY.parents)),
    reason="the tree lies in a folder that only its owner may enter, as in root's home",
)
def test_an_ordinary_user_is_enough_for_that(tmp_path: Path) -> None:
    """The suite never runs as root; what needs rights is said to be missing, the rest holds."""
    report = probe(tmp_path, user=NOBODY, group=NOBODY, extra_groups=[])
    assert "done" not in report["outcomes"].values(), report
    assert "system call filter" in report["held"]


async def run_broken(workers: DecodeWorkers, folder: Path, harm: int) -> tuple[str, int]:
    """Harm a worker in the middle of a file; return what the sender reads, and the worker's process id."""
    reader, writer = os.pipe()
    files = [os.open(folder / name, os.O_RDWR | os.O_CREAT) for name in ("original", "pcm")]
    async with workers.session(2**24) as session:
        pid = session.pid
        async with asyncio.TaskGroup() as tasks:
            job = session.run(Import("", 2**20, 60.0), (reader, *files))
            running = tasks.create_task(_refusal(job), name="job")
            os.write(writer, TONES[:1_000])
            async with asyncio.timeout(20):
                while os.fstat(files[0]).st_size < 1_000:
                    await asyncio.sleep(0.01)
            if harm:
                os.kill(pid, harm)
    for descriptor in (reader, writer, *files):
        os.close(descriptor)
    return running.result(), pid


async def _refusal(job: Any) -> str:
    with pytest.raises(InvalidValue) as caught:
        await job
    return caught.value.message


@pytest.mark.parametrize("harm", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL, signal.SIGXCPU])
async def test_a_worker_that_crashes_is_a_file_that_cannot_be_decoded(
    tmp_path: Path, harm: signal.Signals
) -> None:
    """The daemon goes on, the next worker is a new one."""
    workers = DecodeWorkers()
    text, pid = await run_broken(workers, tmp_path, harm)
    assert text == "the file cannot be decoded"
    assert not alive(pid)
    async with workers.session(2**20) as session:
        assert session.pid != pid


async def test_a_worker_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that never ends costs its sender the time, and nobody else anything."""
    monkeypatch.setattr(process, "JOB_TIMEOUT_S", 0.3)
    text, pid = await run_broken(DecodeWorkers(), tmp_path, 0)
    assert text == "the file takes over 0 s to decode"
    assert not alive(pid)


async def test_a_worker_dies_with_its_daemon(tmp_path: Path) -> None:
    """No orphan keeps reading what nobody will ever hear."""
    program = tmp_path / "daemon.py"
    program.write_text(
        "import asyncio\n"
        "from daemons.audio.clips.process import DecodeWorkers\n"
        "async def main():\n"
        "    async with DecodeWorkers().session(2**20) as session:\n"
        "        print(session.pid, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    daemon = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", str(program)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(LIBRARY)},
    )
    assert daemon.stdout is not None
    worker = int(await daemon.stdout.readline())
    assert alive(worker)
    daemon.kill()
    await daemon.wait()
    await until_gone(worker)


class Liar:
    """Stands for a worker that was taken over by what it decoded."""

    def __init__(self, original: bytes, pcm: bytes, reply: Reply | bytes) -> None:
        self._original = original
        self._pcm = pcm
        self._reply = reply

    @asynccontextmanager
    async def session(self, file_bytes: int, *, background: bool = False) -> AsyncIterator["Liar"]:
        """Be a session too."""
        del file_bytes, background
        yield self

    async def run(self, job: object, descriptors: Sequence[int]) -> Reply:
        """Write something, say something."""
        del job
        os.write(descriptors[1], self._original)
        os.write(descriptors[2], self._pcm)
        return cast(Reply, self._reply)


def sound(size: int, frames: int) -> Sound:
    """Return a reply of the right form."""
    return Sound(ClipFormat.WAV, 48_000, 1, frames, size, "0" * 64, 1, -20.0, -1.0)


@pytest.mark.parametrize("claim", [(9, 4), (10, 5), (10, 2**40), (2**48, 4), (0, 4)])
async def test_a_worker_that_lies_about_sizes_is_not_believed(
    tmp_path: Path, claim: tuple[int, int]
) -> None:
    """What it says is held against what it wrote."""
    liar = cast(DecodeWorkers, Liar(bytes(10), bytes(16), sound(*claim)))
    store = ClipStore(tmp_path / "state", liar, sounds=no_sounds(tmp_path))
    await store.open()
    with pytest.raises(InvalidValue, match="the file cannot be decoded"):
        await add(store, TONES, "a.wav")
    assert kept_files(tmp_path) == []


class Babbler(WorkerSession):
    """A session whose worker says what it likes."""

    said = b""

    async def _receive(self) -> bytes:
        return self.said


@pytest.mark.parametrize(
    "said",
    [b"x" * 8192, b"{}", b'{"type":"sound"}', b'{"type":"encoded","size":-1}', b"\xff\xfe"],
)
async def test_a_worker_that_babbles_is_a_broken_one(tmp_path: Path, said: bytes) -> None:
    """No form but the agreed one is understood."""
    async with DecodeWorkers().session(2**20) as session:
        babbler = Babbler(session._connection, session._process)
        babbler.said = said
        source = memory_file(TONES)
        file = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
        with pytest.raises(InvalidValue, match="the file cannot be decoded"):
            await babbler.run(Import("", 2**20, 60.0), (source, file, file))
        os.close(source)
        os.close(file)


async def test_words_of_a_worker_cannot_write_control_codes(tmp_path: Path) -> None:
    """A refusal goes to logs and pages: only what can be printed passes."""
    async with DecodeWorkers().session(2**20) as session:
        babbler = Babbler(session._connection, session._process)
        babbler.said = json.dumps({"type": "refused", "reason": "a\x1b[2J\r\nb"}).encode()
        source = memory_file(TONES)
        file = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
        with pytest.raises(InvalidValue) as caught:
            await babbler.run(Import("", 2**20, 60.0), (source, file, file))
        os.close(source)
        os.close(file)
    assert caught.value.message == "a?[2J??b"


@pytest.mark.parametrize("program", ["/bin/true", "/bin/echo", "/does/not/exist"])
async def test_a_machine_that_cannot_start_workers_says_so(
    monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    """It is the unit that is at fault then, not the file."""
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(Unavailable, match="cannot be decoded at the moment"):
        async with DecodeWorkers().session(2**20):
            pass


async def test_without_workers_the_unit_does_all_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The factory's clips stay listed, each says that it cannot be decoded, and nothing ends for it."""
    monkeypatch.setattr(sys, "executable", "/does/not/exist")
    async with clip_store(tmp_path, sounds=factory.SOUNDS) as store:
        await store.prepare()
        listed = store.list()
        assert listed
        assert store.decoded() == []
        with pytest.raises(Unavailable, match="cannot be decoded at the moment"):
            await store.pcm_path(listed[0].index)


async def test_no_more_than_two_work_at_once() -> None:
    """The third waits for its turn."""
    workers = DecodeWorkers()
    async with workers.session(2**20), asyncio.TaskGroup() as tasks:
        entered = asyncio.Event()

        async def third() -> None:
            async with workers.session(2**20):
                entered.set()

        async with workers.session(2**20):
            waiting = tasks.create_task(third(), name="third")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await entered.wait()
        async with asyncio.timeout(20):
            await entered.wait()
            await waiting


async def test_who_waits_for_a_file_has_a_turn_and_what_nobody_waits_for_stands_back() -> None:
    """What is decoded in the background is nicer; the worker that was started beforehand is for who waits."""
    workers = DecodeWorkers(spare_s=30)
    await workers.prepare(2**20)
    spare = await the_only_worker()
    found = {}
    for background in (True, False):
        async with workers.session(2**20, background=background) as session:
            niceness = os.getpriority(os.PRIO_PROCESS, session.pid)
            found[background] = niceness, os.sched_getscheduler(session.pid), session.pid == spare
    ours = os.nice(0)
    assert found[True] == (max(10, ours), os.SCHED_BATCH, False)
    assert found[False] == (max(0, ours), os.SCHED_BATCH, True)


async def test_the_worker_of_the_next_file_is_there_already() -> None:
    """It was started beforehand, works once, and not where more or less may be written than it was told."""
    workers = DecodeWorkers(spare_s=30)
    pids: list[int] = []
    await workers.prepare(2**20)
    await workers.prepare(2**20)
    spare = await the_only_worker()
    for file_bytes in (2**21, 2**20, 2**20):
        async with workers.session(file_bytes) as session:
            pids.append(session.pid)
    assert len(set(pids)) == 3
    assert pids[1] == spare
    await workers.prepare(2**20)
    last = await the_only_worker()
    workers.close()
    workers.close()
    await until_reaped(last)


async def test_a_worker_that_nobody_needs_ends() -> None:
    """After its time; without that time nothing is started beforehand."""
    workers = DecodeWorkers(spare_s=0.5)
    await workers.prepare(2**20)
    spare = await the_only_worker()
    await until_reaped(spare)
    await DecodeWorkers().prepare(2**20)
    assert own_workers() == []
    async with workers.session(2**20) as session:
        assert session.pid != spare


async def until_reaped(pid: int) -> None:
    """Wait until nothing of a worker is left, the note of its end included."""
    with suppress(ProcessLookupError):
        async with asyncio.timeout(10):
            while True:
                os.kill(pid, 0)
                await asyncio.sleep(0.01)
    await asyncio.sleep(0)


async def the_only_worker() -> int:
    """Return the one that runs; of a process that has only just begun the kernel tells no command line yet."""
    async with asyncio.timeout(10):
        while len(found := own_workers()) != 1:
            await asyncio.sleep(0.01)
    return found[0]


def own_workers() -> list[int]:
    """Return the decode workers that this process has started and that run."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(pid) for pid in listed.split() if alive(int(pid)) and is_worker(int(pid))]


def is_worker(pid: int) -> bool:
    """Tell a decode worker from whatever else other tests have left running."""
    with suppress(OSError):
        return b"daemons.audio.worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False
