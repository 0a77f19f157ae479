"""Who gets in, and how (rows M-ACC, M-GET on the side of the API)."""

import asyncio
from pathlib import Path

import pytest

from common.accounts import Account, Role
from tests.unit.http.edge import (
    PASSWORD,
    Edge,
    answer_challenge,
    digest_header,
    make_edge,
)
from tests.unit.http.fakes import REALM

LIST = "/axis-cgi/param.cgi?action=list&group=root.Brand"


async def test_without_a_login_there_is_a_challenge_and_nothing_else(edge: Edge) -> None:
    """The realm tells the serial number, which is how scanners know the unit."""
    answer = await edge.ask("GET", LIST, encrypted=False)
    assert answer.status == 401
    assert "Brand" not in answer.text
    first, second, third = answer.all("www-authenticate")
    assert first.startswith(f'Digest realm="{REALM}", nonce="')
    assert first.endswith('algorithm=MD5, qop="auth"')
    assert "algorithm=SHA-256" in second
    assert third == first


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize("qop", [True, False])
async def test_digest_lets_in_who_knows_the_password(edge: Edge, algorithm: str, qop: bool) -> None:
    """Both hashes, with and without quality of protection."""
    first = await edge.ask("GET", LIST, encrypted=False)
    for password, status in ((PASSWORD, 200), ("wrong", 401)):
        header = answer_challenge(
            first, "GET", LIST, algorithm=algorithm, qop=qop, password=password
        )
        answer = await edge.ask("GET", LIST, encrypted=False, headers={"Authorization": header})
        assert answer.status == status


async def test_a_request_cannot_be_sent_twice(edge: Edge) -> None:
    """A copy of a request with Digest is answered with a fresh nonce; the next count of the client passes."""
    first = await edge.ask("GET", LIST, encrypted=False)
    header = {"Authorization": answer_challenge(first, "GET", LIST)}
    assert (await edge.ask("GET", LIST, encrypted=False, headers=header)).status == 200
    again = await edge.ask("GET", LIST, encrypted=False, headers=header)
    assert again.status == 401
    assert "stale=true" in str(again.header("www-authenticate"))
    header = {"Authorization": answer_challenge(first, "GET", LIST, count=2)}
    assert (await edge.ask("GET", LIST, encrypted=False, headers=header)).status == 200


@pytest.mark.parametrize("qop", [True, False])
async def test_a_parameter_refuses_digests_that_can_be_sent_twice(edge: Edge, qop: bool) -> None:
    """Without quality of protection nothing counts the requests."""
    edge.settings.update({"Network.HTTP.AuthenticationWithQop": "yes"})
    first = await edge.ask("GET", LIST, encrypted=False)
    header = {"Authorization": answer_challenge(first, "GET", LIST, qop=qop)}
    answer = await edge.ask("GET", LIST, encrypted=False, headers=header)
    assert answer.status == (200 if qop else 401)


async def test_a_digest_is_good_for_one_path_only(edge: Edge) -> None:
    """What was made for a harmless request opens no other."""
    first = await edge.ask("GET", LIST, encrypted=False)
    header = {"Authorization": answer_challenge(first, "GET", LIST)}
    answer = await edge.ask("GET", "/axis-cgi/restart.cgi", encrypted=False, headers=header)
    assert answer.status == 401
    assert not edge.system.restarts


async def test_a_backslash_may_be_written_as_it_is(edge: Edge) -> None:
    """As curl does, against the book; by the book it is escaped. Neither is good for another address."""
    target = "/axis-cgi/io/port.cgi?action=2:/300\\500/300\\"
    for written in (target, target.replace("\\", "\\\\")):
        first = await edge.ask("GET", target, encrypted=False)
        header = answer_challenge(first, "GET", target).replace(target, written)
        answer = await edge.ask("GET", target, headers={"Authorization": header}, encrypted=False)
        assert answer.status == 200, written
        other = target.replace("2:", "1:")
        answer = await edge.ask("GET", other, headers={"Authorization": header}, encrypted=False)
        assert answer.status == 401


