"""Text CGIs, byte for byte as the reference has them."""

from typing import Any

import pytest

from common import errors
from tests.unit.http.edge import PASSWORD, Edge

PARAM = "/axis-cgi/param.cgi"


async def param(edge: Edge, query: str, login: str = "root") -> str:
    """Ask param.cgi with a GET."""
    answer = await edge.ask("GET", f"{PARAM}?{query}", login=login)
    assert (answer.status, answer.header("content-type")) == (200, "text/plain")
    return answer.text


@pytest.mark.covers("M-API-04", part="the form of the list")
async def test_a_group_is_listed_with_its_root(edge: Edge) -> None:
    """So is everything, and a single name that was asked for with it; a single bare name comes back bare."""
    brand = (
        "root.Brand.Brand=AXIS\n"
        "root.Brand.ProdFullName=AXIS C8210 Network Audio Amplifier\n"
        "root.Brand.ProdShortName=AXIS C8210\n"
    )
    assert await param(edge, "action=list&group=Brand") == brand
    assert await param(edge, "action=list&group=root.Brand&responseformat=rfc") == brand
    everything = await param(edge, "action=list")
    assert everything.startswith(brand)
    assert len(everything.splitlines()) == len(edge.params.values)
    assert await param(edge, "action=list&group=root") == everything
    name = "Network.SSH.Enabled"
    assert await param(edge, f"action=list&group=root.{name}") == f"root.{name}=no\n"
    assert await param(edge, f"action=list&group={name}") == f"{name}=no\n"


async def test_unknown_names_get_a_line_each(edge: Edge) -> None:
    """The known ones are listed all the same; what a role may not read is unknown to it."""
    listed = await param(edge, "action=list&group=Nix,HTTPS,root.Nix.Da")
    assert listed == (
        "# Error: Error -1 getting param in group 'Nix'\n"
        "root.HTTPS.Port=443\n"
        "# Error: Error -1 getting param in group 'root.Nix.Da'\n"
    )
    hidden = await param(edge, "action=list&group=System.AccessLog", "vera")
    assert hidden == "# Error: Error -1 getting param in group 'System.AccessLog'\n"


async def test_a_post_carries_its_arguments_in_the_body(edge: Edge) -> None:
    """Whatever its type says; the body wins over the query, which counts when the body is empty."""
    for content_type in ("application/x-www-form-urlencoded", "text/plain", ""):
        for target in (PARAM, f"{PARAM}?action=update&HTTPS.Port=1"):
            answer = await edge.ask(
                "POST",
                target,
                body="action=list&group=root.HTTPS",
                login="root",
                headers={"Content-Type": content_type},
            )
            assert answer.text == "root.HTTPS.Port=443\n"
    answer = await edge.ask("POST", f"{PARAM}?action=list&group=root.HTTPS", login="root")
    assert answer.text == "root.HTTPS.Port=443\n"
    assert not edge.params.written


async def test_without_an_action_there_is_a_hint(edge: Edge) -> None:
    """Any text with these words will do."""
    for query in ("", "action=", "action=nix", "group=Brand"):
        assert "action must be specified" in await param(edge, query)


async def test_an_update_answers_two_bytes(edge: Edge) -> None:
    """With `root.` and without; one client compares with exactly that."""
    query = "action=update&root.Network.SSH.Enabled=yes&HTTPS.Port=444&_=17"
    assert await param(edge, query) == "OK"
    changes, access, who, atomic = edge.params.written[0]
    assert changes == {"Network.SSH.Enabled": "yes", "HTTPS.Port": "444"}
    assert (access, who, atomic) == (6, "root@192.0.2.7", False)


async def test_what_cannot_be_set_gets_a_line_each(edge: Edge) -> None:
    """The rest is set."""
    query = "action=update&HTTPS.Port=bad&Brand.Brand=x&root.No.Such=a%26b"
    assert await param(edge, query) == (
        "# Error: Error setting 'root.HTTPS.Port' to 'bad'!\n"
        "# Error: Error setting 'root.No.Such' to 'a&b'!\n"
    )


async def test_a_forged_line_does_not_pass_for_ours(edge: Edge) -> None:
    """Line ends in what somebody sends are shown as question marks."""
    told = await param(edge, "action=list&group=x%0aroot.Brand.Brand=EVIL%0d")
    assert told.count("\n") == 1
    told = await param(edge, "action=update&No.Such=x%0aOK")
    assert told == "# Error: Error setting 'root.No.Such' to 'x?OK'!\n"


@pytest.mark.parametrize("stuck", ["%00", "%ef%bf%bf", "%ef%b7%90", "%f4%8f%bf%be"])
async def test_what_the_bus_cannot_carry_is_refused_before_it(edge: Edge, stuck: str) -> None:
    """It cuts a text off at a NUL, and does not take one with a noncharacter."""
    for query in (f"action=update&Brand.Brand=a{stuck}b", f"action=update&Brand.Brand{stuck}=a"):
        assert (await param(edge, query)).startswith("# Request failed: ")
    assert not edge.params.written


