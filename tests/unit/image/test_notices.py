"""The notices of an image have every text that its packages bring along, once."""

import json
from pathlib import Path

from image.notices import debian, environment, web, written


def test_a_text_of_several_packages_stands_there_once_under_all_names() -> None:
    """Debian ships the same text in each package of a source."""
    text = written([("a", "GPL"), ("b", "MIT"), ("c", "GPL"), ("a", "GPL")])
    assert text.count("GPL") == 1
    assert "\na, c\n" in text
    assert "\nb\n" in text


def test_debians_notices_and_the_licences_they_refer_to_are_found(tmp_path: Path) -> None:
    """A name that points to another licence is not told again."""
    (tmp_path / "usr/share/doc/bash").mkdir(parents=True)
    (tmp_path / "usr/share/doc/bash/copyright").write_text("by Fox\n")
    (tmp_path / "usr/share/doc/bash/README").write_text("read me\n")
    licences = tmp_path / "usr/share/common-licenses"
    licences.mkdir()
    (licences / "GPL-3").write_text("the GPL")
    (licences / "GPL").symlink_to("GPL-3")
    assert list(debian(tmp_path)) == [("bash", "by Fox"), ("the licence GPL-3", "the GPL")]


def test_python_packages_have_theirs_wherever_they_keep_them(tmp_path: Path) -> None:
    """Beside the metadata, or in a folder of licences."""
    site = tmp_path / "usr/lib/c8210/venv/lib/python3.13/site-packages"
    for name in (
        "h11-0.16.dist-info/licenses/LICENSE.txt",
        "cffi-2.dist-info/AUTHORS",
        "cffi-2.dist-info/RECORD",
    ):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(name)
    assert [name for name, _ in environment(tmp_path)] == [
        "Python package cffi-2",
        "Python package h11-0.16",
    ]


def test_the_pages_packages_have_theirs(tmp_path: Path) -> None:
    """The text is that of the folder where npm has put the package."""
    lock = tmp_path / "lock.json"
    names = (
        "svelte",
        "carbon-components-svelte",
        "carbon-icons-svelte",
        "@fontsource/ibm-plex-mono",
        "@fontsource/ibm-plex-sans",
    )
    lock.write_text(
        json.dumps({"packages": {f"node_modules/{name}": {"version": "1"} for name in names}})
    )
    for name in names:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "LICENSE.md").write_text(f"licence of {name}")
        (tmp_path / name / "index.js").write_text("code")
    assert ("web package svelte 1", "licence of svelte") in list(web(tmp_path, lock))
    assert len(list(web(tmp_path, lock))) == len(names)
