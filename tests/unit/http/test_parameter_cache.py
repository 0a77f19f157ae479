"""What is remembered of the parameters is never older than the last change."""

import asyncio
from typing import cast

from common.bus.params import Pairs, ParamsInterface
from daemons.http.parameter_cache import KEPT, KEPT_LINES, ParameterCache


class Params:
    """A params daemon that counts questions, and answers when it is told to."""

    def __init__(self) -> None:
        self.value = "old"
        self.asked = 0
        self.answering = asyncio.Event()
        self.answering.set()

    async def select(self, groups: list[str], _access: int) -> list[tuple[bool, Pairs]]:
        """Return the value of this moment, some time later."""
        self.asked += 1
        value = self.value
        await self.answering.wait()
        return [(True, [(group, value)]) for group in groups]


def cache_of(params: Params) -> ParameterCache:
    """Return a cache before `params`."""
    return ParameterCache(cast(ParamsInterface, params))


async def test_a_question_is_asked_once_until_something_changes() -> None:
    """By group and by who asks."""
    params = Params()
    cache = cache_of(params)
    for _ in range(3):
        assert await cache.select(["A"], 1) == [(True, [("A", "old")])]
    assert params.asked == 1
    await cache.select(["A"], 6)
    await cache.select(["A", "B"], 1)
    assert params.asked == 3
    params.value = "new"
    cache.forget()
    assert await cache.select(["A"], 1) == [(True, [("A", "new")])]


async def test_an_answer_that_a_change_overtook_is_not_kept() -> None:
    """The signal can come while the old answer is on its way."""
    params = Params()
    cache = cache_of(params)
    params.answering.clear()
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(cache.select(["A"], 1), name="question")
        while not params.asked:
            await asyncio.sleep(0)
        params.value = "new"
        cache.forget()
        params.answering.set()
    assert asking.result() == [(True, [("A", "old")])]
    assert await cache.select(["A"], 1) == [(True, [("A", "new")])]


async def test_only_so_much_is_kept() -> None:
    """Whatever strangers ask for."""
    params = Params()
    cache = cache_of(params)
    for number in range(KEPT + 10):
        await cache.select([f"G{number}"], 1)
    await cache.select([f"G{KEPT + 9}"], 1)
    assert params.asked == KEPT + 10
    await cache.select(["G0"], 1)
    assert params.asked == KEPT + 11
    for _ in range(2):
        await cache.select(["x" * 300], 1)
    assert params.asked == KEPT + 13


async def test_long_answers_take_the_place_of_many() -> None:
    """A question of a few letters can have an answer of megabytes."""
    params = Params()
    cache = cache_of(params)
    await cache.select(["A"], 1)
    await cache.select([""] * KEPT_LINES, 1)
    for asked in (3, 4):
        await cache.select([""] * KEPT_LINES, 1)
        assert params.asked == asked
    for _ in range(2):
        await cache.select(["A"], 1)
    assert params.asked == 5
