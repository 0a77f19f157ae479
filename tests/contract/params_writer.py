"""Writes numbered changes to a store for ever, for a test that takes the disk away under it.

`python -P -m tests.contract.params_writer FOLDER COUNT` writes change 1, 2, ... COUNT, each two values that belong
together, and notes each one in FOLDER/parameters.acknowledged once the store says that it is on the disk.
"""

import os
import sys
from pathlib import Path

from daemons.params.adapters.sqlite import SqliteStore
from daemons.params.change import Change, Line

ACKNOWLEDGED = "parameters.acknowledged"


def main() -> None:
    """Write until done."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    store = SqliteStore(folder)
    state = store.open().state
    notes = os.open(folder / ACKNOWLEDGED, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number in range(1, count + 1):
        text = f"{number}"
        change = Change(
            "writer",
            values={"Pair.First": text, "Pair.Second": text, f"Many.N{number % 40}": text * 20},
            history=[Line("Pair.First", "", text * 10)],
        )
        change.apply(state)
        store.commit([change], 0.0)
        os.write(notes, f"{number}\n".encode())
    store.close()


if __name__ == "__main__":
    main()
