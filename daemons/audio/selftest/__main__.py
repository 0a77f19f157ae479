"""The process that does one self test: it plays, records and computes, so that the engine's process stays quiet.

Arguments: the descriptors of its messages, of the playback, of the output's tap and of the input's tap, the daemon's
process id, the plan in JSON.
"""

import socket
import sys
import traceback

from common.confinement import Layers
from daemons.audio.worker import sandbox


def main(arguments: list[str]) -> None:
    """Confine the process, then test."""
    messages, playback, played, heard, parent = (int(argument) for argument in arguments[:5])
    layers = Layers()
    sandbox.confine_process(layers, parent, 0, live=True)
    # Only now, so that what these libraries start and map is confined too.
    from common.errors import Unavailable
    from common.pcm import PlaybackSender, adopt
    from common.realtime import share_interpreter_quickly
    from daemons.audio.selftest import protocol
    from daemons.audio.selftest.performance import Performance, warm_up
    from daemons.audio.selftest.recording import Recorder

    share_interpreter_quickly()
    plan = protocol.parse_plan(arguments[5])
    with socket.socket(fileno=messages) as daemon:

        def tell(message: protocol.Message) -> None:
            daemon.send(protocol.dump(message))

        try:
            recorder = Recorder(
                socket.socket(fileno=played), socket.socket(fileno=heard), 2 * plan.total_s
            )
            performance = Performance(plan, PlaybackSender(adopt(playback)), recorder, tell)
            warm_up()
            recorder.start()
            sandbox.seal(layers)
            tell(performance.perform())
        except Unavailable:
            return  # the playback was stopped: nobody waits for a result
        except Exception as error:
            tell(protocol.Failed("".join(traceback.format_exception(error))[-2000:]))


if __name__ == "__main__":
    main(sys.argv[1:])