@pytest.mark.parametrize(
    ("before", "status"),
    [
        ("http://192.168.0.90", 200),
        ("https://192.168.0.90", 200),
        ("//192.168.0.90", 401),
        ("/?from=//192.168.0.90", 401),
        ("/axis-cgi/applications//192.168.0.90", 401),
        ("http://evil.example//192.168.0.90", 401),
    ],
)
async def test_an_address_within_another_is_another(edge: Edge, before: str, status: int) -> None:
    """Clients may write the whole address; what only ends like it was made for something else."""
    target = "/axis-cgi/restart.cgi"
    first = await edge.ask("GET", target, encrypted=False)
    header = answer_challenge(first, "GET", before + target)
    answer = await edge.ask("GET", target, headers={"Authorization": header}, encrypted=False)
    assert answer.status == status


async def test_a_client_on_the_list_may_digest_another_address(edge: Edge) -> None:
    """`System.SkipDigestUriValidation` names the clients that get the address wrong."""
    first = await edge.ask("GET", LIST, encrypted=False)
    header = {"Authorization": answer_challenge(first, "GET", "/axis-cgi/param.cgi")}
    assert (await edge.ask("GET", LIST, encrypted=False, headers=header)).status == 401
    header = {
        "Authorization": answer_challenge(first, "GET", "/axis-cgi/param.cgi", count=2),
        "User-Agent": "Apache-HttpClient/4.5",
    }
    assert (await edge.ask("GET", LIST, encrypted=False, headers=header)).status == 200


async def test_an_old_nonce_is_renewed_without_asking_for_the_password(edge: Edge) -> None:
    """stale=true makes a client come again by itself."""
    first = await edge.ask("GET", LIST, encrypted=False)
    edge.clock.advance(301)
    header = {"Authorization": answer_challenge(first, "GET", LIST)}
    answer = await edge.ask("GET", LIST, encrypted=False, headers=header)
    assert answer.status == 401
    assert "stale=true" in str(answer.header("www-authenticate"))


async def test_a_made_up_nonce_opens_nothing(edge: Edge) -> None:
    """Not even with the right password: it is not ours."""
    for nonce in ("", "x", "AAAA" * 8, "é" * 8):
        header = {"Authorization": digest_header(nonce, "GET", LIST)}
        assert (await edge.ask("GET", LIST, encrypted=False, headers=header)).status == 401


@pytest.mark.parametrize(
    ("policy", "over_http", "over_https"),
    [
        ("basic", "Basic", "Basic"),
        ("digest", "Digest", "Digest"),
        ("basic_digest", "Digest", "Digest"),
        ("recommended", "Digest", "Basic"),
        ("Recommended", "Digest", "Basic"),
    ],
)
async def test_each_transport_gets_the_challenge_of_its_policy(
    edge: Edge, policy: str, over_http: str, over_https: str
) -> None:
    """The table of VAPIX page 1.2; what is not offered is not accepted either."""
    edge.settings.update({"Network.HTTP.AuthenticationPolicy": policy})
    for encrypted, wanted in ((False, over_http), (True, over_https)):
        answer = await edge.ask("GET", LIST, encrypted=encrypted)
        assert {one.partition(" ")[0] for one in answer.all("www-authenticate")} == {wanted}
        basic = await edge.ask("GET", LIST, encrypted=encrypted, login="root")
        assert basic.status == (200 if wanted == "Basic" else 401)


@pytest.mark.covers("M-ACC-04", "M-ACC-05", "M-ACC-06", part="roles over the API")
@pytest.mark.parametrize(
    ("method", "target", "body", "viewer", "operator", "admin"),
    [
        ("GET", LIST, "", 200, 200, 200),
        ("GET", "/axis-cgi/param.cgi?action=update&HTTPS.Port=444", "", 403, 200, 200),
        ("GET", "/axis-cgi/pwdgrp.cgi?action=get", "", 403, 403, 200),
        ("GET", "/axis-cgi/usergroup.cgi", "", 200, 200, 200),
        ("GET", "/axis-cgi/playclip.cgi?clip=0", "", 200, 200, 200),
        ("GET", "/axis-cgi/stopclip.cgi", "", 200, 200, 200),
        ("GET", "/axis-cgi/mediaclip.cgi?action=play&clip=0", "", 403, 200, 200),
        ("GET", "/axis-cgi/mediaclip.cgi?action=remove&clip=0", "", 403, 200, 200),
        ("GET", "/axis-cgi/mediaclip.cgi?action=download&clip=0", "", 403, 200, 200),
        ("GET", "/axis-cgi/restart.cgi", "", 403, 403, 200),
        ("GET", "/axis-cgi/factorydefault.cgi", "", 403, 403, 200),
        ("GET", "/axis-cgi/hardfactorydefault.cgi", "", 403, 403, 200),
        ("GET", "/api/clips", "", 200, 200, 200),
        ("GET", "/api/clips/0/original", "", 403, 200, 200),
        ("GET", "/api/device", "", 200, 200, 200),
        ("GET", "/api/playing", "", 200, 200, 200),
        ("GET", "/api/accounts", "", 403, 403, 200),
        ("GET", "/api/parameters", "", 200, 200, 200),
        ("PATCH", "/api/parameters", '{"changes":{"HTTPS.Port":"444"}}', 403, 200, 200),
        ("GET", "/api/parameters/history", "", 403, 403, 200),
    ],
)
async def test_a_role_may_do_what_its_row_says(
    edge: Edge, method: str, target: str, body: str, viewer: int, operator: int, admin: int
) -> None:
    """Nobody gets in without a login, and each role reaches exactly its own."""
    assert (await edge.ask(method, target, body=body)).status == 401
    wanted = {"vera": viewer, "oscar": operator, "root": admin}
    for name, status in wanted.items():
        assert (await edge.ask(method, target, body=body, login=name)).status == status, name


