"""The bill of materials names everything in an image with its version, and says what its source is."""

import json
import re
from pathlib import Path

import pytest

from image.bill import WEB, Component, bill, environment, packages, pages, sources

ROOT = Path(__file__).parents[3]

STATUS = """\
Package: bash
Status: install ok installed
Architecture: arm64
Version: 5.2.37-2+b8

Package: libssl3t64
Status: install ok installed
Architecture: arm64
Source: openssl
Version: 3.5.1-1

Package: adduser
Status: deinstall ok config-files
Architecture: all
Version: 3.1

Package: libgcc-s1
Status: install ok installed
Architecture: arm64
Source: gcc-14 (14.2.0-19)
Version: 14.2.0-19+b1
"""


def test_dpkgs_list_is_read_with_the_source_of_each() -> None:
    """A rebuild of the same source (`+b8`) has that source; what is no longer installed is not in it."""
    found = {one.name: one for one in packages(STATUS)}
    assert {name: one.source for name, one in found.items()} == {
        "bash": "bash 5.2.37-2",
        "libssl3t64": "openssl 3.5.1-1",
        "libgcc-s1": "gcc-14 14.2.0-19",
    }
    assert found["bash"].version == "5.2.37-2+b8"


def test_a_source_that_cannot_be_read_is_an_error() -> None:
    """Nothing is left out silently."""
    with pytest.raises(ValueError, match="its source is"):
        list(packages(STATUS.replace("gcc-14 (14.2.0-19)", "gcc 14 2")))


LISTED = """\
Package: linux-binary-7.3
Source: linux-signed-arm64 (7.3.4+1)
Version: 7.3.4-1
Architecture: arm64
Built-Using: linux (= 7.3.4-1)
Static-Built-Using: rustc (= 1.85-3), glibc (= 2.41-12)
SHA256: ab12

Package: raspi-firmware
Version: 1:1.20250430-4
Architecture: all
SHA256: cd34
"""


def test_what_was_taken_apart_has_its_sum_and_all_its_sources() -> None:
    """The source of a signed kernel has only signatures; what it was made with is named beside it."""
    kernel, firmware = packages(LISTED)
    made_from = "linux-signed-arm64 7.3.4+1, linux 7.3.4-1, rustc 1.85-3, glibc 2.41-12"
    assert (kernel.source, kernel.sha256) == (made_from, "ab12")
    origin = "raspi-firmware 1:1.20250430-4"
    assert firmware == Component(
        "deb", "raspi-firmware", "1:1.20250430-4", "all", source=origin, sha256="cd34"
    )


def test_an_empty_list_has_no_packages() -> None:
    """Nor is it an error."""
    assert list(packages("\n")) == []


def test_the_python_environment_is_in_it(tmp_path: Path) -> None:
    """By what each package says of itself; a licence that is a whole text counts with its first line."""
    site = tmp_path / "usr/lib/c8210/venv/lib/python3.13/site-packages"
    for name, licence in (
        ("h11", "License-Expression: MIT"),
        ("old", "License: BSD\n        all of it"),
    ):
        (site / f"{name}-1.0.dist-info").mkdir(parents=True)
        (site / f"{name}-1.0.dist-info/METADATA").write_text(
            f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{licence}\n\nText.\n"
        )
        (site / f"{name}-1.0.dist-info/RECORD").write_text(f"{name}/__init__.py,,\n")
    assert [(one.name, one.version, one.licence) for one in environment(tmp_path)] == [
        ("h11", "1.0", "MIT"),
        ("old", "1.0", "BSD"),
    ]


