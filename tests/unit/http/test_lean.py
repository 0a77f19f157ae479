"""The edge stays small: none of what costs megabytes is loaded with it."""

import json
import subprocess
import sys

HEAVY = {
    "numpy",
    "scipy",
    "soundfile",
    "av",
    "cryptography",
    "argon2",
    "sqlite3",
    "xml",
    "httpx",
    "h11",
}
WHAT_IS_LOADED = """
import json, sys
import common.daemon
common.daemon.run = lambda *_arguments: None
import daemons.http.__main__
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_nothing_heavy_comes_with_the_edge() -> None:
    """No arithmetic, no cryptography of certificates, no database, no second HTTP parser."""
    finished = subprocess.run(
        [sys.executable, "-c", WHAT_IS_LOADED], capture_output=True, timeout=60, check=True
    )
    loaded = set(json.loads(finished.stdout))
    assert "starlette" in loaded
    assert not loaded & HEAVY
