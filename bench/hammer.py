"""Asks a unit for parameters without a pause: `python -P -m bench.hammer PORT CONNECTIONS SECONDS`.

Prints how many answers came and how many of them were refusals.
"""

import sys
import threading
import time

from bench.client import Client
from bench.unit import PASSWORD, USER

PATH = "/axis-cgi/param.cgi?action=list&group=root.Brand"


def hammer(port: int, connections: int, seconds: float) -> tuple[int, int]:
    """Return the answers and the refusals of `connections` clients, each with one request under way."""
    answers: list[int] = []
    until = time.monotonic() + seconds

    def ask() -> None:
        client = Client("127.0.0.1", port, USER, PASSWORD)
        while time.monotonic() < until:
            answers.append(client.get(PATH).status)

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(answers), sum(status != 200 for status in answers)


if __name__ == "__main__":
    print(*hammer(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
