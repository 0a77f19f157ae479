"""The decode worker: a short-lived process that gives up its rights, then turns strangers' files into sound.

Arguments: the descriptor of its socket, the daemon's process id, the largest file it may write, its niceness.
It greets, then does one job after the other until the socket closes.
"""

import errno
import os
import socket
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from common.confinement import Layers
from daemons.audio.worker import protocol, sandbox

if TYPE_CHECKING:
    from daemons.audio.worker import jobs


def main(arguments: list[str]) -> None:
    """Confine the process, greet, and work until the daemon closes the socket."""
    descriptor, parent, file_bytes, niceness = (int(argument) for argument in arguments)
    with socket.socket(fileno=descriptor) as daemon:
        layers = Layers()
        sandbox.confine_process(layers, parent, file_bytes, niceness=niceness)
        try:
            # Only now, so that what these libraries start and map is confined too.
            from daemons.audio.worker import jobs

            with (
                ThreadPoolExecutor(1, "loudness") as first,
                ThreadPoolExecutor(1, "peak") as second,
            ):
                bench = jobs.Bench((first, second))
                sandbox.seal(layers)
                _send(daemon, protocol.Ready(layers.held, layers.missing))
                _serve(daemon, bench)
        except (ImportError, OSError, MemoryError) as error:
            _send(daemon, protocol.Broken("".join(traceback.format_exception(error))[-2000:]))


def _serve(daemon: socket.socket, bench: "jobs.Bench") -> None:
    while True:
        packet, descriptors, _, _ = socket.recv_fds(daemon, protocol.PACKET_LIMIT, 4)
        if not packet:
            return
        try:
            reply = bench.work(protocol.parse_job(packet), descriptors)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            reply = protocol.NoRoom()
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        _send(daemon, reply)


def _send(daemon: socket.socket, message: protocol.Reply | protocol.Greeting) -> None:
    daemon.send(protocol.dump(message))


if __name__ == "__main__":
    main(sys.argv[1:])
