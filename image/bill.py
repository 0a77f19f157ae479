"""The bill of materials of a tree, and what its corresponding source is.

`python -P -m image.bill TREE VERSION FOLDER [FILE...]` writes `bill.json` (CycloneDX 1.6: what `dpkg` knows, what the
Python environment and the web UI hold, what of others' the wheels in that environment bring along, and the packages
that each FILE lists as an archive does: what was taken apart without being installed), and `sources.txt`: a line for
each source package with its exact version, which `image/sources.sh` fetches.
"""

import base64
import csv
import json
import os
import re
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

NAMESPACE = uuid.UUID("82100000-0000-4000-8000-0000000000ff")

WEB = (
    "@fontsource/ibm-plex-mono",
    "@fontsource/ibm-plex-sans",
    "carbon-components-svelte",
    "carbon-icons-svelte",
    "svelte",
)
"""What the pages are made of; the other packages of `web` only build and test."""
WEB_LOCK = Path("web/package-lock.json")
BROUGHT = ("bundled", "file")
"""The kinds of what comes in a Python package of another name."""


@dataclass(frozen=True, order=True)
class Component:
    """One piece of software.

    `kind` is `deb`, `pypi` or `npm`; `source` what it was made from: `name version`, and more of them behind commas.
    Or something that a Python package brings along ready made, and `source` is that package: `bundled` is what the
    package tells of, by the package URL in `reference`; `file` a library, by its path in `reference`.
    """

    kind: str
    name: str
    version: str
    architecture: str = ""
    licence: str = ""
    source: str = ""
    sha256: str = ""
    reference: str = ""

    def purl(self) -> str:
        """Return the package URL; a file has none."""
        if self.kind in BROUGHT:
            return self.reference if self.kind == "bundled" else ""
        if self.kind == "pypi":
            return f"pkg:pypi/{quote(self.name.lower())}@{quote(self.version)}"
        if self.kind == "npm":
            return f"pkg:npm/{quote(self.name)}@{quote(self.version)}"
        return f"pkg:deb/debian/{quote(self.name)}@{quote(self.version)}?arch={self.architecture}"

    def entry(self) -> dict[str, object]:
        """Return what CycloneDX has of it."""
        purl = self.purl()
        # Two Python packages can bring the same thing along.
        ours = f"{self.source}: {self.reference}" if self.kind in BROUGHT else purl
        entry: dict[str, object] = {
            "type": "file" if self.kind == "file" else "library",
            "bom-ref": ours,
            "name": self.name,
        }
        if self.version:
            entry["version"] = self.version
        if purl:
            entry["purl"] = purl
        if self.licence:
            entry["licenses"] = [{"license": {"name": self.licence}}]
        if self.sha256:
            entry["hashes"] = [{"alg": "SHA-256", "content": self.sha256}]
        if self.source:
            name = "c8210:brought-by" if self.kind in BROUGHT else "debian:source"
            entry["properties"] = [{"name": name, "value": self.source}]
        return entry


def packages(listed: str) -> Iterator[Component]:
    """Yield the packages of dpkg's status file that are installed, or those of an archive's list."""
    for text in filter(str.strip, listed.split("\n\n")):
        fields = HeaderParser().parsestr(text)
        if not fields.get("Status", " installed").endswith(" installed"):
            continue
        name, version = fields["Package"], fields["Version"]
        match = re.fullmatch(r"(\S+)(?: \((\S+)\))?", fields.get("Source", name))
        if match is None:
            raise ValueError(f"{name}: its source is '{fields['Source']}'")
        # A rebuild of the same source has a suffix that the source has not.
        origin = match[2] or re.sub(r"\+b\d+$", "", version)
        # What else is in it: the kernel in its signed package, say (Debian policy, 7.8).
        using = fields.get("Built-Using", "") + ", " + fields.get("Static-Built-Using", "")
        parts = re.findall(r"(\S+) \(= (\S+)\)", using)
        made_from = ", ".join([f"{match[1]} {origin}", *(" ".join(part) for part in parts)])
        sha256 = fields.get("SHA256", "")
        yield Component("deb", name, version, fields["Architecture"], "", made_from, sha256)