def test_what_a_python_package_brings_along_is_in_it(tmp_path: Path) -> None:
    """What its own bill names, and every library that is in it; not its own modules, nor itself once more."""
    folder = tmp_path / "usr/lib/c8210/venv/lib/python3.13/site-packages/av-18.1.0.dist-info"
    (folder / "sboms").mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.4\nName: av\nVersion: 18.1.0\n\n")
    told = [
        {"name": "av", "version": "18.1.0", "purl": "pkg:pypi/av@18.1.0?file_name=av.whl"},
        {"name": "libdrm", "version": "2.4", "purl": "pkg:rpm/almalinux/libdrm@2.4?x=y"},
        {"name": "a part without a name outside"},
    ]
    (folder / "sboms/auditwheel.cdx.json").write_text(json.dumps({"components": told}))
    digest = "sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
    (folder / "RECORD").write_text(
        f"av/_core.abi3.so,{digest},1\nav/x.cpython-313-aarch64-linux-gnu.so,{digest},1\n"
        f"av.libs/libx264-d6533a8d.so.165,{digest},1\n_data/libsndfile_arm64.so,{digest},1\n"
    )
    package, *brought = environment(tmp_path)
    assert package == Component("pypi", "av", "18.1.0")
    assert [(one.kind, one.name, one.version, one.source) for one in brought] == [
        ("bundled", "libdrm", "2.4", "av 18.1.0"),
        ("file", "libx264", "165", "av 18.1.0"),
        ("file", "libsndfile_arm64", "", "av 18.1.0"),
    ]
    told_of, library, _ = (one.entry() for one in brought)
    assert told_of["purl"] == "pkg:rpm/almalinux/libdrm@2.4"
    assert (library["type"], "purl" in library) == ("file", False)
    assert library["properties"] == [{"name": "c8210:brought-by", "value": "av 18.1.0"}]
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert library["hashes"] == [{"alg": "SHA-256", "content": abc}]
    assert sources([package, *brought]) == ["pypi av 18.1.0"]


def test_what_the_pages_are_made_of_is_in_it_with_what_that_needs() -> None:
    """From npm's lock file, once each."""
    lock = {
        "packages": {
            "node_modules/svelte": {
                "version": "5.0.0",
                "license": "MIT",
                "dependencies": {"clsx": "^2"},
            },
            "node_modules/clsx": {"version": "2.1.0", "dependencies": {"svelte": "*"}},
            "node_modules/vite": {"version": "8.0.0"},
        }
    }
    assert sorted(pages(lock, ["svelte"])) == [
        Component("npm", "clsx", "2.1.0"),
        Component("npm", "svelte", "5.0.0", licence="MIT"),
    ]


def test_every_package_that_a_page_imports_counts_as_part_of_the_pages() -> None:
    """Whatever the sources name comes from there; the project's own lock file has all of them."""
    declared = set(json.loads((ROOT / "web/package.json").read_text())["devDependencies"])
    named = set()
    for file in (ROOT / "web/src").rglob("*"):
        if file.suffix in {".ts", ".svelte", ".css"} and not file.name.endswith(".test.ts"):
            found = re.findall(r"['\"](@?[a-z][\w./-]*)['\"]", file.read_text())
            named |= {"/".join(name.split("/")[: 1 + name.startswith("@")]) for name in found}
    assert {"svelte", "carbon-components-svelte", "@fontsource/ibm-plex-sans"} <= named & declared
    assert named & declared <= set(WEB)
    lock = json.loads((ROOT / "web/package-lock.json").read_text())
    assert {one.name for one in pages(lock)} >= set(WEB)


def test_a_bill_is_the_same_for_the_same_components() -> None:
    """Whatever the order; and another one for others."""
    components = [Component("pypi", "h11", "0.16.0", licence="MIT"), *packages(STATUS)]
    one = bill(components, "1.0", "2026-01-01T00:00:00Z")
    assert one == bill(reversed(components), "1.0", "2026-01-01T00:00:00Z")
    assert (
        one["serialNumber"] != bill(components[1:], "1.0", "2026-01-01T00:00:00Z")["serialNumber"]
    )
    entries = one["components"]
    assert isinstance(entries, list)
    assert [entry["purl"] for entry in entries] == [
        "pkg:deb/debian/bash@5.2.37-2%2Bb8?arch=arm64",
        "pkg:deb/debian/libgcc-s1@14.2.0-19%2Bb1?arch=arm64",
        "pkg:deb/debian/libssl3t64@3.5.1-1?arch=arm64",
        "pkg:pypi/h11@0.16.0",
    ]
    assert entries[3]["licenses"] == [{"license": {"name": "MIT"}}]


def test_what_to_fetch_is_named_once() -> None:
    """A source of several packages has one line; a package of several sources has one for each."""
    components = [
        Component("deb", "libssl3t64", "3.5.1-1", "arm64", source="openssl 3.5.1-1"),
        Component("deb", "openssl", "3.5.1-1", "arm64", source="openssl 3.5.1-1"),
        Component("deb", "linux-binary", "7.3-1", "arm64", source="linux-signed 7.3, linux 7.3-1"),
        Component("npm", "svelte", "5.0.0"),
        Component("pypi", "h11", "0.16.0"),
    ]
    assert sources(components) == [
        "deb linux 7.3-1",
        "deb linux-signed 7.3",
        "deb openssl 3.5.1-1",
        "npm svelte 5.0.0",
        "pypi h11 0.16.0",
    ]
