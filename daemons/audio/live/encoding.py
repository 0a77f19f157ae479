"""The encoder worker: a process without rights that turns the audio input into the formats listeners want.

Arguments: the descriptors of the control socket and of the input's PCM, the daemon's process id. It ends with the
daemon, or when the input is switched off. It sees nothing of strangers, but libraries in C of which a fault must
not bring down the daemon.
"""

import contextlib
import sys

from common.confinement import Layers
from daemons.audio.worker import sandbox

OPEN_FILES = 64


def main(arguments: list[str]) -> None:
    """Confine the process, then encode."""
    control, pcm, parent = (int(argument) for argument in arguments)
    layers = Layers()
    sandbox.confine_process(layers, parent, 0, live=True, open_files=OPEN_FILES)
    # Only now, so that what these libraries start and map is confined too.
    from common.pcm import adopt
    from daemons.audio.live.broadcast import Broadcast, adopted
    from daemons.audio.live.encoders import warm_up
    from daemons.audio.live.orders import Ready, dump

    with adopted(control) as daemon, adopt(pcm) as sound:
        daemon.setblocking(True)
        warm_up()
        sandbox.seal(layers)
        with contextlib.suppress(ConnectionError):  # the daemon is gone: nobody needs us
            daemon.send(dump(Ready(layers.missing)))
            Broadcast(daemon, sound).run()


if __name__ == "__main__":
    main(sys.argv[1:])