def environment(tree: Path) -> Iterator[Component]:
    """Yield the Python packages of the suite's environment, and what each brings along."""
    for folder in sorted(tree.glob("usr/lib/c8210/venv/lib/python3*/site-packages/*.dist-info")):
        fields = HeaderParser().parsestr((folder / "METADATA").read_text())
        licence = fields.get("License-Expression") or fields.get("License") or ""
        name, version = fields["Name"], fields["Version"]
        yield Component("pypi", name, version, licence=licence.split("\n")[0])
        for file in sorted(folder.glob("sboms/*.json")):
            yield from _told(json.loads(file.read_text()), name, f"{name} {version}")
        yield from _libraries((folder / "RECORD").read_text(), f"{name} {version}")


def _told(told: Mapping[str, Any], package: str, brought_by: str) -> Iterator[Component]:
    """Yield what a package's own bill names (CycloneDX, PEP 770): what was linked into it, or copied from a system."""
    for one in told.get("components", ()):
        purl, _, _ = str(one.get("purl", "")).partition("?")
        # Such a bill names the package itself, too, and parts of it that have no name outside.
        if purl and one["name"] != package:
            version = str(one.get("version", ""))
            yield Component("bundled", one["name"], version, source=brought_by, reference=purl)


def _libraries(record: str, brought_by: str) -> Iterator[Component]:
    """Yield the shared libraries that pip's record of a package lists, but the package's own modules."""
    for path, digest, _ in csv.reader(record.splitlines()):
        file = path.rpartition("/")[2]
        library = re.fullmatch(r"(.+?)((?:-[0-9a-f]{8})*-?)\.so((?:\.\d+)*)", file)
        if library is None or re.search(r"\.(cpython-.*|abi3)\.so$", file):
            continue
        sha256 = base64.urlsafe_b64decode(digest.removeprefix("sha256=") + "=").hex()
        name, version = library[1], library[3].removeprefix(".")
        yield Component("file", name, version, source=brought_by, sha256=sha256, reference=path)


def pages(lock: Mapping[str, Any], names: Iterable[str] = WEB) -> Iterator[Component]:
    """Yield the packages of the web UI, and what they depend on, as npm's lock file has them."""
    packages = lock["packages"]
    waiting, seen = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        entry = packages[f"node_modules/{name}"]
        waiting.extend(entry.get("dependencies", {}))
        yield Component("npm", name, entry["version"], licence=entry.get("license", ""))


def bill(components: Iterable[Component], version: str, moment: str) -> dict[str, object]:
    """Return the bill of materials; the same components give the same bill."""
    entries = [one.entry() for one in sorted(components)]
    serial = uuid.uuid5(NAMESPACE, version + json.dumps(entries, sort_keys=True))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": moment,
            "component": {
                "type": "firmware",
                "bom-ref": "c8210",
                "name": "c8210",
                "version": version,
                "licenses": [{"license": {"id": "GPL-3.0-or-later"}}],
            },
        },
        "components": entries,
    }


def sources(components: Iterable[Component]) -> list[str]:
    """Return what to fetch: `deb SOURCE VERSION`, or `pypi` or `npm NAME VERSION`."""
    lines = set[str]()
    for one in components:
        if one.kind in BROUGHT:
            continue
        if one.kind == "deb":
            lines.update(f"deb {source}" for source in one.source.split(", "))
        else:
            lines.add(f"{one.kind} {one.name} {one.version}")
    return sorted(lines)


def main(arguments: list[str]) -> None:
    """Write both files."""
    import datetime

    tree, version, folder = Path(arguments[0]), arguments[1], Path(arguments[2])
    components = set(packages((tree / "var/lib/dpkg/status").read_text()))
    components.update(environment(tree))
    components.update(pages(json.loads(WEB_LOCK.read_text())))
    for file in arguments[3:]:
        components.update(packages(Path(file).read_text()))
    moment = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.UTC)
    folder.mkdir(parents=True, exist_ok=True)
    whole = bill(components, version, moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    (folder / "bill.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
    (folder / "sources.txt").write_text("\n".join(sources(components)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
