"""Watching ports over HTTP: every move in order, for as long as the login lasts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from daemons.http.port_watch import MOST_OF_ONE, MOST_WAITING, MOST_WATCHERS
from daemons.http.vapix import port_monitor
from tests.unit.http.edge import Answer, Edge
from tests.unit.http.fake_ioports import port_view

PORT = "/axis-cgi/io/port.cgi"
INPUT_TOPIC = "tns1:Device/tnsaxis:IO/Port"
OUTPUT_TOPIC = "tns1:Device/tnsaxis:IO/OutputPort"
HEAD = "--ioboundary\r\nContent-Type: text/plain\r\n\r\n"


def move(edge: Edge, port: int, active: bool, topic: str = INPUT_TOPIC) -> None:
    """Tell a move as the ioports daemon does."""
    edge.unit.port_watch.happened(topic, {"port": str(port)}, {"state": str(int(active))})


@asynccontextmanager
async def watched(edge: Edge, query: str = "monitor=1") -> AsyncIterator[Awaitable[Answer]]:
    """Watch while the block lasts; then vera's account is removed, and what was sent can be awaited."""
    async with asyncio.TaskGroup() as tasks:
        answer = tasks.create_task(
            edge.ask("GET", f"{PORT}?{query}", login="vera", stays=True), name="watching"
        )
        await settled()
        yield answer
        await settled()
        await edge.system.remove_account("vera")
        await edge.unit.refresh_accounts()
        await answer


async def settled() -> None:
    """Let everybody go on."""
    for _ in range(20):
        await asyncio.sleep(0)


def parts(answer: Answer) -> list[str]:
    """Return the contents of the parts."""
    assert (answer.status, answer.header("content-type")) == (
        200,
        "multipart/x-mixed-replace; boundary=ioboundary",
    )
    first, *rest = answer.text.split(HEAD)
    assert first == ""
    return rest


async def test_every_move_is_a_part(edge: Edge) -> None:
    """In order; what is no move is none, and other ports and topics are not asked about."""
    async with watched(edge) as answer:
        move(edge, 0, False)
        move(edge, 0, False)
        move(edge, 1, True)
        move(edge, 0, True, OUTPUT_TOPIC)
        edge.unit.port_watch.happened("tns1:Device/tnsaxis:IO/VirtualInput", {"port": "1"}, {})
        await settled()
        move(edge, 0, True)
    assert parts(await answer) == ["1I:H\r\n", "1I:\\\r\n", "1I:/\r\n"]


async def test_what_did_not_move_is_told_beside_it(edge: Edge) -> None:
    """A line for each port, in the order asked for."""
    edge.ioports.views = [port_view(0, "output"), port_view(1, "output", active=True)]
    async with watched(edge, "monitor=2,1") as answer:
        move(edge, 0, True, OUTPUT_TOPIC)
    assert parts(await answer) == ["2O:H\r\n1O:L\r\n", "2O:H\r\n1O:/\r\n"]


@pytest.mark.covers("M-IO-06", part="monitor")
async def test_no_move_is_lost_at_500_a_second(edge: Edge) -> None:
    """Also when they come in bursts."""
    async with watched(edge) as answer:
        for number in range(2500):
            move(edge, 0, bool(number % 2))
            if number % 100 == 99:
                await settled()
    assert parts(await answer)[1:] == ["1I:\\\r\n", "1I:/\r\n"] * 1250


