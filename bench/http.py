"""`param.cgi` with Digest through nginx, beside a bare Starlette hello through the same nginx."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.client import Client
from bench.figures import CannotMeasure, Figure, Table, at_least, at_most, median, milliseconds
from bench.peers.front import hello_behind_nginx
from bench.unit import running_unit

PATH = "/axis-cgi/param.cgi?action=list&group=root.Brand"
ROUNDS = 5
SECONDS = 3
CONNECTIONS = 16
MOST_REQUESTS = 60_000
"""More than one round can make."""
STALE_SHARE = 0.005
"""A request that more than 64 others overtake carries a count too old, and is asked for a fresh nonce."""
SHARE = 0.4
P99_TIMES = 2.0

SCRIPT = """\
local fields, next_one = {}, 0
for line in io.lines("%s") do fields[#fields + 1] = line end
request = function()
  next_one = next_one %% #fields + 1
  return wrk.format("GET", nil, { ["Authorization"] = fields[next_one] })
end
"""
"""Each request carries the next count of one nonce, as a client with many connections sends them."""


@dataclass(frozen=True)
class Load:
    """What wrk saw."""

    requests_per_s: float
    p99_s: float


def measure() -> Table:
    """Measure unit and peer in turns."""
    if shutil.which("wrk") is None:
        raise CannotMeasure("wrk is not installed (make bench installs it)")
    ours: list[Load] = []
    theirs: list[Load] = []
    with (
        running_unit() as unit,
        hello_behind_nginx(unit) as peer_port,
        tempfile.TemporaryDirectory() as folder,
    ):
        for _ in range(ROUNDS):
            script = _script(Path(folder), unit.client())
            theirs.append(_load(peer_port, script))
            ours.append(_load(unit.port, script))
    rate, hello_rate = (median(load.requests_per_s for load in loads) for loads in (ours, theirs))
    p99, hello_p99 = (median(load.p99_s for load in loads) for loads in (ours, theirs))
    return Table(
        "param.cgi?action=list&group=root.Brand with Digest",
        (
            Figure(
                f"requests/s, {CONNECTIONS} connections",
                f"{rate:.0f}",
                f"hello: {hello_rate:.0f}",
                f">= {SHARE} x hello",
                at_least(rate, SHARE * hello_rate),
            ),
            Figure(
                f"p99, {CONNECTIONS} connections",
                milliseconds(p99),
                f"hello: {milliseconds(hello_p99)}",
                f"<= {P99_TIMES:g} x hello",
                at_most(p99, P99_TIMES * hello_p99),
            ),
        ),
        (
            "Hello is a Starlette route on uvicorn behind an nginx with the unit's own configuration.",
        ),
    )


def _script(folder: Path, client: Client) -> Path:
    fields = folder / "authorization"
    fields.write_text("\n".join(client.authorization(PATH) for _ in range(MOST_REQUESTS)))
    script = folder / "digest.lua"
    script.write_text(SCRIPT % fields)
    return script


def _load(port: int, script: Path) -> Load:
    result = subprocess.run(
        [
            *("wrk", "--threads", "1", "--connections", str(CONNECTIONS)),
            *("--duration", f"{SECONDS}s", "--latency", "--script", str(script)),
            f"http://127.0.0.1:{port}{PATH}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", result.stdout)
    made = re.search(r"(\d+) requests in", result.stdout)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", result.stdout)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", result.stdout)
    if rate is None or p99 is None or made is None:
        raise CannotMeasure(f"wrk says something unknown: {result.stdout[:200]!r}")
    stale = int(refused[1]) if refused else 0
    if stale > STALE_SHARE * int(made[1]):
        raise CannotMeasure(f"{stale} of {made[1]} requests were refused")
    return Load(float(rate[1]), float(p99[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1.0}[p99[2]])
