"""WebSockets at the edge: who may open one, and from where."""

import pytest
from starlette.websockets import WebSocket

from common.errors import Conflict
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.gate import Gate
from daemons.http.sockets import Sockets, say
from daemons.http.vapix.catalogue import Catalogue
from tests.unit.http.edge import Edge

OWN_PAGE = {"Origin": "https://192.168.0.90"}


@pytest.fixture
def sockets(edge: Edge) -> Sockets:
    """Two sockets at the edge: one that echoes, for operators; one that fails once it is open."""
    found = Sockets(Catalogue())

    @found.on("/api/echo", access=Access.OPERATOR)
    async def echo(call: Call, socket: WebSocket) -> None:
        """Say everything back."""
        await socket.accept()
        assert call.identity is not None
        await say(socket, {"to": call.identity.name})
        while True:
            await socket.send_text(await socket.receive_text())

    @found.on("/api/busy", access=Access.VIEWER)
    async def busy(_call: Call, socket: WebSocket) -> None:
        """Open, and then have no time."""
        await socket.accept()
        raise Conflict("somebody else speaks")

    edge.gate = Gate(edge.gate._routes, edge.unit, edge.unit.authenticator, found)
    return found


@pytest.mark.usefixtures("sockets")
async def test_a_socket_is_for_its_role(edge: Edge) -> None:
    """The others are answered as to any request, before it opens."""
    heard = await edge.converse("/api/echo", "a", "b", login="oscar")
    assert (heard.status, heard.texts) == (101, ['{"to":"oscar"}', "a", "b"])
    assert (await edge.converse("/api/echo", "a", login="vera")).status == 403
    assert (await edge.converse("/api/echo", "a")).status == 401
    assert (await edge.converse("/api/nothing", "a", login="oscar")).status == 404


@pytest.mark.usefixtures("sockets")
async def test_a_session_is_believed_from_the_units_own_pages_only(edge: Edge) -> None:
    """A browser shows its cookie to whatever page opens a socket here."""
    cookie = {"Cookie": (await edge.log_in("oscar"))["Cookie"]}
    assert (await edge.converse("/api/echo", headers=cookie)).status == 403
    assert (await edge.converse("/api/echo", headers={**cookie, **OWN_PAGE})).status == 101
    for foreign in ("https://evil.example", "https://192.168.0.90:8443", "null"):
        origin = {"Origin": foreign}
        assert (await edge.converse("/api/echo", headers={**cookie, **origin})).status == 403
        assert (await edge.converse("/api/echo", headers=origin, login="oscar")).status == 403
    marked = {**cookie, **OWN_PAGE, "Sec-Fetch-Site": "same-site"}
    assert (await edge.converse("/api/echo", headers=marked)).status == 403


@pytest.mark.usefixtures("sockets")
async def test_what_goes_wrong_later_is_said_in_the_socket(edge: Edge) -> None:
    """An error object, and the end."""
    heard = await edge.converse("/api/busy", login="vera", leaves=False)
    said = '{"error":{"code":"conflict","message":"somebody else speaks"}}'
    assert (heard.status, heard.texts, heard.closed) == (101, [said], True)


@pytest.mark.usefixtures("sockets")
async def test_a_socket_is_opened_by_a_name_of_the_unit_only(edge: Edge) -> None:
    """Another site's name that points here is none."""
    headers = {"Host": "evil.example", "Origin": "https://evil.example"}
    assert (await edge.converse("/api/echo", headers=headers, login="oscar")).status == 421
