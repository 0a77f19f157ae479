"""Much work is done in order, and lets others have their turn."""

import asyncio
import time

from daemons.events.turns import Turns


async def test_everything_is_done_in_the_order_in_which_it_came() -> None:
    """What comes of a piece comes after those that wait."""
    done: list[int] = []

    def do(number: int) -> None:
        done.append(number)
        if number == 1:
            turns.add(10)

    turns = Turns(do)
    for number in range(5):
        turns.add(number)
    assert done == []
    while len(turns):
        await asyncio.sleep(0)
    assert done == [0, 1, 2, 3, 4, 10]


async def test_others_have_their_turn_in_between() -> None:
    """However much waits."""
    turns: Turns[int] = Turns(lambda _: time.sleep(0.002), slice_s=0.001)
    for number in range(20):
        turns.add(number)
    seen = set()
    while len(turns):
        await asyncio.sleep(0)
        seen.add(len(turns))
    assert len(seen) == 20


async def test_a_piece_that_goes_wrong_takes_no_other_with_it() -> None:
    """The event loop tells of it."""
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, what: told.append(what))
    done: list[int] = []

    def do(number: int) -> None:
        if number == 0:
            raise ZeroDivisionError
        done.append(number)

    turns = Turns(do)
    turns.add(0)
    turns.add(1)
    while len(turns):
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (done, len(told)) == ([1], 1)


async def test_what_waits_can_be_looked_at_and_forgotten() -> None:
    """Then nothing of it is done."""
    done: list[int] = []
    turns = Turns(done.append)
    turns.add(1)
    turns.add(2)
    assert list(turns) == [1, 2]
    turns.clear()
    await asyncio.sleep(0)
    assert done == []
