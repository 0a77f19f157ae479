"""The rules of the house, held over every file that belongs to the project.

Each rule is a function that returns what breaks it; beside the test that holds it over the
project stands one that shows it something forbidden.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from common.bus.suite import DAEMONS

ROOT = Path(__file__).parents[2]


@cache
def files() -> list[Path]:
    """Return what is in the project or about to be: tracked or new, and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


@cache
def modules() -> dict[Path, ast.Module]:
    """Return the syntax of every Python module of the project."""
    return {
        path: ast.parse((ROOT / path).read_text(), str(path))
        for path in files()
        if path.suffix == ".py"
    }


def test_there_is_something_to_hold() -> None:
    """A rule held over nothing holds nothing."""
    assert len(modules()) > 100
    assert Path("common/errors.py") in modules()


# --- who may import whom ---------------------------------------------------------------------

OURS = {"common", "hw", "daemons", "units", "tests", "bench", "docs"}
MAY_IMPORT = {
    "common": {"common"},
    "hw": {"common", "hw"},
    "daemons": {"common", "hw", "daemons"},
    "units": {"common", "units"},
}
# These two gather what every daemon declares.
GATHERS = {"params": {"params", "records"}, "events": {"topics"}}
DECLARATIONS = set().union(*GATHERS.values())


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted name of everything that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wrong_imports(path: Path, tree: ast.Module) -> list[str]:
    """Return what a module imports against the direction of the house."""
    return [
        f"{path} imports {name}"
        for name in imported(tree)
        if name.split(".")[0] in OURS and not may_import(path, name.split("."))
    ]


def may_import(path: Path, name: list[str]) -> bool:
    """Tell whether a module of ours may import another of ours."""
    house = path.parts[0]
    if house not in MAY_IMPORT:
        return True
    if name[0] not in MAY_IMPORT[house]:
        return False
    if house == "daemons" and name[0] == "daemons":
        own = path.parts[1]
        return name[1:2] in ([], [own]) or not GATHERS.get(own, set()).isdisjoint(name[2:3])
    return True


def test_imports_go_one_way() -> None:
    """Daemons use common and hw, hw uses common, and no daemon knows another."""
    wrong = [line for path, tree in modules().items() for line in wrong_imports(path, tree)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("path", "line", "count"),
    [
        ("daemons/http/app.py", "from daemons.audio import engine", 1),
        ("daemons/http/app.py", "import daemons.audio.engine", 1),
        ("daemons/http/app.py", "from daemons import audio", 1),
        ("daemons/http/app.py", "from daemons.http import service", 0),
        ("daemons/http/app.py", "def f():\n  from daemons.audio import engine", 1),
        ("daemons/params/all.py", "from daemons.audio import params", 0),
        ("daemons/params/all.py", "from daemons.audio.params import PARAMETERS", 0),
        ("daemons/params/all.py", "from daemons.audio import topics", 1),
        ("daemons/audio/engine.py", "from hw.ports import Amplifier", 0),
        ("daemons/audio/engine.py", "from units.supervisor import suite", 1),
        ("common/paths.py", "import hw.ports", 1),
        ("common/paths.py", "from daemons import audio", 1),
        ("hw/ports.py", "import common.errors", 0),
        ("hw/ports.py", "import daemons.audio", 1),
        ("tests/contract/a.py", "import daemons.audio", 0),
    ],
)
def test_the_import_rule_sees_what_it_forbids(path: str, line: str, count: int) -> None:
    """Every direction that is shut is tried once."""
    assert len(wrong_imports(Path(path), ast.parse(line))) == count


# --- what no module does ---------------------------------------------------------------------

BANNED_MODULES = {"pickle", "marshal", "shelve", "dill", "commands"}
BANNED_CALLS = {
    "asyncio.create_task": "every task is born in a TaskGroup",
    "asyncio.ensure_future": "every task is born in a TaskGroup",
    "asyncio.create_subprocess_shell": "no shell",
    "os.system": "no shell",
    "os.popen": "no shell",
    "subprocess.getoutput": "no shell",
    "subprocess.getstatusoutput": "no shell",
    "yaml.load": "it makes objects out of strangers' text",
    "eval": "it runs text",
    "exec": "it runs text",
}


def banned(path: Path, tree: ast.Module) -> list[str]:
    """Return what a module does that none may."""
    wrong = [
        f"{path} imports {name}" for name in imported(tree) if name.split(".")[0] in BANNED_MODULES
    ]
    wrong += [
        f"{path} imports {name}: {BANNED_CALLS[name]}"
        for name in imported(tree)
        if name in BANNED_CALLS
    ]
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        where = f"{path}:{node.lineno} calls {called}"
        if called in BANNED_CALLS:
            wrong.append(f"{where}: {BANNED_CALLS[called]}")
        elif called.endswith(".create_task") and "name" not in keywords:
            wrong.append(f"{where} without a name")
        shell = keywords.get("shell")
        if shell is not None and not (isinstance(shell, ast.Constant) and shell.value is False):
            wrong.append(f"{where} with shell=")
    return wrong


