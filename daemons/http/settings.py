"""The web server's parameters as typed values, always current."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from common.accounts import Role
from daemons.http import params

WATCHED = (
    "System",
    "HTTPS",
    "Network.HTTP",
    "Network.HostName",
    "Network.DomainName",
    "Audio.ReceiverTimeout",
    "Audio.A0.HTTPMessageType",
    "Audio.Live",
    "MediaClip.MaxUploadSize",
)
"""What of the parameter tree the edge lives by; the last ones belong to other daemons."""

_DEFAULTS = {
    parameter.name: parameter.default
    for parameter in (
        params.HTTP_PORT,
        params.HTTPS_PORT,
        params.HTTPS_ENABLED,
        params.HTTPS_CIPHERS,
        params.KEEP_ALIVE,
        params.POLICY_ADMIN,
        params.POLICY_OPERATOR,
        params.POLICY_VIEWER,
        params.AUTHENTICATION,
        params.ALLOWED_HOSTS,
        params.AUTHENTICATION_WITH_QOP,
        params.SKIP_DIGEST_URI,
        params.THROTTLING,
        params.BLOCKING_PERIOD,
        params.PAGE_COUNT,
        params.PAGE_INTERVAL,
        params.SITE_COUNT,
        params.SITE_INTERVAL,
    )
} | {
    "Network.HostName": "",
    "Network.DomainName": "",
    "Audio.ReceiverTimeout": "1000",
    "Audio.A0.HTTPMessageType": "singlepart",
    "Audio.Live.Class": "page",
    "Audio.Live.Priority": "0",
    "MediaClip.MaxUploadSize": "10",
}


@dataclass(frozen=True)
class Throttling:
    """How guessing is slowed down."""

    active: bool = True
    blocking_s: int = 10
    page_count: int = 20
    page_interval_s: int = 1
    site_count: int = 20
    site_interval_s: int = 1


@dataclass(frozen=True)
class Settings:
    """One state of the web server's parameters."""

    http_port: int
    https_port: int
    https_enabled: bool
    ciphers: str
    keep_alive_s: int
    connection_policy: Mapping[Role, str]
    """Role -> `http`, `https` or `both`."""
    authentication: str
    qop_required: bool
    """Whether Digest clients of the old form, whose answers hold until the nonce is too old, are refused."""
    host_names: frozenset[str]
    """Every name the unit answers to, in lower case."""
    skip_digest_uri: tuple[str, str]
    throttling: Throttling
    receiver_timeout_s: float
    multipart: bool
    """Whether live audio goes out in parts to clients who do not say."""
    talker_class: str
    talker_priority: int
    upload_limit_bytes: int

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Settings":
        """Return the settings that `values` (parameter name -> value) make."""
        return _read(dict(_DEFAULTS) | dict(values))

    @property
    def pages_over_http(self) -> bool:
        """Whether browser pages are served without TLS, because there is no other way to them."""
        return not self.https_enabled or set(self.connection_policy.values()) == {"http"}


@dataclass
class LiveSettings:
    """The settings of this moment; whoever holds it sees each change."""

    fixed: Mapping[str, str] = field(default_factory=dict)
    """Values that stand whatever the parameters say."""
    now: Settings = field(init=False)
    _values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = self.with_changes({})

    def update(self, changes: Mapping[str, str]) -> bool:
        """Take over changed parameters; returns whether any of them matters here."""
        self._values.update(changes)
        before, self.now = self.now, self.with_changes({})
        return self.now != before

    def with_changes(self, changes: Mapping[str, str]) -> Settings:
        """Return what the settings would be."""
        return Settings.read(self._values | dict(changes) | dict(self.fixed))


def _read(values: Mapping[str, str]) -> Settings:
    host, domain = values["Network.HostName"].lower(), values["Network.DomainName"].lower()
    names = {name for name in values[params.ALLOWED_HOSTS.name].lower().split(",") if name}
    names.add("localhost")
    if host:
        names |= {host, f"{host}.local"}
        if domain:
            names.add(f"{host}.{domain}")
    header, _, word = values[params.SKIP_DIGEST_URI.name].partition(" ")
    return Settings(
        http_port=int(values[params.HTTP_PORT.name]),
        https_port=int(values[params.HTTPS_PORT.name]),
        https_enabled=values[params.HTTPS_ENABLED.name] == "yes",
        ciphers=values[params.HTTPS_CIPHERS.name],
        keep_alive_s=int(values[params.KEEP_ALIVE.name]),
        connection_policy={
            Role.ADMIN: values[params.POLICY_ADMIN.name],
            Role.OPERATOR: values[params.POLICY_OPERATOR.name],
            Role.VIEWER: values[params.POLICY_VIEWER.name],
        },
        authentication=values[params.AUTHENTICATION.name].lower(),
        qop_required=values[params.AUTHENTICATION_WITH_QOP.name] == "yes",
        host_names=frozenset(names),
        skip_digest_uri=(header.lower(), word),
        throttling=Throttling(
            active=values[params.THROTTLING.name] == "On",
            blocking_s=int(values[params.BLOCKING_PERIOD.name]),
            page_count=int(values[params.PAGE_COUNT.name]),
            page_interval_s=int(values[params.PAGE_INTERVAL.name]),
            site_count=int(values[params.SITE_COUNT.name]),
            site_interval_s=int(values[params.SITE_INTERVAL.name]),
        ),
        receiver_timeout_s=int(values["Audio.ReceiverTimeout"]) / 1000,
        multipart=values["Audio.A0.HTTPMessageType"] == "multipart",
        talker_class=values["Audio.Live.Class"],
        talker_priority=int(values["Audio.Live.Priority"]),
        upload_limit_bytes=int(float(values["MediaClip.MaxUploadSize"]) * 1024 * 1024),
    )
