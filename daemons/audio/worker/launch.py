"""How the daemon starts and ends its workers, the processes that see strangers' sound."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress

from common import child


async def launch(
    module: str, descriptors: Sequence[int], *arguments: str, keep: Sequence[str] = ()
) -> asyncio.subprocess.Process:
    """Start `module` with some of our descriptors, which are its first arguments; then our process id, then the rest.

    It gets nothing else of ours but the variables of the environment in `keep`, and what decoders print about
    strangers' files goes nowhere. Raises OSError.
    """
    return await child.launch(
        module,
        *(str(descriptor) for descriptor in descriptors),
        str(os.getpid()),
        *arguments,
        descriptors=descriptors,
        keep=keep,
        errors=asyncio.subprocess.DEVNULL,
    )


async def end(process: asyncio.subprocess.Process) -> None:
    """See a worker off: killed rather than asked, for it holds nothing that must be put down and may be hostile."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
