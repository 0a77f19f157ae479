"""The input process as the daemon holds it."""

from contextlib import AbstractAsyncContextManager

from common.child import Child, Kind
from common.child import started as child_started
from daemons.audio.input import protocol
from daemons.audio.input.protocol import Order, Report
from daemons.audio.worker.launch import launch

InputProcess = Child[Order, Report]

# Which board it is, where the simulated one lies, and ALSA's configuration there.
_ENVIRONMENT = ("C8210_BOARD", "C8210_RUNTIME", "ALSA_CONFIG_PATH")
_KIND: Kind[Order, Report] = Kind(
    name="the audio input",
    dump=protocol.dump,
    parse=protocol.parse_report,
    longest_packet=protocol.PACKET_LIMIT,
    queue_bytes=256 * 1024,
    goodbye_s=1.0,
)


def started() -> AbstractAsyncContextManager[InputProcess]:
    """Run an input process as long as the block lasts; raises `Unavailable` when none can be started."""
    return child_started(
        _KIND, lambda control: launch("daemons.audio.input", (control,), keep=_ENVIRONMENT)
    )
