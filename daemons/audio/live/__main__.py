"""The codec worker: a process without rights that turns one talker's bytes into PCM.

Arguments: the descriptors of the talker's socket, of the PCM socket and of the one that orders for the leveller come
by; the daemon's process id; a `Work` in JSON. It ends with the talker, or when the daemon stops the playback.
"""

import contextlib
import socket
import sys

import msgspec

from common.confinement import Layers
from daemons.audio.live.talking import READY, Levelling, Work
from daemons.audio.worker import sandbox


def main(arguments: list[str]) -> None:
    """Confine the process, then decode."""
    talker, pcm, orders, parent = (int(argument) for argument in arguments[:4])
    work = msgspec.json.decode(arguments[4], type=Work)
    layers = Layers()
    sandbox.confine_process(layers, parent, 0, live=True)
    # Only now, so that what these libraries start and map is confined too.
    from common.errors import Unavailable
    from common.pcm import PlaybackSender, adopt
    from daemons.audio.live.decoder import Block, Decoder, decode, limit_silence
    from daemons.audio.live.leveller import SpeechLeveller

    leveller = SpeechLeveller(work.levelling.target_lufs, enabled=work.levelling.enabled)
    sender = PlaybackSender(adopt(pcm))
    control = adopt(orders)
    control.setblocking(False)

    def treat(block: Block) -> Block:
        with contextlib.suppress(BlockingIOError):
            while packet := control.recv(1024):
                order = msgspec.json.decode(packet, type=Levelling)
                leveller.configure(enabled=order.enabled, target_lufs=order.target_lufs)
        return leveller.process(block)

    with socket.socket(fileno=talker) as stream:
        limit_silence(stream, work.timeout_ms)
        # A moment of silence first, so that whatever is loaded at first use is there before files are out of reach.
        Decoder(work.codec).decode(bytes(960))
        SpeechLeveller(enabled=True).process(Decoder(work.codec).end())
        decoder = Decoder(work.codec)
        sandbox.seal(layers)
        control.send(READY)
        with contextlib.suppress(Unavailable):  # the playback was stopped: nothing is left to do
            decode(stream, decoder, treat, sender)
            sender.close()


if __name__ == "__main__":
    main(sys.argv[1:])