async def test_groups_come_and_go(edge: Edge) -> None:
    """The number of a new one is told; what failed begins with `# Request failed`."""
    query = "action=add&template=streamprofile&group=StreamProfile&StreamProfile.S.Name=x"
    assert await param(edge, query) == "S8 OK"
    assert (await param(edge, "action=add&template=nix&group=Nix")).startswith("# Request failed: ")
    assert (await param(edge, "action=add&group=x")).startswith("# Request failed: ")
    assert await param(edge, "action=remove&group=StreamProfile.S7,root.StreamProfile.S8") == "OK"
    assert edge.params.removed == [["StreamProfile.S7", "StreamProfile.S8"]]
    assert (await param(edge, "action=remove&group=Brand")).startswith("# Request failed: ")
    assert (await param(edge, "action=remove")).startswith("# Request failed: ")


async def test_definitions_are_laid_out_line_for_line(edge: Edge) -> None:
    """One client reads them with a strict reader, another by lines."""
    edge.params.values["Brand.ProdShortName"] = 'A & "B" <c> ü €'
    query = "action=listdefinitions&listformat=xmlschema&group=root.Brand.ProdShortName,HTTPS"
    answer = await edge.ask("GET", f"{PARAM}?{query}", login="root")
    assert answer.header("content-type") == "text/xml"
    assert answer.content.decode("iso-8859-1") == (
        '<?xml version="1.0" encoding="iso-8859-1" ?>\n'
        "<parameterDefinitions\n"
        'xmlns="http://www.axis.com/ParameterDefinitionsSchema"\n'
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
        'xsi:schemaLocation="http://www.axis.com/ParameterDefinitionsSchema '
        'http://192.168.0.90/pub/parameterdefinitions.xsd"\n'
        'version="1.0">\n'
        '  <model>A &amp; "B" &lt;c&gt; ü &#8364;</model>\n'
        "  <firmwareVersion>12.9.0</firmwareVersion>\n"
        '  <group name="root">\n'
        '    <group name="Brand">\n'
        '      <parameter name="ProdShortName" value="A &amp; &quot;B&quot; &lt;c&gt; ü &#8364;" '
        'securityLevel="7714" niceName="ProdShortName">\n'
        '        <type><string maxlen="64" /></type>\n'
        "      </parameter>\n"
        "    </group>\n"
        '    <group name="HTTPS">\n'
        '      <parameter name="Port" value="443" securityLevel="7714" niceName="Port">\n'
        '        <type><string maxlen="64" /></type>\n'
        "      </parameter>\n"
        "    </group>\n"
        "  </group>\n"
        "</parameterDefinitions>\n"
    )
    assert "listformat" in await param(edge, "action=listdefinitions")


def page(message: str) -> str:
    """Return what pwdgrp.cgi wraps around a message."""
    return (
        "<html><head><title>User accounts</title></head><body bgcolor=#ffffff>"
        f"{message}\n</body>\n\n</html>"
    )


@pytest.mark.covers("M-ACC-01", "M-ACC-02", "M-ACC-03", "M-ACC-07", part="API texts")
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("action=add&user=joe&pwd=x&grp=users&sgrp=viewer&comment=", "Created account joe."),
        ("action=add&user=joe&pwd=x&sgrp=viewer:operator:admin:ptz", "Created account joe."),
        (
            "action=add&user=vera&pwd=x&sgrp=viewer",
            "Error: this user name already exists, consult the system log file.",
        ),
        ("action=add&user=joe&pwd=&sgrp=viewer", "Error: invalid password."),
        ("action=add&user=joe&sgrp=viewer", "Error: invalid password."),
        ("action=add&user=joe&pwd=" + "x" * 65 + "&sgrp=viewer", "Error: invalid password."),
        ("action=add&user=joe&pwd=%C3%A9&sgrp=viewer", "Error: invalid password."),
        ("action=add&user=joe&pwd=a%0ab&sgrp=viewer", "Error: invalid password."),
        ("action=add&user=&pwd=x&sgrp=viewer", "Error: account user name."),
        ("action=add&pwd=x&sgrp=viewer", "Error: account user name."),
        ("action=add&user=a%20b&pwd=x&sgrp=viewer", "Error: account user name."),
        ("action=add&user=../etc&pwd=x&sgrp=viewer", "Error: account user name."),
        ("action=add&user=" + "a" * 15 + "&pwd=x&sgrp=viewer", "Error: account user name."),
        ("action=add&user=joe&pwd=x&sgrp=king", "Error: consult the system log file."),
        ("action=update&user=vera&pwd=y", "Modified account vera."),
        ("action=update&user=vera&sgrp=operator:viewer", "Modified account vera."),
        ("action=update&user=vera&pwd=", "Error: invalid password."),
        ("action=update&user=nobody&pwd=x", "Error: account user name."),
        ("action=remove&user=vera", "Removed account vera."),
        ("action=remove&user=nobody", "Error: account user name."),
        ("action=remove&user=root", "Error: consult the system log file."),
        ("action=nix", "Error: action operation type."),
        ("", "Error: action operation type."),
    ],
)
async def test_accounts_are_changed_in_the_words_that_clients_know(
    edge: Edge, query: str, message: str
) -> None:
    """Exact bytes, by GET and by POST."""
    target = "/axis-cgi/pwdgrp.cgi"
    answer = await edge.ask("GET", f"{target}?{query}", login="root")
    assert answer.status == 200
    assert str(answer.header("content-type")).startswith("text/html")
    assert answer.text == page(message)