async def test_a_move_before_the_first_answer_is_not_lost(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the answer knows of it already or not."""
    ports = edge.ioports.ports

    async def slow() -> str:
        told = await ports()
        for active in (False, True, False):
            move(edge, 0, active)
        return told

    monkeypatch.setattr(edge.unit.port_watch, "_ask", slow)
    async with watched(edge) as answer:
        move(edge, 0, True)
    assert parts(await answer)[-1] == "1I:/\r\n"
    assert [part[-3] for part in parts(await answer)] == ["H", "\\", "/", "\\", "/"]


async def test_an_empty_part_tells_that_all_is_well(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every 15 s without a move."""
    assert port_monitor.QUIET_S == 15.0
    monkeypatch.setattr(port_monitor, "QUIET_S", 0.05)
    async with watched(edge) as answer:
        await asyncio.sleep(0.18)
    contents = parts(await answer)
    assert contents[0] == "1I:H\r\n"
    assert contents[1:] in (["\r\n"] * 2, ["\r\n"] * 3)


async def test_who_cannot_keep_up_is_given_up(edge: Edge) -> None:
    """The memory that somebody slow can take is bounded, and nobody is told half of it."""
    async with asyncio.timeout(10):
        async with watched(edge) as answer:
            for number in range(MOST_WAITING + 100):
                move(edge, 0, bool(number % 2))
            contents = parts(await answer)
    assert len(contents) == 1 + MOST_WAITING
    assert contents[-1] == "1I:/\r\n"


@asynccontextmanager
async def crowd(edge: Edge, **accounts: int) -> AsyncIterator[None]:
    """Have accounts watch, each so often."""
    async with asyncio.TaskGroup() as tasks:
        watching = [
            tasks.create_task(
                edge.ask("GET", f"{PORT}?monitor=1", login=account, stays=True), name="watching"
            )
            for account, number in accounts.items()
            for _ in range(number)
        ]
        await settled()
        yield
        for one in watching:
            one.cancel()


async def test_so_many_can_watch_and_no_more(edge: Edge) -> None:
    """Each who leaves makes room for another."""
    async with crowd(edge, oscar=MOST_OF_ONE, root=MOST_WATCHERS - MOST_OF_ONE):
        answer = await edge.ask("GET", f"{PORT}?monitor=1", login="vera")
        assert (answer.status, "watch the ports already" in answer.text) == (503, True)
    async with watched(edge) as answers:
        pass
    assert parts(await answers) == ["1I:H\r\n"]


async def test_no_account_takes_every_place(edge: Edge) -> None:
    """However often somebody watches, others can."""
    async with crowd(edge, oscar=MOST_OF_ONE):
        answer = await edge.ask("GET", f"{PORT}?monitor=1", login="oscar")
        assert (answer.status, "oscar watches" in answer.text) == (503, True)
        async with watched(edge) as answers:
            pass
    assert parts(await answers) == ["1I:H\r\n"]


async def test_a_refused_one_takes_no_place(edge: Edge) -> None:
    """However often it is tried."""
    for _ in range(MOST_WATCHERS + 1):
        assert (await edge.ask("GET", f"{PORT}?monitor=1,2", login="vera")).status == 400
    async with watched(edge) as answer:
        pass
    assert parts(await answer) == ["1I:H\r\n"]


@asynccontextmanager
async def comparing(edge: Edge) -> AsyncIterator[None]:
    """Have the watch compare in the background."""
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(edge.unit.port_watch.run(), name="comparing")
        yield
        running.cancel()


async def test_what_moved_while_the_daemon_was_away_is_told(edge: Edge) -> None:
    """Once, when it is back."""
    async with comparing(edge), watched(edge) as answer:
        edge.unit.port_watch.came_or_went(False)
        edge.ioports.views[0] = port_view(0)
        edge.unit.port_watch.came_or_went(True)
        await settled()
        edge.unit.port_watch.came_or_went(True)
    assert parts(await answer) == ["1I:H\r\n", "1I:\\\r\n"]


async def test_a_newer_move_counts_more_than_an_older_answer(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon was asked before the move, and its answer comes after it."""
    ports = edge.ioports.ports

    async def slow() -> str:
        told = await ports()
        move(edge, 0, False)
        return told

    async with comparing(edge), watched(edge) as answer:
        monkeypatch.setattr(edge.unit.port_watch, "_ask", slow)
        edge.unit.port_watch.rearranged()
    assert parts(await answer) == ["1I:H\r\n", "1I:\\\r\n"]


@pytest.mark.parametrize("views", [[port_view(0, "output")], []])
async def test_a_port_that_turns_round_ends_it(edge: Edge, views: list[object]) -> None:
    """Its letter would no longer hold: the client asks again."""
    async with asyncio.timeout(10), comparing(edge), watched(edge) as answer:
        edge.ioports.views = views  # type: ignore[assignment]
        edge.unit.port_watch.rearranged()
        assert parts(await answer) == ["1I:H\r\n"]


@pytest.mark.parametrize(
    "end",
    [
        lambda edge: edge.system.update_account("vera", {"password": "another one"}),
        lambda edge: edge.system.update_account("vera", {"role": "operator"}),
    ],
)
async def test_it_ends_with_its_login(edge: Edge, end: Callable[[Edge], Awaitable[None]]) -> None:
    """Another password or role is another login."""
    async with asyncio.timeout(10), watched(edge) as answer:
        await end(edge)
        await edge.unit.refresh_accounts()
        assert parts(await answer) == ["1I:H\r\n"]
