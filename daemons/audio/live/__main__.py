"""The codec worker: a process without rights that turns one talker's bytes into PCM.

Arguments: the descriptors of the talker's socket and of the PCM socket, the daemon's process id, the MIME type,
the receiver time-out in ms. It ends with the talker, or when the daemon stops the playback.
"""

import contextlib
import socket
import sys

from daemons.audio.live.codecs import CODECS
from daemons.audio.worker import sandbox


def main(arguments: list[str]) -> None:
    """Confine the process, then decode."""
    talker, pcm, parent, timeout_ms = (int(arguments[index]) for index in (0, 1, 2, 4))
    codec = CODECS[arguments[3]]
    layers = sandbox.Layers()
    sandbox.confine_process(layers, parent, 0, live=True)
    # Only now, so that what these libraries start and map is confined too.
    from common.errors import Unavailable
    from common.pcm import PlaybackSender, adopt
    from daemons.audio.live.decoder import decode, limit_silence, warm_up

    sender = PlaybackSender(adopt(pcm))
    with socket.socket(fileno=talker) as stream:
        limit_silence(stream, timeout_ms)
        warm_up(codec)
        sandbox.seal(layers)
        with contextlib.suppress(Unavailable):  # the playback was stopped: nothing is left to do
            decode(stream, codec, sender)
            sender.close()


if __name__ == "__main__":
    main(sys.argv[1:])