@pytest.mark.covers("M-ACC-04", "M-ACC-05", "M-ACC-06", part="groups over the API")
async def test_groups_of_accounts_are_listed(edge: Edge) -> None:
    """Five lines with CRLF; comments are not in them."""
    await edge.ask(
        "POST",
        "/axis-cgi/pwdgrp.cgi",
        login="root",
        body="action=add&user=ptzer&pwd=x&sgrp=viewer:ptz&comment=c",
    )
    answer = await edge.ask("GET", "/axis-cgi/pwdgrp.cgi?action=get", login="root")
    assert answer.header("content-type") == "text/plain"
    assert answer.text == (
        'admin="root"\r\noperator="root,oscar"\r\nviewer="root,oscar,vera,ptzer"\r\n'
        'ptz="root,ptzer"\r\ndigusers="root,oscar,vera,ptzer"\r\n'
    )
    listed = (await edge.ask("GET", "/api/accounts", login="root")).json()
    assert listed[-1] == {
        "name": "ptzer",
        "role": "viewer",
        "group": "users",
        "ptz": True,
        "comment": "c",
    }


async def test_a_new_password_counts_before_it_is_answered(edge: Edge) -> None:
    """And the old one no longer does."""
    await edge.ask("GET", "/axis-cgi/pwdgrp.cgi?action=update&user=vera&pwd=new", login="root")
    target = "/axis-cgi/usergroup.cgi"
    assert (await edge.ask("GET", target, login=("vera", "new"))).status == 200
    assert (await edge.ask("GET", target, login=("vera", PASSWORD))).status == 401


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("root", "root\nroot admin operator ptz viewer\n"),
        ("oscar", "oscar\nusers operator viewer\n"),
        ("vera", "vera\nusers viewer\n"),
    ],
)
async def test_an_account_learns_its_groups(edge: Edge, name: str, told: str) -> None:
    """`usergroup.cgi` for any account."""
    assert (await edge.ask("GET", "/axis-cgi/usergroup.cgi", login=name)).text == told


@pytest.mark.parametrize(
    ("path", "message", "level"),
    [
        ("restart", "restartMessage", None),
        ("factorydefault", "factoryMessage", "restore"),
        ("hardfactorydefault", "factoryMessage2", "factory_default"),
    ],
)
async def test_the_unit_restarts_and_forgets_on_request(
    edge: Edge, path: str, message: str, level: str | None
) -> None:
    """The page that clients match, and what system is asked for."""
    headers = {"Host": "192.168.0.90:8443"}
    answer = await edge.ask("GET", f"/axis-cgi/{path}.cgi", login="root", headers=headers)
    assert str(answer.header("content-type")).startswith("text/html")
    assert answer.text == (
        '<html><head><meta http-equiv="refresh" '
        f'content="0;URL=/admin/{message}.shtml?server=192.168.0.90"></head><body></body></html>\n'
    )
    who = "root@192.0.2.7"
    assert (edge.system.restarts or edge.system.resets) == ([(level, who)] if level else [who])


@pytest.mark.parametrize("error", errors.FAMILY)
@pytest.mark.parametrize(
    ("target", "method"),
    [
        (f"{PARAM}?action=list", "select"),
        (f"{PARAM}?action=update&A.B=1", "update"),
        ("/axis-cgi/playclip.cgi?clip=0", "play_clip"),
        ("/axis-cgi/stopclip.cgi", "stop_clips"),
        ("/axis-cgi/pwdgrp.cgi?action=get", "accounts"),
        ("/axis-cgi/restart.cgi", "restart"),
        ("/api/clips", "clips"),
        ("/api/device", "device"),
    ],
)
async def test_every_error_of_the_suite_has_an_answer(
    edge: Edge, error: Any, target: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a 500: each edge has an entry for each of them."""

    async def fails(*_arguments: Any) -> None:
        raise error("it is so")

    for daemon in (edge.params, edge.audio, edge.system):
        if hasattr(daemon, method):
            monkeypatch.setattr(daemon, method, fails)
    answer = await edge.ask("GET", target, login="root")
    assert answer.status in {200, 400, 403, 404, 409, 501, 503, 507}
    if "param" not in target and "pwdgrp" not in target:
        assert "it is so" in answer.text
