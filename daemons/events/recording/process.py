"""The recorder as the daemon holds it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from common import child
from common.child import Child, Kind
from daemons.events.recording import protocol
from daemons.events.recording.protocol import Order, Report
from daemons.events.recording.unfinished import sweep

RecorderProcess = Child[Order, Report]

_MODULE = "daemons.events.recording.recorder"
_KIND: Kind[Order, Report] = Kind(
    name="the recorder",
    dump=protocol.dump,
    parse=protocol.parse_report,
    longest_packet=protocol.PACKET_LIMIT,
)


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[RecorderProcess]:
    """Run a recorder as long as the block lasts; raises `Unavailable` when none can be started.

    Whatever it has not finished by the end is gone, as is what one has left that ended with the daemon.
    """
    sweep(folder)
    try:
        async with child.started(
            _KIND,
            lambda control: child.launch(
                _MODULE, str(control), str(folder), descriptors=(control,)
            ),
        ) as recorder:
            yield recorder
    finally:
        sweep(folder)
