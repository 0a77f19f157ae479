"""The MQTT client: 1,000 events a second with QoS 1 over a restart of the broker, and its CPU beside plain paho."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import CannotMeasure, Figure, Table, at_most
from bench.processes import cpu_seconds
from tests.contract.mqtt_rig import Broker, MqttUnit, Watcher, mqtt_unit, running_broker
from tests.contract.private_bus import private_bus

RATE = 1000
SECONDS = 10
TOTAL = RATE * SECONDS
AWAY = (SECONDS // 2, SECONDS // 2 + 2)
"""From which second to which the broker is away, in the round that counts losses."""
CPU_LIMIT = 0.10
CATCH_UP_S = 30.0
PEER = """
import sys, time
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

port, total, rate = map(int, sys.argv[1:])
client = paho.Client(CallbackAPIVersion.VERSION2)
client.connect("127.0.0.1", port)
client.loop_start()
payload = b"x" * 160
began, before = time.monotonic(), time.process_time()
for number in range(total):
    last = client.publish("peer/onvif:Device/axis:IO/ControlButtonGesture", payload, 1)
    behind = began + number / rate - time.monotonic()
    if behind > 0:
        time.sleep(behind)
last.wait_for_publish(30)
print((time.process_time() - before) / (time.monotonic() - began))
"""


def measure() -> Table:
    """Measure the daemon with a real broker on this machine."""
    try:
        with (
            tempfile.TemporaryDirectory(prefix="c8210-") as folder,
            running_broker(Path(folder)) as broker,
            private_bus() as bus,
        ):
            return asyncio.run(_measured(bus, broker))
    except FileNotFoundError as missing:
        raise CannotMeasure(f"{missing.filename} is not installed") from None


async def _measured(bus: object, broker: Broker) -> Table:
    async with mqtt_unit(bus, broker) as unit:  # type: ignore[arg-type]
        await unit.publish_events(
            {"topicFilter": "//.", "qos": 1}, topicPrefix="custom", customTopicPrefix="out"
        )
        await unit.connect(broker.ports["tcp"])
        share = await _share_of_cpu(unit, broker)
        peer = await asyncio.to_thread(_peer, broker.ports["tcp"])
        lost, again = await _over_a_restart(unit, broker)
        counts = (await unit.view()).status.counts
    return Table(
        f"MQTT: {RATE:,} events a second, QoS 1",
        (
            Figure(
                "CPU of the daemon, events taken from the bus included",
                f"{share:.1%}",
                f"plain paho, publishing the same: {peer:.1%}",
                f"at most {CPU_LIMIT:.0%}",
                at_most(share, CPU_LIMIT),
            ),
            Figure(
                f"events lost while the broker was away for {AWAY[1] - AWAY[0]} s",
                f"{lost} of {TOTAL:,}",
                f"{again} sent twice, {counts.dropped} dropped",
                "none",
                at_most(lost, 0),
            ),
        ),
    )


async def _say(unit: MqttUnit, start: int, each: Callable[[int], None]) -> None:
    began = asyncio.get_running_loop().time()
    for number in range(TOTAL):
        each(number)
        unit.pulse(start + number / RATE)
        behind = began + number / RATE - asyncio.get_running_loop().time()
        await asyncio.sleep(max(behind, 0))


async def _share_of_cpu(unit: MqttUnit, broker: Broker) -> float:
    began, before = time.monotonic(), cpu_seconds(unit.daemon.process.pid)
    await _say(unit, round(time.time()) - 1000, lambda _number: None)
    await unit.until(lambda view: not view.status.counts.waiting, CATCH_UP_S)
    return (cpu_seconds(unit.daemon.process.pid) - before) / (time.monotonic() - began)


def _peer(port: int) -> float:
    program = [sys.executable, "-c", PEER, str(port), str(TOTAL), str(RATE)]
    done = subprocess.run(program, check=True, capture_output=True, text=True)
    return float(done.stdout)


async def _over_a_restart(unit: MqttUnit, broker: Broker) -> tuple[int, int]:
    """Return how many were lost, and how many came more than once."""
    start = round(time.time()) - 1000
    returning: list[asyncio.Task[None]] = []

    def each(number: int) -> None:
        if number == RATE * AWAY[0]:
            broker.stop()
        if number == RATE * AWAY[1]:
            back = asyncio.to_thread(broker.start)
            returning.append(asyncio.get_running_loop().create_task(back, name="broker"))

    with Watcher(broker.ports["tcp"], ("out/#",), name="bench") as other:
        await _say(unit, start, each)
        await asyncio.gather(*returning)
        await unit.until(
            lambda view: view.status.connected and not view.status.counts.waiting, CATCH_UP_S
        )
        wanted = {start * 1000 + number * 1000 // RATE for number in range(TOTAL)}
        end = time.monotonic() + CATCH_UP_S
        while True:
            stamps = [json.loads(seen.payload)["timestamp"] for seen in other.on("Gesture")]
            if wanted <= set(stamps) or time.monotonic() > end:
                return len(wanted - set(stamps)), len(stamps) - len(set(stamps))
            await asyncio.sleep(0.2)
