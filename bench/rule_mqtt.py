"""MQTT in to MQTT out through rules, beside Node-RED on the same broker, in turns."""

import json
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from bench.client import Client as HttpClient
from bench.figures import (
    CannotMeasure,
    Figure,
    Table,
    at_least,
    at_most,
    median,
    milliseconds,
    percentile,
    spread,
)
from bench.peers.mosquitto import Client, message, running_mosquitto
from bench.peers.node_red import running_node_red
from bench.unit import Unit, running_unit
from common.content_filters import equality_text

RULES = 256
ROUNDS = 6
SINGLE = 100
"""Messages of a round that are sent when the one before has come out."""
PAUSE_S = (0.010, 0.014)
"""Between them: not faster than a rule may activate."""
STORM = 4000
"""Messages of a round that are sent as fast as they come out: for each rule fewer than it may activate in a second."""
WINDOW = 256
"""So many of them are under way at most, because nobody waits for what has QoS 0."""
P50_TIMES = 1.2
THROUGHPUT_SHARE = 0.6
RULES_TIMES = 1.3
SETTLE_S = 2.0
START_TIMEOUT_S = 20.0
TOPIC = "tnsaxis:MQTT/Message/Stateless"
PAYLOAD = "on"


@dataclass
class Party:
    """Somebody who turns a message on `NAME/in/NNN` into one on `NAME/out/NNN`."""

    name: str
    client: Client
    rules: int
    single_s: list[float] = field(default_factory=list)
    per_s: list[float] = field(default_factory=list)
    lost: int = 0

    @property
    def packets(self) -> list[bytes]:
        """One message for each rule."""
        return [message(_topic(self.name, "in", number), PAYLOAD) for number in range(self.rules)]

    def wait(self) -> None:
        """Return once it answers."""
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until:
            self.client.send(self.packets[-1])
            if self.client.drain(0.5):
                return
        raise CannotMeasure(f"{self.name} does not pass messages on")

    def say_singly(self) -> None:
        """Time messages one by one, to one rule after another."""
        packets = self.packets
        for number in range(SINGLE):
            time.sleep(random.uniform(*PAUSE_S))
            started = time.perf_counter()
            self.client.send(packets[number * 7 % self.rules])
            self.client.receive()
            self.single_s.append(time.perf_counter() - started)

    def storm(self) -> None:
        """Count how many pass in a second."""
        packets = self.packets
        sent = came = 0
        started = time.perf_counter()
        try:
            while came < STORM:
                more = min(WINDOW - (sent - came), STORM - sent)
                self.client.send(b"".join(packets[(sent + n) % RULES] for n in range(more)))
                sent += more
                came += self.client.receive()
        except TimeoutError:
            self.lost += sent - came
        else:
            self.per_s.append(STORM / (time.perf_counter() - started))


def measure() -> Table:
    """Measure a unit with many rules, one with a single rule, and Node-RED in turns."""
    with ExitStack() as stack:
        port = stack.enter_context(running_mosquitto())

        def party(name: str, rules: int = RULES) -> Party:
            answer = len(message(_topic(name, "out", 0), PAYLOAD))
            client = Client(port, f"{name}-watch", f"{name}/out/#", answer)
            stack.callback(client.close)
            return Party(name, client, rules)

        many, one = party("many"), party("one", 1)
        switch, topics = party("switch"), party("topics")
        for each in (many, one):
            _set_up(stack.enter_context(running_unit()), each, port)
        stack.enter_context(
            running_node_red([*_flow("switch", port), *_topic_flow("topics", port)])
        )
        everybody = (many, one, switch, topics)
        for each in everybody:
            each.wait()
        time.sleep(SETTLE_S)
        for _ in range(ROUNDS):
            for each in everybody:
                each.say_singly()
            for each in everybody:
                if each is not one:
                    each.storm()
    return _table(many, one, switch, topics)


def _table(many: Party, one: Party, switch: Party, topics: Party) -> Table:
    peer = min(switch, topics, key=lambda each: median(each.single_s))
    fastest = max(switch, topics, key=lambda each: median(each.per_s))
    p50, one_p50, peer_p50 = (median(each.single_s) for each in (many, one, peer))
    if not many.per_s:
        raise CannotMeasure("messages are lost")
    per_s, peer_per_s = median(many.per_s), median(fastest.per_s)
    return Table(
        "MQTT in to MQTT out through rules",
        (
            Figure(
                f"a message through a rule, {RULES} rules",
                spread(many.single_s),
                f"Node-RED: {spread(peer.single_s)}",
                f"median <= {P50_TIMES} x Node-RED",
                at_most(p50, P50_TIMES * peer_p50),
            ),
            Figure(
                "its p99",
                milliseconds(percentile(many.single_s, 99)),
                f"Node-RED: {milliseconds(percentile(peer.single_s, 99))}",
            ),
            Figure(
                f"a message through a rule, {RULES} rules, beside 1 rule",
                milliseconds(p50),
                f"1 rule: {spread(one.single_s)}",
                f"median <= {RULES_TIMES} x 1 rule",
                at_most(p50, RULES_TIMES * one_p50),
            ),
            Figure(
                f"messages/s through {RULES} rules",
                f"{per_s:.0f} ({min(many.per_s):.0f} to {max(many.per_s):.0f})",
                f"Node-RED: {peer_per_s:.0f} ({min(fastest.per_s):.0f} to {max(fastest.per_s):.0f})",
                f">= {THROUGHPUT_SHARE} x Node-RED",
                at_least(per_s, THROUGHPUT_SHARE * peer_per_s),
            ),
            Figure("messages lost", str(many.lost), f"Node-RED: {fastest.lost}"),
        ),
        (
            f"Node-RED's flow is the faster of two: mqtt in, a switch of {RULES} branches, mqtt out "
            f"({milliseconds(median(switch.single_s))}, {median(switch.per_s):.0f}/s); "
            f"and {RULES} times mqtt in, mqtt out "
            f"({milliseconds(median(topics.single_s))}, {median(topics.per_s):.0f}/s).",
            f"At QoS 0; messages/s with {WINDOW} under way.",
        ),
    )


