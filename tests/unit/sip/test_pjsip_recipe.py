"""How the SIP stack is built: the parts of the recipe agree with one another and with what they promise."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from common.sip import MOST_ENTITIES, MOST_FIELD
from daemons.sip.stack.guard import GuardLimits

ROOT = Path(__file__).parents[3]
RECIPE = ROOT / "daemons/sip/pjsip"
ADVISORIES = (ROOT / "docs/sip-advisories.md").read_text()
TESTS = {
    "G": ROOT / "tests/contract/test_sip_guard.py",
    "C": ROOT / "tests/contract/test_sip_guard_calls.py",
    "R": Path(__file__),
    "T": ROOT / "tests/contract/test_sip_torture.py",
    "U": ROOT / "tests/contract/test_sip_torture_rtp.py",
    "L": ROOT / "tests/contract/test_sip_guard_connections.py",
    "M": ROOT / "tests/contract/test_sip_guard_methods.py",
    "S": ROOT / "tests/contract/test_sip_torture_storm.py",
}
LIMITS = GuardLimits()


def settings() -> dict[str, int]:
    """Return what `config_site.h` defines."""
    text = (RECIPE / "config_site.h").read_text()
    found = re.findall(r"^#define (\w+) (\d+)$", text, re.MULTILINE)
    assert len(found) == text.count("#define"), "each is a name and a number"
    return {name: int(value) for name, value in found}


def test_limits_are_the_same_in_c_and_in_python() -> None:
    """In name, order and value: Python sets them by number."""
    listed = (RECIPE / "guard.h").read_text().split("GUARD_COUNTERS(X)")[0]
    in_c = {name: int(value) for name, value in re.findall(r"X\((\w+), (\d+)\)", listed)}
    in_python = {name: int(value) for name, value in asdict(LIMITS).items()}
    assert list(in_c.items()) == list(in_python.items())


def test_settings_bound_what_a_message_reaches() -> None:
    """Each bound that `docs/sip-advisories.md` speaks of."""
    bound = settings()
    assert bound["PJMEDIA_MAX_SDP_ATTR"] <= 64
    assert bound["PJMEDIA_MAX_SDP_MEDIA"] >= 2 * LIMITS.media
    assert bound["PJ_ICE_MAX_CAND"] >= LIMITS.candidates
    assert bound["PJSIP_MAX_PKT_LEN"] >= LIMITS.head + LIMITS.body
    assert bound["PJSUA_MAX_CALLS"] >= 2 * LIMITS.calls
    assert bound["PJSUA_MAX_ACC"] > 2 * MOST_ENTITIES
    assert bound["PJSIP_MAX_URL_SIZE"] >= 4 * MOST_FIELD
    assert bound["PJ_IOQUEUE_MAX_HANDLES"] >= 10 * bound["PJSUA_MAX_CALLS"]
    assert bound["PJ_IOQUEUE_MAX_HANDLES"] <= 1024, "more than select can watch"
    assert bound["PJSIP_TRANSPORT_SERVER_IDLE_TIME_FIRST"] <= 5
    assert bound["PJSIP_TCP_TRANSPORT_BACKLOG"] >= 100
    assert bound["PJSIP_TLS_TRANSPORT_BACKLOG"] >= 100
    assert bound["PJ_IOQUEUE_MAX_HANDLES"] >= LIMITS.strangers_links + 3 * LIMITS.known_links
    assert bound["PJSIP_TRANSPORT_SERVER_IDLE_TIME"] <= 120
    assert bound["PJMEDIA_RTP_NAT_PROBATION_CNT"] >= 2000
    assert bound["PJ_LOG_MAX_LEVEL"] <= 4


@pytest.mark.parametrize(
    ("file", "hunks"),
    [
        ("pjsip-apps/src/swig/pjsua2.i", 1),
        ("pjlib/src/pj/activesock.c", 2),
        ("pjlib/src/pj/ssl_sock_ossl.c", 1),
        ("pjmedia/src/pjmedia/sdp_neg.c", 2),
        ("pjmedia/src/pjmedia/stream_imp_common.c", 1),
        ("pjmedia/src/pjmedia/transport_srtp_sdes.c", 1),
        ("pjsip/src/pjsip-simple/evsub.c", 1),
        ("pjsip/src/pjsip/sip_msg.c", 2),
        ("pjsip/src/pjsip/sip_multipart.c", 1),
        ("pjsip/src/pjsip/sip_transport.c", 2),
        ("pjsip/src/pjsip/sip_util_statefull.c", 5),
        ("pjsip/src/pjsua-lib/pjsua_acc.c", 1),
        ("pjsip/src/pjsua2/call.cpp", 1),
    ],
)
def test_each_fix_is_in_the_patch(file: str, hunks: int) -> None:
    """The recipe applies it without any leniency, so what is in it is in the stack."""
    parts = re.split(r"^--- a/(\S+)$", (RECIPE / "fixes.patch").read_text(), flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert len(found) == 13
    assert len(re.findall(r"^@@ ", found[file], re.MULTILINE)) == hunks
    assert "patch --directory" in (RECIPE / "recipe.sh").read_text()


def test_each_setting_is_one_of_the_source() -> None:
    """A macro that PJSIP has given another name would bound nothing."""
    tree = next(iter(ROOT.glob("build/pjsip/*/tree/pjlib/include")), None)
    if tree is None:
        pytest.skip("the SIP stack is not built (make pjsip)")
    headers = [path for part in tree.parents[1].glob("pj*/include") for path in part.rglob("*.h")]
    text = "\n".join(
        path.read_text(errors="replace") for path in headers if "config_site" not in path.name
    )
    known = set(re.findall(r"^#\s*if(?:ndef| +!?defined\(?)\s*(\w+)", text, re.MULTILINE))
    assert set(settings()) - known == set()


@pytest.mark.parametrize("name", ["assign_from_bytes", "copy_to_bytearray"])
def test_what_calls_python_keeps_its_lock(name: str) -> None:
    """Each sound that comes or goes passes here; without the lock Python 3.13 crashes, and older ones may."""
    trees = ROOT.glob("build/pjsip/*/tree/pjsip-apps/src/swig/python/pjsua2_wrap.cpp")
    wrapper = max(trees, key=lambda file: file.stat().st_mtime, default=None)
    if wrapper is None:
        pytest.skip("the SIP stack is not built (make pjsip)")
    _, _, body = wrapper.read_text().partition(f"PyObject *_wrap_ByteVector_{name}(")
    function, _, _ = body.partition("\nSWIGINTERN PyObject")
    assert "__" + name in function
    assert "SWIG_PYTHON_THREAD_BEGIN_ALLOW" not in function


def test_each_test_that_an_advisory_names_is_one() -> None:
    """And every row says what stands against it."""
    named = re.findall(r"\b([GCRTULMS]) `(test_\w+)`", ADVISORIES)
    assert len(named) > 20
    missing = [name for file, name in named if f"def {name}(" not in TESTS[file].read_text()]
    assert missing == []
    rows = [line for line in ADVISORIES.splitlines() if line.startswith("| ")]
    assert all(cell.strip() for row in rows for cell in row.strip("|").split("|"))


def test_every_package_of_the_recipe_is_listed() -> None:
    """What is linked has its `-dev` package in the list, under a heading of its own."""
    listed = (ROOT / "etc/setup/packages.list").read_text().partition("[pjsip]\n")[2]
    names = {line.split()[0] for line in listed.partition("\n[")[0].splitlines() if line}
    libraries = ["bcg729", "gsm1", "opus", "speex", "speexdsp", "srtp2", "ssl", "upnp"]
    tools = {"uuid-dev", "swig", "g++", "make", "patch", "xz-utils"}
    assert names == {f"lib{name}-dev" for name in libraries} | tools