async def test_json_apis_say_that_a_role_is_too_low_in_their_own_form(edge: Edge) -> None:
    """Family E and family B have a code for it; without a login it is a challenge."""
    for path, method, code in (
        ("basicdeviceinfo", "getAllProperties", 2001),
        ("findmydevice", "find", 2105),
    ):
        body = f'{{"apiVersion":"1.0","method":"{method}"}}'
        target = f"/axis-cgi/{path}.cgi"
        assert (await edge.ask("POST", target, body=body)).status == 401
        answer = await edge.ask("POST", target, body=body, login="vera")
        assert (answer.status, answer.json()["error"]["code"]) == (200, code)


async def test_wrong_credentials_are_refused_where_none_are_needed(edge: Edge) -> None:
    """Clients find out in this way whether their password is right."""
    body = '{"apiVersion":"1","method":"systemready"}'
    target = "/axis-cgi/systemready.cgi"
    assert (await edge.ask("POST", target, body=body)).status == 200
    assert (await edge.ask("POST", target, body=body, login="root")).status == 200
    assert (await edge.ask("POST", target, body=body, login=("root", "no"))).status == 401


async def test_a_parameter_restricts_who_comes_over_what(edge: Edge) -> None:
    """`System.BoaGroupPolicy` by role."""
    edge.settings.update({"System.BoaGroupPolicy.viewer": "http"})
    assert (await edge.ask("GET", LIST, login="vera")).status == 403
    assert (await edge.ask("GET", LIST, login="oscar")).status == 200


@pytest.mark.covers("M-GET-08", "M-GET-09", part="API")
async def test_the_first_account_is_made_without_a_login_and_only_one(unclaimed: Edge) -> None:
    """Until then everything else is closed, and says how to begin."""
    add = "/axis-cgi/pwdgrp.cgi?action=add&user=root&pwd=x&grp=root&sgrp=admin:operator:viewer:ptz"
    closed = await unclaimed.ask("GET", LIST, login="root")
    assert (closed.status, closed.header("axis-setup")) == (401, "vapix")
    ready = await unclaimed.ask(
        "POST", "/axis-cgi/systemready.cgi", body='{"apiVersion":"1","method":"systemready"}'
    )
    assert ready.json()["data"]["needsetup"] == "yes"
    for action, text in (
        ("get", "initial admin user must be created first"),
        ("remove&user=root", "initial admin user must be created first"),
        ("update&user=root&pwd=x", "initial admin user must be created first"),
        ("add&user=joe&pwd=x&grp=users&sgrp=viewer", "not a valid initial admin user"),
    ):
        answer = await unclaimed.ask("GET", f"/axis-cgi/pwdgrp.cgi?action={action}")
        assert (answer.status, text in answer.text) == (401, True), action
        assert answer.header("www-authenticate")
    assert "Created account root." in (await unclaimed.ask("GET", add)).text
    assert (await unclaimed.ask("GET", add.replace("root&pwd=x", "eve&pwd=x"))).status == 401
    answer = await unclaimed.ask("GET", LIST, login=("root", "x"))
    assert (answer.status, answer.header("axis-setup")) == (200, None)


