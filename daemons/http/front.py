"""The web server's configuration as text, made of the templates in `etc/nginx` and the parameters."""

from dataclasses import dataclass
from pathlib import Path

from daemons.http.settings import Settings

_WORLD = """\
    upstream world {
        server "unix:@RUNTIME@/sim/http.sock";
    }
    map $http_upgrade $connection_upgrade {
        default upgrade;
        "" "";
    }"""
_RECEIVED_KB = 64
"""What the kernel takes of a client ahead of us. Left to itself it takes megabytes: minutes of a talk, which would go
on sounding when its sender has left. At the delay of a far network this is still a megabyte a second.
"""
_CANDIDATE_CERTIFICATE = """\
    map $host $no_certificate {
        default none;
    }
"""


@dataclass(frozen=True)
class Place:
    """Where things lie on this machine."""

    etc: Path
    web: Path
    runtime: Path
    """The folder that holds every daemon's runtime folder."""
    certificate: Path
    key: Path
    simulated: bool
    ipv6: bool
    as_root: bool
    """Whether the web server is started by root, as in a container; it would change its user otherwise."""


def configuration(settings: Settings, place: Place) -> str:
    """Return the configuration to install."""
    servers = [_http(settings, place, _listens(settings.http_port, place))]
    if settings.https_enabled:
        listens = [f"{listen} ssl" for listen in _listens(settings.https_port, place)]
        certificate = (
            f"ssl_certificate {_quoted(place.certificate)};\n"
            f"ssl_certificate_key {_quoted(place.key)};"
        )
        servers.append(_https(place, listens, certificate))
    return _filled(settings, place, servers)


def candidate(settings: Settings, place: Place, folder: Path) -> str:
    """Return the same to be tested only: it takes no port, and needs no key that we may not read."""
    servers = [_http(settings, place, [_quoted(f"unix:{folder}/http")])]
    if settings.https_enabled:
        certificate = "ssl_certificate $no_certificate;\nssl_certificate_key $no_certificate;"
        servers.append(_https(place, [f"{_quoted(f'unix:{folder}/https')} ssl"], certificate))
    return _filled(settings, place, [_CANDIDATE_CERTIFICATE, *servers])


def _http(settings: Settings, place: Place, listens: list[str]) -> str:
    if settings.pages_over_http:
        pages = _snippet(place, "pages.conf")
    else:
        port = "" if settings.https_port == 443 else f":{settings.https_port}"
        pages = f"location / {{\n    return 307 https://$host{port}$request_uri;\n}}"
    return _server(place, listens, pages)


def _https(place: Place, listens: list[str], certificate: str) -> str:
    return _server(place, listens, f"{certificate}\n{_snippet(place, 'pages.conf')}")


def _server(place: Place, listens: list[str], rest: str) -> str:
    parts = [f"listen {listen};" for listen in listens]
    parts += ["server_name _;", _snippet(place, "edge.conf"), rest]
    if place.simulated:
        parts.append(_snippet(place, "world.conf"))
    return f"    server {{\n{_indented(chr(10).join(parts), 8)}\n    }}"


def _listens(port: int, place: Place) -> list[str]:
    listens = [str(port), f"[::]:{port}"] if place.ipv6 else [str(port)]
    return [f"{listen} rcvbuf={_RECEIVED_KB}k" for listen in listens]


def _snippet(place: Place, name: str) -> str:
    return (place.etc / "nginx" / name).read_text(encoding="utf-8")


def _filled(settings: Settings, place: Place, servers: list[str]) -> str:
    words = {
        "SERVERS": "\n".join(servers),
        "WORLD": _WORLD if place.simulated else "",
        "USER": "user root;" if place.as_root else "",
        "KEEP_ALIVE": str(settings.keep_alive_s),
        "CIPHERS": settings.ciphers,
        "ETC": _escaped(place.etc),
        "WEB": _escaped(place.web),
        "RUNTIME": _escaped(place.runtime),
    }
    text = _snippet(place, "nginx.conf")
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text


def _quoted(path: Path | str) -> str:
    return f'"{_escaped(path)}"'


def _escaped(path: Path | str) -> str:
    """Return a path as it stands between quotes: a clone may lie in a folder with a space in its name."""
    return str(path).replace("\\", "\\\\").replace('"', '\\"')


def _indented(text: str, depth: int) -> str:
    return "\n".join(f"{' ' * depth}{line}" if line else line for line in text.splitlines())
