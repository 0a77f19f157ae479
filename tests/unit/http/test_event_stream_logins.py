"""Who may open the event stream, by a login or by a ticket (VAPIX event streams page 1)."""

import pytest

from common.accounts import Account, Role
from daemons.http.auth import tickets
from tests.unit.http.edge import Edge
from tests.unit.http.soap import put
from tests.unit.http.streaming import ALL, PATH, PORT, READY, STREAM, opened

TICKET = "/axis-cgi/wssession.cgi"


@pytest.fixture(autouse=True)
def states(edge: Edge) -> None:
    """Two states to begin with."""
    put(edge, current=[READY, PORT])


async def ticket(edge: Edge, login: str = "vera") -> str:
    """Get a ticket."""
    answer = await edge.ask("GET", TICKET, login=login)
    assert answer.status == 200
    assert answer.header("content-type") == "text/plain"
    return answer.text


async def test_a_ticket_stands_in_for_a_login_once(edge: Edge) -> None:
    """Digits only; in either order of the arguments; not a second time."""
    for target in (f"{STREAM}&wssession=", f"{PATH}?wssession="):
        text = await ticket(edge)
        assert text.isascii()
        assert text.isdigit()
        end = "" if target.startswith(STREAM) else "&sources=events"
        async with opened(edge, f"{target}{text}{end}", None) as stream:
            assert stream.status == 101
        async with opened(edge, f"{target}{text}{end}", None) as stream:
            assert stream.status == 401


async def test_a_ticket_is_soon_too_old(edge: Edge) -> None:
    """After 15 seconds."""
    early, late = await ticket(edge), await ticket(edge)
    edge.clock.advance(14.9)
    async with opened(edge, f"{STREAM}&wssession={early}", None) as stream:
        assert stream.status == 101
    edge.clock.advance(0.2)
    async with opened(edge, f"{STREAM}&wssession={late}", None) as stream:
        assert stream.status == 401


async def test_a_ticket_opens_nothing_else(edge: Edge) -> None:
    """Neither another socket nor a page."""
    text = await ticket(edge, "root")
    heard = await edge.converse(f"/api/talk?wssession={text}")
    assert heard.status == 401
    answer = await edge.ask("GET", f"/axis-cgi/usergroup.cgi?wssession={text}")
    assert answer.status == 401
    async with opened(edge, f"{STREAM}&wssession={text}", None) as stream:
        assert stream.status == 101


async def test_a_ticket_ends_with_the_login_it_was_given_for(edge: Edge) -> None:
    """Another password, an account that is gone, a session that was left."""
    text = await ticket(edge)
    edge.system.put(Account("vera", Role.VIEWER), "another one")
    await edge.unit.refresh_accounts()
    async with opened(edge, f"{STREAM}&wssession={text}", None) as stream:
        assert stream.status == 401
    session = await edge.log_in("oscar")
    answer = await edge.ask("GET", TICKET, headers=session)
    assert (await edge.ask("DELETE", "/api/session", headers=session)).status < 300
    async with opened(edge, f"{STREAM}&wssession={answer.text}", None) as stream:
        assert stream.status == 401


async def test_tickets_take_little_room(edge: Edge) -> None:
    """Who asks for many uses up their own."""
    first = await ticket(edge, "oscar")
    many = [await ticket(edge) for _ in range(tickets.MOST_OF_ONE + 1)]
    for text, status in ((many[0], 401), (many[1], 101), (many[-1], 101), (first, 101)):
        async with opened(edge, f"{STREAM}&wssession={text}", None) as stream:
            assert stream.status == status


@pytest.mark.parametrize("given", ["", "0", "1" * 19, "x", "1" * 5000])
async def test_what_is_no_ticket_opens_nothing(edge: Edge, given: str) -> None:
    """And is asked for a login."""
    async with opened(edge, f"{STREAM}&wssession={given}", None) as stream:
        assert stream.status == 401


async def test_the_login_can_stand_in_the_request_itself(edge: Edge) -> None:
    """Basic here; nobody in particular is refused, and so is what is no source."""
    async with opened(edge) as stream:
        assert stream.status == 101
    async with opened(edge, login=None) as stream:
        assert stream.status == 401
    for sources in ("", "?sources=", "?sources=video", "?sources=events,video"):
        async with opened(edge, f"{PATH}{sources}") as stream:
            assert stream.status == 400


async def test_another_sites_page_needs_a_ticket(edge: Edge) -> None:
    """A browser adds its login to what any page opens; a ticket only who asked for it knows."""
    foreign = {"origin": "https://evil.example"}
    async with opened(edge, headers=foreign) as stream:
        assert stream.status == 403
    target = f"{STREAM}&wssession={await ticket(edge)}"
    async with opened(edge, target, None, headers=foreign) as stream:
        assert stream.status == 101


async def test_a_stream_ends_with_the_login(edge: Edge) -> None:
    """When the account is removed, the others go on."""
    async with opened(edge, login="oscar") as other, opened(edge) as stream:
        stream.configure(ALL)
        assert "data" in await stream.next()
        await edge.system.remove_account("vera")
        await edge.unit.refresh_accounts()
        while await stream.next() is not None:
            pass
        assert stream.closed == 1008
        assert other.closed is None
