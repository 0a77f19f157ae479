"""The sending worker: a process without rights that sends one page to a multicast group, as RTP.

Arguments: the descriptors of its socket and of the sound, the daemon's process id, what kind of sound that is, the
name of the encoding, the factor on the samples. It ends with the sound.
"""

import sys
from contextlib import suppress

from common.confinement import Layers
from daemons.audio.worker import sandbox


def main(arguments: list[str]) -> None:
    """Confine the process, then send."""
    group, sound, parent = (int(argument) for argument in arguments[:3])
    kind, name, volume = arguments[3:6]
    layers = Layers()
    # It sends at the pace of sound and no faster, so it may go before others.
    sandbox.confine_process(layers, parent, 0, live=True, niceness=-10)
    # Only now, so that what these libraries start and map is confined too.
    from daemons.audio.multicast.encodings import encoding_named
    from daemons.audio.multicast.page_sounds import Sound, sound_of
    from daemons.audio.multicast.sender import Sender
    from daemons.audio.multicast.warm_up import warm_up_encoder

    encoding = encoding_named(name)
    source = sound_of(Sound(kind), sound, float(volume))
    warm_up_encoder(encoding)
    sender = Sender(group, encoding)
    sandbox.seal(layers)
    with suppress(KeyboardInterrupt):
        sender.run(source)


if __name__ == "__main__":
    main(sys.argv[1:])
