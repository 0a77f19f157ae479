"""Writes what comes out of a tap to a file, packet by packet: a process that nothing in a test keeps waiting.

Arguments: the descriptor of the tap, the file.
"""

import os
import socket
import sys

from common.pcm import PACKET_BYTES
from common.realtime import become_realtime


def main(descriptor: int, path: str) -> None:
    """Read until the far end closes."""
    become_realtime(40)
    with socket.socket(fileno=descriptor) as tap:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        while packet := tap.recv(PACKET_BYTES):
            os.write(file, packet.ljust(PACKET_BYTES, b"\0"))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
