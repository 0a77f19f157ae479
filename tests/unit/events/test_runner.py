"""Actions are carried out in order, and one that hangs or fails harms no other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from common.bus.suite import AUDIO, IOPORTS
from common.errors import Conflict, Unavailable
from common.rules import Action, ActionTemplate
from daemons.events.actions import runner
from daemons.events.actions.kind import ActionKind, Job
from daemons.events.actions.outputs import LONGEST_STEP_MS, steps_of
from daemons.events.actions.runner import MOST_WAITING, NOT_BEGUN, Held, Runner


class Bench:
    """A runner with three kinds of action whose doings are noted."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.done: list[str] = []
        self.failures: list[str] = []
        self.problems: list[Exception] = []
        """Raised by the next beginnings, the first one first."""
        self.gate = asyncio.Event()
        self.plays = True
        self.asked: list[str] = []
        self.runner = Runner(
            {
                "once": ActionKind(ActionTemplate("once", "Once", ""), self._begin),
                "hang": ActionKind(ActionTemplate("hang", "Hang", ""), self._hang),
                "loop": ActionKind(
                    ActionTemplate("loop", "Loop", "", unlimited=True),
                    self._begin,
                    self._end,
                    AUDIO,
                    self._still,
                ),
            },
            tasks,
            lambda rule, why: self.failures.append(f"{rule}: {why}"),
        )

    async def _begin(self, job: Job) -> str:
        if self.problems:
            raise self.problems.pop(0)
        self.done.append(f"begin {job.rule}")
        return f"handle {job.rule}"

    async def _hang(self, job: Job) -> str:
        await self.gate.wait()
        return await self._begin(job)

    async def _end(self, job: Job, handle: str) -> None:
        self.done.append(f"end {handle}")

    async def _still(self, handle: str) -> bool:
        self.asked.append(handle)
        return self.plays


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """Run one."""
    async with asyncio.TaskGroup() as tasks:
        yield Bench(tasks)


def job(rule: int, template: str = "once") -> Job:
    """Return an activation."""
    return Job(rule, f"Rule {rule}", Action(template), None, 0.0)


async def settle(question: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(5):
        while not question():
            await asyncio.sleep(0.001)


async def test_each_rule_has_its_own_order_and_waits_for_no_other() -> None:
    """An action that hangs holds up its own rule alone."""
    async with bench() as at:
        at.runner.begin(job(1, "hang"))
        at.runner.begin(job(1))
        at.runner.begin(job(2))
        await settle(lambda: at.done == ["begin 2"])
        at.gate.set()
        await settle(lambda: at.done == ["begin 2", "begin 1", "begin 1"])


async def test_what_hangs_does_not_fill_the_memory() -> None:
    """Later steps of its rule are refused, and said."""
    async with bench() as at:
        for _ in range(MOST_WAITING + 2):
            at.runner.begin(job(1, "hang"))
        assert at.failures == ["1: its earlier actions are not over yet"] * 2
        at.gate.set()


async def test_what_lasts_ends_with_its_rule() -> None:
    """By the handle it got; what does not last has nothing to end."""
    async with bench() as at:
        at.runner.begin(job(1, "loop"))
        at.runner.begin(job(2))
        at.runner.end(1)
        at.runner.end(2)
        await settle(lambda: "end handle 1" in at.done)
        assert sorted(at.done) == ["begin 1", "begin 2", "end handle 1"]
        assert at.runner.held == {}


async def test_a_failure_is_told_and_the_next_is_tried() -> None:
    """A refusal is no reason to wait."""
    async with bench() as at:
        at.problems.append(Conflict("busy"))
        at.runner.begin(job(1))
        at.runner.begin(job(1))
        await settle(lambda: at.done == ["begin 1"])
        assert at.failures == ["1: busy"]


async def test_a_daemon_that_is_started_again_is_waited_for() -> None:
    """The clip is played a little later, not never."""
    async with bench() as at:
        at.problems += [Unavailable("away"), Unavailable("away")]
        at.runner.begin(job(1))
        await settle(lambda: at.done == ["begin 1"])
        assert at.failures == []


async def test_a_daemon_that_hangs_is_not_asked_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the time it has not answered nobody expects the action any more, and it may have been done."""
    monkeypatch.setattr(runner, "PATIENCE_S", 0.25)
    asked = 0

    async def hangs(_job: Job) -> str:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.3)
        raise Unavailable("no answer")

    async with asyncio.TaskGroup() as tasks:
        failures: list[str] = []
        kind = ActionKind(ActionTemplate("once", "Once", ""), hangs)
        Runner({"once": kind}, tasks, lambda _rule, why: failures.append(why)).begin(job(1))
    assert (asked, failures) == (1, ["no answer"])


async def test_what_lasts_begins_again_when_its_daemon_is_back() -> None:
    """Unless it is still under way by itself."""
    async with bench() as at:
        at.runner.begin(job(1, "loop"))
        await settle(lambda: at.done == ["begin 1"])
        at.runner.appeared(IOPORTS)
        at.runner.appeared(AUDIO)
        await settle(lambda: at.asked == ["handle 1"])
        at.plays = False
        at.runner.appeared(AUDIO)
        await settle(lambda: at.done == ["begin 1", "begin 1"])


@pytest.mark.parametrize(("handle", "begun"), [("handle 7", []), (NOT_BEGUN, ["begin 7"])])
async def test_an_earlier_process_hands_over_what_lasts(handle: str, begun: list[str]) -> None:
    """A restarted daemon neither begins it twice nor forgets to end it."""
    async with bench() as at:
        at.runner.resume({7: Held(job(7, "loop"), handle)})
        at.runner.end(7)
        await settle(lambda: at.done == [*begun, "end handle 7"])


async def test_an_unknown_action_is_told() -> None:
    """Its daemon may be another version's."""
    async with bench() as at:
        at.runner.begin(job(1, "com.example.x"))
        assert at.failures == ["1: there is no action 'com.example.x'"]


def test_an_output_is_held_for_longer_than_one_step() -> None:
    """70 s are two steps, then back; 0 s stays."""
    assert steps_of("active", 0) == [("active", 0)]
    assert steps_of("active", 70) == [
        ("active", LONGEST_STEP_MS),
        ("active", 70_000 - LONGEST_STEP_MS),
        ("inactive", 0),
    ]
