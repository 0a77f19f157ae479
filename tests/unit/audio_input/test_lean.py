"""What the speaker's process never loads, and the input's only when it is needed."""

import subprocess
import sys

import pytest

PROBE = """
import sys, importlib
importlib.import_module(sys.argv[1])
print(*sorted({name.partition(".")[0] for name in sys.modules} & set(sys.argv[2:])))
"""


@pytest.mark.parametrize("module", ["daemons.audio.__main__", "daemons.audio.input.__main__"])
def test_webrtc_is_not_loaded_before_it_is_wanted(module: str) -> None:
    """Neither the daemon nor the input process holds the library, or what decodes sound, from the start."""
    found = subprocess.run(
        [sys.executable, "-P", "-c", PROBE, module, "livekit", "google", "av", "scipy", "asyncio"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert found == ["asyncio"]
