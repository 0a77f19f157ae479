"""A process in the place of the stack that only lives, refuses to, or dies: `--fd N`.

What it does stands in the user agent of the endpoint it is told to start.
"""

import socket
import sys
import time

import msgspec

from daemons.sip.stack import wire


def main() -> None:
    """Do as told."""
    end = socket.socket(fileno=int(sys.argv[-1]))
    start = msgspec.json.decode(end.recv(wire.LONGEST_MESSAGE), type=wire.Order)
    if not isinstance(start, wire.Start):
        return

    def say(notice: wire.Notice) -> None:
        end.send(msgspec.json.encode(notice))

    match start.endpoint.user_agent:
        case "refuses":
            say(wire.Failed("the port is taken"))
            return
        case "dies":
            say(wire.Ready("1", (), tls=False))
            return
        case "lies":
            end.send(b'{"type":"Anything"}')
            time.sleep(60)
        case "begins late":
            time.sleep(0.5)
        case "hangs":
            say(wire.Ready("1", (), tls=False))
            time.sleep(60)
        case _:
            pass
    say(wire.Ready("1", (), tls=False))
    while packet := end.recv(wire.LONGEST_MESSAGE):
        if isinstance(msgspec.json.decode(packet, type=wire.Order), wire.Stop):
            return


if __name__ == "__main__":
    main()
