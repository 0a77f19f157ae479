"""`mqtt/client.cgi`: the MQTT client (VAPIX sys-mqtt, section 1)."""

from typing import Final

import msgspec

from common.mqtt import PORTS, Announcement, ClientConfig, Server, Tls, View
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.vapix.families import SECOND_GENERATION
from daemons.http.vapix.json_api import JsonApi, NoData, NoParameters

api = JsonApi(
    "/axis-cgi/mqtt/client.cgi",
    id="mqtt-client",
    name="MQTT Client API",
    version="1.6",
    family=SECOND_GENERATION.with_errors(Conflict=2200),
    access=Access.ADMIN,
)


class ClientState(msgspec.Struct, rename="camel"):
    """How the client is."""

    state: str
    """`active` or `inactive`."""
    connection_status: str
    """`connected` or `disconnected`."""


class UsedDefault(msgspec.Struct, rename="camel"):
    """A message that is the default one."""

    use_default: bool = True


class Config(msgspec.Struct, rename="camel", omit_defaults=True):
    """The configuration as it is read back, every default filled in; messages that are not sent are left out."""

    server: Server
    http_proxy: str
    https_proxy: str
    username: str
    password: str
    client_id: str
    keep_alive_interval: int
    connect_timeout: int
    clean_session: bool
    auto_reconnect: bool
    device_topic_prefix: str
    last_will_testament: Announcement | UsedDefault | msgspec.UnsetType = msgspec.UNSET
    connect_message: Announcement | UsedDefault | msgspec.UnsetType = msgspec.UNSET
    disconnect_message: Announcement | UsedDefault | msgspec.UnsetType = msgspec.UNSET
    ssl: Tls | msgspec.UnsetType = msgspec.UNSET


class ClientStatus(msgspec.Struct):
    """The answer of `getClientStatus`."""

    status: ClientState
    config: Config


_FACTORY: Final = ClientConfig(Server(host="", port=PORTS["tcp"]))
"""What is shown of a client that was never configured."""
_VIEW: Final = msgspec.json.Decoder(View)


@api.method("configureClient", access=Access.ADMIN, changes=True)
async def configure_client(call: Call, wanted: ClientConfig) -> NoData:
    """Take another configuration; an active client connects anew."""
    await call.unit.mqtt.configure_client(msgspec.json.encode(wanted).decode())
    return NoData()


@api.method("activateClient", access=Access.ADMIN, changes=True)
async def activate_client(call: Call, _parameters: NoParameters) -> NoData:
    """Connect, and again after every restart."""
    await call.unit.mqtt.activate()
    return NoData()


@api.method("deactivateClient", access=Access.ADMIN, changes=True)
async def deactivate_client(call: Call, _parameters: NoParameters) -> NoData:
    """Disconnect."""
    await call.unit.mqtt.deactivate()
    return NoData()


@api.method("getClientStatus", access=Access.ADMIN, changes=False)
async def get_client_status(call: Call, _parameters: NoParameters) -> ClientStatus:
    """Return how the client is, and its configuration without secrets."""
    view = _VIEW.decode(await call.unit.mqtt.client())
    return ClientStatus(
        ClientState(
            "active" if view.status.active else "inactive",
            "connected" if view.status.connected else "disconnected",
        ),
        _config(view),
    )


def _config(view: View) -> Config:
    config = view.config or _FACTORY
    return Config(
        server=config.server,
        http_proxy=config.http_proxy,
        https_proxy=config.https_proxy,
        username=config.username,
        password=config.password,
        client_id=view.client_id,
        keep_alive_interval=config.keep_alive_interval,
        connect_timeout=config.connect_timeout,
        clean_session=config.clean_session,
        auto_reconnect=config.auto_reconnect,
        device_topic_prefix=view.device_topic_prefix,
        last_will_testament=_announcement(config.last_will_testament),
        connect_message=_announcement(config.connect_message),
        disconnect_message=_announcement(config.disconnect_message),
        ssl=config.ssl or msgspec.UNSET,
    )


def _announcement(message: Announcement | None) -> Announcement | UsedDefault | msgspec.UnsetType:
    if message is None:
        return msgspec.UNSET
    return UsedDefault() if message.use_default else message
