"""File work in a thread whose outcome counts even when nobody waits for it any more."""

import asyncio
from collections.abc import Callable


async def commit(work: Callable[[], None], then: Callable[[], None]) -> None:
    """Do `work` in a thread, then `then` in the loop, even when the caller is cancelled meanwhile.

    A thread cannot be called back: without this a clip could be on disk and not in the list.
    """
    done = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait([done])
        if done.exception() is None:
            then()
        raise
    then()
