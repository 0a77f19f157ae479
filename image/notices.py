"""The notices of everything in an image: who has the copyright of what, and under which licence it comes.

`python -P -m image.notices FILE FOLDER...` writes one text from what the packages themselves bring along. FOLDER is the
tree of the device, or what was taken apart without being installed.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from image.bill import WEB_LOCK, pages

RULE = "=" * 100
_NAMES = ("LICEN", "COPYING", "NOTICE", "AUTHORS", "COPYRIGHT")

Notice = tuple[str, str]
"""Of what it is, and the text."""


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace").strip()


def _is_notice(file: Path) -> bool:
    return file.is_file() and file.name.upper().startswith(_NAMES)


def debian(root: Path) -> Iterator[Notice]:
    """Yield what Debian's packages have in their folders of documents, and the licences that these refer to."""
    for file in sorted(root.glob("usr/share/doc/*/copyright")):
        if file.is_file():
            yield file.parent.name, _text(file)
    for file in sorted(root.glob("usr/share/common-licenses/*")):
        if file.is_file() and not file.is_symlink():
            yield f"the licence {file.name}", _text(file)


def environment(root: Path) -> Iterator[Notice]:
    """Yield what the Python packages bring along."""
    folders = root.glob("usr/lib/c8210/venv/lib/python3*/site-packages/*.dist-info")
    for folder in sorted(folders):
        name = f"Python package {folder.name.removesuffix('.dist-info')}"
        for file in sorted(folder.rglob("*")):
            if _is_notice(file) or (file.is_file() and "licenses" in file.parts):
                yield name, _text(file)


def web(modules: Path, lock: Path) -> Iterator[Notice]:
    """Yield what the packages of the web UI bring along."""
    for one in sorted(pages(json.loads(lock.read_text()))):
        for file in sorted(filter(_is_notice, (modules / one.name).iterdir())):
            yield f"web package {one.name} {one.version}", _text(file)


def written(notices: Iterable[Notice]) -> str:
    """Return all of them as one text; the same text of several packages stands there once, under all their names."""
    names: dict[str, list[str]] = {}
    for name, text in notices:
        known = names.setdefault(text, [])
        if name not in known:
            known.append(name)
    return "\n".join(f"{RULE}\n{', '.join(who)}\n{RULE}\n\n{text}\n" for text, who in names.items())


def main(arguments: list[str]) -> None:
    """Write the file."""
    roots = [Path(root) for root in arguments[1:]]
    notices: list[Notice] = [("C8210", _text(Path("LICENSE")))]
    for root in roots:
        notices += [*debian(root), *environment(root)]
    notices += web(Path("web/node_modules"), WEB_LOCK)
    Path(arguments[0]).write_text(written(notices))


if __name__ == "__main__":
    main(sys.argv[1:])
