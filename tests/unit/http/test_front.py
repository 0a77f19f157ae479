"""The web server's configuration as text."""

from pathlib import Path

import pytest

from common.paths import ETC
from daemons.http.front import Place, candidate, configuration
from daemons.http.settings import LiveSettings, Settings

PLACE = Place(
    etc=ETC,
    web=Path("/usr/lib/c8210/web/dist"),
    runtime=Path("/run/c8210"),
    certificate=Path("/var/lib/c8210/system/tls/nginx/certificate.pem"),
    key=Path("/var/lib/c8210/system/tls/nginx/key.pem"),
    simulated=False,
    ipv6=True,
    as_root=False,
)


def settings(**values: str) -> Settings:
    """Return settings with some parameters changed; `_` stands for the dot."""
    return Settings.read({name.replace("_", "."): value for name, value in values.items()})


def servers(text: str) -> list[str]:
    """Return the blocks of the servers."""
    return text.split("    server {\n")[1:]


@pytest.mark.covers("M-GET-11", part="the configuration")
def test_a_unit_out_of_its_box_has_both_protocols_and_sends_pages_to_tls() -> None:
    """APIs are on both."""
    http, https = servers(configuration(settings(), PLACE).partition("upstream")[2])
    assert "listen 80 rcvbuf=64k;" in http
    assert "listen [::]:80 rcvbuf=64k;" in http
    assert "return 307 https://$host$request_uri;" in http
    assert 'root "/usr/lib/c8210/web/dist"' not in http
    assert "listen 443 rcvbuf=64k ssl;" in https
    assert "listen [::]:443 rcvbuf=64k ssl;" in https
    assert 'root "/usr/lib/c8210/web/dist";' in https
    assert all("(axis-cgi|api|vapix|config)" in server for server in (http, https))


def test_pages_are_redirected_to_the_port_that_tls_is_on() -> None:
    """The usual one is left out."""
    text = configuration(settings(HTTPS_Port="8443"), PLACE)
    assert "return 307 https://$host:8443$request_uri;" in text


def test_tls_is_of_today() -> None:
    """Versions 1.2 and 1.3, and the ciphers of the parameter."""
    text = configuration(settings(HTTPS_Ciphers="ECDHE-RSA-AES128-GCM-SHA256"), PLACE)
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in text
    assert 'ssl_ciphers "ECDHE-RSA-AES128-GCM-SHA256:!aNULL:!eNULL";' in text


@pytest.mark.parametrize(
    "values",
    [
        {"HTTPS.Enabled": "no"},
        {f"System.BoaGroupPolicy.{role}": "http" for role in ("admin", "operator", "viewer")},
    ],
)
def test_without_tls_the_pages_are_on_http(values: dict[str, str]) -> None:
    """There would be no other way to them."""
    http, *_https = servers(configuration(Settings.read(values), PLACE).partition("upstream")[2])
    assert "return 307" not in http
    assert 'root "/usr/lib/c8210/web/dist";' in http


def test_the_simulated_world_is_there_on_the_simulated_board_only() -> None:
    """And for whoever sits at the machine."""
    assert "/sim/" not in configuration(settings(), PLACE)
    simulated = Place(**{**vars(PLACE), "simulated": True})
    text = configuration(settings(), simulated)
    assert "allow 127.0.0.0/8;" in text
    assert "deny all;" in text


def test_nothing_is_left_to_fill_in() -> None:
    """In any variant."""
    for simulated in (True, False):
        for ipv6 in (True, False):
            place = Place(**{**vars(PLACE), "simulated": simulated, "ipv6": ipv6, "as_root": True})
            for text in (
                configuration(settings(), place),
                candidate(settings(), place, Path("/tmp/x")),
            ):
                assert "@" not in "".join(
                    line
                    for line in text.splitlines()
                    if not line.lstrip().startswith(("#", "error_page", "location @"))
                )
                assert ("[::]" in text) <= ipv6


def test_a_candidate_takes_no_port_and_reads_no_key() -> None:
    """So that it can be tested while the real one runs, by a daemon that may not read the key."""
    text = candidate(settings(), PLACE, Path("/run/c8210/http/x"))
    assert "listen 80" not in text
    assert "listen 443" not in text
    assert "/tls/" not in text


def test_fixed_ports_stand_whatever_the_parameters_say() -> None:
    """The development supervisor chooses them."""
    live = LiveSettings(fixed={"System.BoaPort": "8080"})
    live.update({"System.BoaPort": "81", "HTTPS.Port": "444"})
    assert (live.now.http_port, live.now.https_port) == (8080, 444)
    assert live.with_changes({"System.BoaPort": "82", "HTTPS.Port": "445"}).https_port == 445


def test_a_change_is_seen_as_one() -> None:
    """Others do not make the configuration anew."""
    live = LiveSettings()
    assert not live.update({"Audio.DSCP": "5"})
    assert not live.update({"HTTPS.Port": "443"})
    assert live.update({"HTTPS.Port": "444"})
