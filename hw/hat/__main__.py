"""Make what is made of the HAT's data.

`write` makes the tables of README.md and bom.csv anew; `write --check` only says whether they are up to date.
`overlay FILE` compiles the overlay; `eeprom --serial S FILE` makes the binary for the ID EEPROM of the board S.
"""

import argparse
import sys
from pathlib import Path

from hw.hat import bom, budget, eeprom, netlist, overlay, pages, pins


def made() -> dict[Path, str]:
    """Return each file that is made of the data, with what belongs into it."""
    page = pins.README.read_text()
    page = pages.with_part(page, "pins", pins.table(pins.load()))
    page = pages.with_part(page, "budget", budget.table(budget.load()))
    return {pins.README: page, bom.BOM: bom.table(netlist.load())}


def main(arguments: list[str]) -> int:
    """Do what is asked; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m hw.hat", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("write").add_argument("--check", action="store_true")
    verbs.add_parser("overlay").add_argument("file", type=Path)
    prom = verbs.add_parser("eeprom")
    prom.add_argument("--serial", required=True)
    prom.add_argument("file", type=Path)
    asked = parser.parse_args(arguments)

    if asked.verb == "overlay":
        overlay.compile_overlay(overlay.SOURCE, asked.file)
    elif asked.verb == "eeprom":
        settings = eeprom.parse(eeprom.TEXT.read_text())
        asked.file.write_bytes(eeprom.build(settings, asked.serial))
    else:
        old = [path for path, text in made().items() if not _says(path, text)]
        if asked.check:
            sys.stderr.writelines(f"{path.name} is not up to date\n" for path in old)
            return 1 if old else 0
        for path in old:
            path.write_text(made()[path])
    return 0


def _says(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