def _topic(name: str, way: str, number: int) -> str:
    return f"{name}/{way}/{number:03}"


# -- the unit --


def _set_up(unit: Unit, party: Party, port: int) -> None:
    client = unit.client()
    server = {"server": {"protocol": "tcp", "host": "127.0.0.1", "port": port}}
    _ask(client, "client", "configureClient", server | {"clientId": party.name})
    _ask(client, "client", "activateClient", {})
    subscriptions = {"mqttFilterList": [{"topicFilter": f"{party.name}/in/+", "qos": 0}]}
    _ask(client, "event", "configureMqttSubscription", subscriptions)
    for listed in json.loads(client.get("/api/rules").body):
        client.request("DELETE", f"/api/rules/{listed['rule']['id']}")
    for number in range(party.rules):
        _post(client, "/api/rules", _rule(party.name, number), 201)


def _rule(name: str, number: int) -> dict[str, object]:
    content = equality_text({"mqtt-topic": _topic(name, "in", number)})
    return {
        "rule": {
            "name": f"R{number}",
            "action": 0,
            "trigger": {"topic": TOPIC, "content": content},
        },
        "action": {
            "template": "com.axis.action.fixed.mqttpublish",
            "parameters": {
                "topic": _topic(name, "out", number),
                "use_device_prefix": "false",
                "payload": PAYLOAD,
                "qos": "0",
            },
        },
    }


def _ask(client: HttpClient, page: str, method: str, params: Mapping[str, object]) -> None:
    question = {"apiVersion": "1.0", "method": method, "params": params}
    answer = _post(client, f"/axis-cgi/mqtt/{page}.cgi", question, 200)
    if b'"error"' in answer:
        raise CannotMeasure(f"{method} answers {answer[:200]!r}")


def _post(client: HttpClient, path: str, content: object, status: int) -> bytes:
    reply = client.request("POST", path, json.dumps(content).encode(), "application/json")
    if reply.status != status:
        raise CannotMeasure(f"{path} answers {reply.status}: {reply.body[:200]!r}")
    return reply.body


# -- Node-RED --

Flow = Sequence[Mapping[str, object]]


def _flow(name: str, port: int) -> Flow:
    """Return one way in, a switch, and a way out for each branch."""
    branches = [{"t": "eq", "v": _topic(name, "in", n), "vt": "str"} for n in range(RULES)]
    switch = {
        "id": f"{name}-switch",
        "type": "switch",
        "z": name,
        "property": "topic",
        "propertyType": "msg",
        "rules": branches,
        "checkall": "false",
        "repair": False,
        "outputs": RULES,
        "wires": [[f"{name}-out-{n}"] for n in range(RULES)],
    }
    return [
        *_broker(name, port),
        _in(name, "in", f"{name}/in/+", [f"{name}-switch"]),
        switch,
        *(_out(name, n) for n in range(RULES)),
    ]


def _topic_flow(name: str, port: int) -> Flow:
    """Return a way in and a way out for each topic."""
    ways_in = [
        _in(name, f"in-{n}", _topic(name, "in", n), [f"{name}-out-{n}"]) for n in range(RULES)
    ]
    return [*_broker(name, port), *ways_in, *(_out(name, n) for n in range(RULES))]


def _broker(name: str, port: int) -> Flow:
    return [
        {"id": name, "type": "tab", "label": name},
        {
            "id": f"{name}-broker",
            "type": "mqtt-broker",
            "broker": "127.0.0.1",
            "port": str(port),
            "clientid": f"{name}-flow",
            "protocolVersion": "4",
            "autoConnect": True,
            "cleansession": True,
            "keepalive": "60",
        },
    ]


def _in(name: str, id_: str, topic: str, wires: list[str]) -> Mapping[str, object]:
    return {
        "id": f"{name}-{id_}",
        "type": "mqtt in",
        "z": name,
        "topic": topic,
        "qos": "0",
        "datatype": "utf8",
        "broker": f"{name}-broker",
        "wires": [wires],
    }


def _out(name: str, number: int) -> Mapping[str, object]:
    return {
        "id": f"{name}-out-{number}",
        "type": "mqtt out",
        "z": name,
        "topic": _topic(name, "out", number),
        "qos": "0",
        "retain": "false",
        "broker": f"{name}-broker",
        "wires": [],
    }