def test_nothing_banned_is_used() -> None:
    """No shell, no pickles, no text run as code, no task without a group and a name."""
    wrong = [line for path, tree in modules().items() for line in banned(path, tree)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "line",
    [
        "asyncio.create_task(f(), name='a')",
        "from asyncio import create_task",
        "group.create_task(f())",
        "subprocess.run('a', shell=True)",
        "subprocess.run('a', shell=yes)",
        "os.system('a')",
        "import pickle",
        "from marshal import loads",
        "yaml.load(text)",
        "eval(text)",
    ],
)
def test_the_ban_sees_what_it_forbids(line: str) -> None:
    """Each kind of thing that is banned is tried once."""
    assert len(banned(Path("a.py"), ast.parse(line))) == 1


def test_the_ban_lets_pass_what_is_meant_instead() -> None:
    """A group's named task and an argument vector are the right way."""
    text = "group.create_task(f(), name='a')\nsubprocess.run(['a'], shell=False)\nyaml.safe_load(t)"
    assert banned(Path("a.py"), ast.parse(text)) == []


# --- what no file holds ----------------------------------------------------------------------

LONGEST = 400
CODE = {".py", ".sh", ".ts", ".js", ".svelte", ".css", ".scss", ".conf", ".html"}
# Written so that this file does not hold what it looks for.
FORBIDDEN_TEXT = {
    r"https?://[\w.-]*\b(debian|pypi|pythonhosted|npmjs)\.": "names a package registry's host",
    r"(?<![\w.])/wor[k]/|/roo[t]/|/hom[e]/\w": "names a path of one machine",
    r"\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b": "looks unfinished",
}
# The licence's own words, and addresses of people and pages inside it.
OTHERS_WORDS = {Path("LICENSE")}


def wrong_text(path: Path, text: str) -> list[str]:
    """Return what a file holds that none may."""
    wrong = [
        f"{path}:{number} {why}: {line.strip()[:80]}"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern, why in FORBIDDEN_TEXT.items()
        if re.search(pattern, line)
    ]
    if path.suffix in CODE and (lines := text.count("\n")) > LONGEST:
        wrong.append(f"{path} has {lines} lines: look for the second subject")
    return wrong


def test_no_file_holds_what_does_not_belong() -> None:
    """No address of a registry, no path of one machine, nothing unfinished, nothing endless."""
    wrong = []
    for path in files():
        content = (ROOT / path).read_bytes()
        if path not in OTHERS_WORDS and b"\0" not in content:
            wrong += wrong_text(path, content.decode())
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "https://files.pytho" + "nhosted.org/a",
        "https://pyp" + "i.org/a",
        "http://deb.deb" + "ian.org",
        "see /wo" + "rk/main",
        "# TO" + "DO: later",
        "\n" * (LONGEST + 1),
    ],
)
def test_the_text_rule_sees_what_it_forbids(text: str) -> None:
    """Each kind of thing that no file holds is tried once."""
    assert len(wrong_text(Path("a.py"), text)) == 1


# --- how a daemon's folder looks -------------------------------------------------------------

SHAPE = {"__init__.py", "__main__.py", "service.py", "README.md"}
SCREEN = 60


def wrong_shape(names: set[str], init: str, readme: str) -> list[str]:
    """Return how a daemon's folder differs from the others."""
    wrong = [f"lacks {name}" for name in sorted(SHAPE - names)]
    if init:
        wrong.append("has something in __init__.py")
    if readme.count("\n") > SCREEN:
        wrong.append("has a README.md of more than a screen")
    return wrong


@pytest.mark.parametrize("daemon", [member.name for member in DAEMONS])
def test_every_daemon_looks_alike(daemon: str) -> None:
    """Who knows one daemon finds the way in all."""
    folder = Path("daemons", daemon)
    here = {path: (ROOT / path).read_text() for path in files() if path.parent == folder}
    wrong = wrong_shape(
        {path.name for path in here},
        here.get(folder / "__init__.py", ""),
        here.get(folder / "README.md", ""),
    )
    assert not wrong, f"{folder} {', '.join(wrong)}"


def test_every_daemon_is_in_the_table_of_the_suite() -> None:
    """No folder that nothing starts, but for what a daemon to come has declared already."""
    started = {member.name for member in DAEMONS}
    others = {
        path
        for path in modules()
        if path.parts[0] == "daemons" and path.parts[1] not in started | {"__init__.py"}
    }
    assert {path.stem for path in others} <= DECLARATIONS | {"__init__"}, others
    assert started <= {path.parts[1] for path in modules() if path.match("daemons/*/__main__.py")}


def test_the_shape_sees_what_it_forbids() -> None:
    """Each way to differ is tried once."""
    assert wrong_shape(SHAPE, "", "") == []
    assert wrong_shape(SHAPE - {"service.py"}, "", "") == ["lacks service.py"]
    assert len(wrong_shape(SHAPE, "import os", "\n" * (SCREEN + 1))) == 2


def test_declarations_import_nothing_but_common() -> None:
    """What a daemon declares is read by others, so it may drag nothing along."""
    wrong = [
        f"{path} imports {name}"
        for path, tree in modules().items()
        if not DECLARATIONS.isdisjoint((*path.parts[2:-1], path.stem))
        if path.parts[0] == "daemons"
        if path.parts[1]
        != "params"  # it gathers those of the others, and leaves its own folder out
        for name in imported(tree)
        if name.split(".")[0] in OURS - {"common"}
        if not name.startswith(".".join(("daemons", path.parts[1], "params")))
    ]
    assert not wrong, "\n".join(wrong)
