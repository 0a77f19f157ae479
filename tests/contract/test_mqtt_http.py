"""MQTT as Home Assistant sets it up: Python's axis, unchanged, against the whole suite and a real broker."""

from pathlib import Path

import httpx
from axis.device import AxisDevice
from axis.interfaces.mqtt import mqtt_json_to_event
from axis.models.configuration import Configuration
from axis.models.mqtt import ClientConfig, Message, Server, ServerProtocol, Ssl

from tests.contract.mqtt_rig import PASSWORD, USER, Seen, Watcher, running_broker
from tests.suite import ROOT_PASSWORD, Unit, until


async def test_axis_sets_up_the_client_and_reads_its_messages(unit: Unit, tmp_path: Path) -> None:
    """Configure, activate, publish everything; a message reads like an event of the unit."""
    port = int(unit.http_url.rpartition(":")[2])
    with running_broker(tmp_path) as broker:
        async with httpx.AsyncClient(timeout=20) as session:
            login = Configuration(
                session, "127.0.0.1", username="root", password=ROOT_PASSWORD, port=port
            )
            mqtt = AxisDevice(login).vapix.mqtt
            before = await mqtt.get_client_status()
            assert not before.status.active
            await mqtt.configure_client(
                ClientConfig(
                    Server("localhost", ServerProtocol.TCP, port=broker.ports["login"]),
                    activate_on_reboot=True,
                    username=USER,
                    password=PASSWORD,
                    connect_message=Message(use_default=True),
                    last_will_testament=Message(use_default=True),
                    ssl=Ssl(validate_server_cert=False),
                )
            )
            await mqtt.configure_event_publication()
            assert (await mqtt.get_event_publication_config()).event_filter_list is not None
            await mqtt.activate()
            after = await mqtt.get_client_status()
            assert after.status.active
            assert after.config.password == "*****"
            prefix = str(after.config.device_topic_prefix)
            with Watcher(broker.ports["tcp"], (f"{prefix}/event/#",)) as other:
                until("connected", lambda: "as joe" in broker.log or "u'joe'" in broker.log)
                with unit.admin() as admin:
                    for verb in ("activate", "deactivate"):
                        path = f"/axis-cgi/virtualinput/{verb}.cgi?schemaversion=1&port=9"
                        admin.get(path).raise_for_status()
                until("both events", lambda: len(nines(other)) == 2)
            event = mqtt_json_to_event(nines(other)[0].payload)
            assert event == {
                "topic": "tns1:Device/tnsaxis:IO/VirtualInput",
                "source": "port",
                "source_idx": "9",
                "type": "active",
                "value": "1",
            }
            await mqtt.deactivate()
            await mqtt.configure_event_publication([])
            ended = await mqtt.get_client_status()
            assert not ended.status.active


def nines(other: Watcher) -> list[Seen]:
    """Return the messages about virtual input 9."""
    seen = other.on("axis:IO/VirtualInput")
    return [one for one in seen if one.content["message"]["source"] == {"port": "9"}]
