"""The receiving worker: a process without rights that turns strangers' packets into PCM, for all sources.

Arguments: the descriptor of its connection to the daemon, the daemon's process id. It ends with that connection.
"""

import sys

from common.confinement import Layers
from daemons.audio.worker import sandbox


def main(arguments: list[str]) -> None:
    """Confine the process, then receive."""
    connection, parent = (int(argument) for argument in arguments[:2])
    layers = Layers()
    # It reads no more packets than it can play, so it may go before others: every period it sends has its time.
    sandbox.confine_process(layers, parent, 0, live=True, open_files=48, niceness=-10)
    # Only now, so that what these libraries start and map is confined too.
    from daemons.audio.multicast.receiver import Receiver
    from daemons.audio.multicast.warm_up import warm_up_decoders

    warm_up_decoders()
    sandbox.seal(layers)
    Receiver(connection).run(layers.held, layers.missing)


if __name__ == "__main__":
    main(sys.argv[1:])