async def test_two_who_come_first_make_one_account(unclaimed: Edge) -> None:
    """The second hears that there is one already."""
    form = "action=add&user={}&pwd=x&grp=root&sgrp=admin:operator:viewer:ptz"
    answers = await asyncio.gather(
        *(
            unclaimed.ask("POST", "/axis-cgi/pwdgrp.cgi", body=form.format(name))
            for name in ("root", "eve")
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 401]
    assert len(unclaimed.system.kept) == 1


async def test_a_browser_logs_in_with_a_cookie_and_logs_out(edge: Edge) -> None:
    """The cookie is out of reach of scripts and other sites."""
    body = f'{{"user":"root","password":"{PASSWORD}"}}'
    answer = await edge.ask("POST", "/api/session", body=body)
    cookie = str(answer.header("set-cookie"))
    assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    headers = {"Cookie": cookie.partition(";")[0], "X-CSRF-Token": answer.json()["csrf"]}
    session = await edge.ask("GET", "/api/session", headers=headers)
    assert session.json() == answer.json()
    assert (await edge.ask("GET", LIST, headers=headers)).status == 200
    assert (await edge.ask("DELETE", "/api/session", headers=headers)).status == 204
    assert (await edge.ask("GET", "/api/session", headers=headers)).status == 401


async def test_a_session_ends_with_its_time_its_password_and_its_account(edge: Edge) -> None:
    """And with a restart of the unit, whose key it was signed with; not with one of the edge."""
    headers = await edge.log_in()
    assert (await edge.ask("GET", LIST, headers=headers)).status == 200
    edge.clock.advance(12 * 3600 + 1)
    assert (await edge.ask("GET", LIST, headers=headers)).status == 401
    headers = await edge.log_in("oscar")
    edge.system.put(Account("oscar", Role.OPERATOR), "another")
    edge.directory.replace(edge.system.verifiers())
    assert (await edge.ask("GET", LIST, headers=headers)).status == 401


async def test_a_new_edge_knows_the_sessions_of_the_one_before(edge: Edge, tmp_path: Path) -> None:
    """A killed http logs nobody out."""
    headers = await edge.log_in()
    successor = make_edge(tmp_path)
    successor.clock.advance(10)
    assert (await successor.ask("GET", LIST, headers=headers)).status == 200


async def test_a_new_edge_renews_nonces_that_it_cannot_have_counted(
    edge: Edge, tmp_path: Path
) -> None:
    """So nothing that the one before has let in can be sent again; nobody is asked for a password for it."""
    first = await edge.ask("GET", LIST, encrypted=False)
    successor = make_edge(tmp_path, now=1001.0)
    header = {"Authorization": answer_challenge(first, "GET", LIST)}
    answer = await successor.ask("GET", LIST, encrypted=False, headers=header)
    assert answer.status == 401
    assert "stale=true" in str(answer.header("www-authenticate"))


@pytest.mark.parametrize(
    "cookie", ["", "x", "root.0.0.0", "root." + "a" * 16 + ".9999999999." + "A" * 43]
)
async def test_a_forged_cookie_is_no_login(edge: Edge, cookie: str) -> None:
    """It is the signature that counts."""
    answer = await edge.ask("GET", LIST, headers={"Cookie": f"c8210_session={cookie}"})
    assert answer.status == 401


async def test_a_script_gets_no_challenge_that_makes_the_browser_ask(edge: Edge) -> None:
    """The page has its own form for the password."""
    headers = {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}
    answer = await edge.ask("GET", "/api/session", headers=headers)
    assert (answer.status, answer.header("www-authenticate")) == (401, None)
    assert answer.json()["error"]["code"] == "login_required"


async def test_a_role_name_in_the_path_asks_for_that_role(edge: Edge) -> None:
    """Older clients write it there; it opens nothing that the path itself does not."""
    for prefix, name, status in (
        ("view", "vera", 200),
        ("operator", "vera", 403),
        ("operator", "oscar", 200),
        ("admin", "oscar", 403),
        ("admin", "root", 200),
    ):
        target = LIST.replace("/axis-cgi/", f"/axis-cgi/{prefix}/")
        assert (await edge.ask("GET", target, login=name)).status == status
    assert (await edge.ask("GET", "/axis-cgi/view/restart.cgi", login="vera")).status == 403


async def test_usergroup_asks_for_a_level(edge: Edge) -> None:
    """`param.cgi?usergroup=` challenges at that level."""
    assert (await edge.ask("GET", f"{LIST}&usergroup=admin", login="vera")).status == 403
    assert (await edge.ask("GET", f"{LIST}&usergroup=admin", login="root")).status == 200
    assert (await edge.ask("GET", f"{LIST}&usergroup=anonymous")).status == 401
