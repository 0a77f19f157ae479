"""The settings of the network, of time, and of remote access."""

from common.params.kinds import (
    Access,
    Bool,
    Choice,
    Hostname,
    Int,
    IpAddress,
    IpAddressList,
    Reset,
    Secret,
    Text,
)
from common.params.registry import PARAMETERS, Options
from common.product import SHORT_NAME

_network = PARAMETERS.owned_by("network")
_ADMIN: Options = {"read": Access.ADMIN}
_KEPT: Options = {"read": Access.ADMIN, "reset": Reset.FACTORY_DEFAULT}
"""What a restore keeps, so that the unit stays where it is found."""
_FRIENDLY_NAME = Text(63)

# --- IPv4 and IPv6 ----------------------------------------------------------------------------

_network.setting(
    "Network.Enabled",
    Bool(),
    "yes",
    "IPv4 enabled",
    "Whether the unit uses IPv4.",
    read=Access.VIEWER,
)
_network.setting(
    "Network.BootProto",
    Choice((("dhcp", "From DHCP"), ("none", "Static"))),
    "dhcp",
    "Boot proto",
    "Where the unit gets its IPv4 address from.",
    **_KEPT,
)
_network.setting(
    "Network.IPAddress",
    IpAddress(),
    "192.168.0.90",
    "IP address",
    "The static IPv4 address.",
    **_KEPT,
)
_network.setting(
    "Network.SubnetMask",
    IpAddress(),
    "255.255.255.0",
    "Subnet mask",
    "The subnet mask of the static IPv4 address.",
    **_KEPT,
)
# No setting of its own in the manual's list, but part of the static address (VAPIX page 10.5).
_network.setting(
    "Network.Broadcast",
    IpAddress(),
    "192.168.0.255",
    "Broadcast",
    "The broadcast address of the static IPv4 address.",
    **_KEPT,
)
_network.setting(
    "Network.DefaultRouter",
    IpAddress(),
    "192.168.0.1",
    "Default router",
    "The router of the static IPv4 address.",
    **_KEPT,
)
_network.setting(
    "Network.IPv6.Enabled", Bool(), "yes", "IPv6 enabled", "Whether the unit uses IPv6."
)
_network.setting(
    "Network.IPv6.AcceptRA",
    Bool(),
    "yes",
    "Accept router advertisements",
    "Whether routers may assign the unit IPv6 addresses.",
    **_ADMIN,
)
_network.setting(
    "Network.IPv6.DHCPv6",
    Choice.of("auto", "stateful", "stateless", "off"),
    "auto",
    "DHCPv6",
    "What the unit asks DHCPv6 for.",
    **_ADMIN,
)
_network.setting(
    "Network.IPv6.IPAddress",
    IpAddressList(),
    "",
    "IP address",
    "The static IPv6 addresses, each with its prefix length.",
    **_KEPT,
)
_network.setting(
    "Network.IPv6.DefaultRouter",
    IpAddress(),
    "",
    "Default router",
    "The router of the static IPv6 addresses.",
    **_KEPT,
)
_network.setting(
    "Network.ZeroConf.Enabled",
    Bool(),
    "yes",
    "Enabled",
    "Whether the unit may give itself a link-local address.",
    **_ADMIN,
)
_network.setting(
    "Network.ZeroConf.Fallback",
    Bool(),
    "yes",
    "Fallback",
    "Whether it does so only where it has no other address.",
    **_ADMIN,
)

# --- names ------------------------------------------------------------------------------------

_network.setting(
    "Network.HostName",
    Text(
        63,
        r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?",
        "must be letters, digits and hyphens, with none at the ends",
    ),
    "axis-{serial}",
    "Host name",
    "The unit's name in the network.",
    **_ADMIN,
)
_network.setting(
    "Network.DomainName", Hostname(), "", "Domain name", "The domain the unit is in.", **_ADMIN
)
_network.setting(
    "Network.VolatileHostName.ObtainFromDHCP",
    Bool(),
    "yes",
    "Obtain from DHCP",
    "Whether DHCP may give the unit its host name.",
    **_ADMIN,
)
for _number in (1, 2):
    _network.setting(
        f"Network.DNSServer{_number}",
        IpAddress(),
        "0.0.0.0",  # noqa: S104 -- how VAPIX says none
        f"DNS server {_number}",
        "A name server; 0.0.0.0 is none.",
        **_KEPT,
    )
# The address that is kept would be of no use if a restore went back to the servers of DHCP.
_network.setting(
    "Network.Resolver.ObtainFromDHCP",
    Bool(),
    "yes",
    "Obtain from DHCP",
    "Whether DHCP may say which name servers to use.",
    **_KEPT,
)
_network.setting(
    "Network.Bonjour.Enabled",
    Bool(),
    "yes",
    "Enabled",
    "Whether the unit can be found by Bonjour.",
    **_ADMIN,
)
_network.setting(
    "Network.Bonjour.FriendlyName",
    _FRIENDLY_NAME,
    SHORT_NAME,
    "Friendly name",
    "The name under which Bonjour shows the unit.",
    **_ADMIN,
)
_network.setting(
    "Network.UPnP.Enabled",
    Bool(),
    "no",
    "Enabled",
    "Whether the unit can be found by UPnP.",
    **_ADMIN,
)
_network.setting(
    "Network.UPnP.FriendlyName",
    _FRIENDLY_NAME,
    f"{SHORT_NAME} - {{SERIAL}}",
    "Friendly name",
    "The name under which UPnP shows the unit.",
    **_ADMIN,
)

# --- 802.1X -----------------------------------------------------------------------------------

_DOT1X = "Network.Interface.I0.dot1x"
_network.setting(
    f"{_DOT1X}.Enabled",
    Bool(),
    "no",
    "Enabled",
    "Whether the unit proves itself to the switch.",
    **_KEPT,
)
_network.setting(
    f"{_DOT1X}.EAPOLVersion",
    Choice.of("1", "2", "3"),
    "3",
    "EAPOL version",
    "The EAPOL version that the switch speaks.",
    **_KEPT,
)
_network.setting(
    f"{_DOT1X}.EAPTLS.Identity",
    Text(64),
    "axis-{serial}",
    "Identity",
    "The name the unit gives to the switch.",
    **_KEPT,
)
_network.setting(
    f"{_DOT1X}.EAPTLS.PrivateKeyPassword",
    Secret(64),
    "",
    "Private key password",
    "The password of the key of the unit's certificate.",
    **_KEPT,
)

# --- who gets in besides HTTP -----------------------------------------------------------------

_network.setting(
    "Network.SSH.Enabled",
    Bool(),
    "no",
    "SSH",
    "Whether administrators can log in over SSH.",
    **_ADMIN,
)
_network.setting(
    "Network.FTP.Enabled", Bool(), "no", "FTP", "Whether files can be fetched over FTP.", **_ADMIN
)
_REMOTE = "RemoteService"
_network.setting(
    f"{_REMOTE}.Enabled",
    Choice((("oneclick", "One-click"), ("yes", "Always"), ("no", "No"))),
    "oneclick",
    "Enabled",
    "Whether the unit connects to O3C: after a press of the control button, always, or never.",
    **_KEPT,
)
_network.setting(
    f"{_REMOTE}.ServerList",
    Text(1024),
    "",
    "Server list",
    "Where the O3C service is reached, as host:port separated by commas.",
    **_KEPT,
)
_network.setting(
    f"{_REMOTE}.ProxyServer",
    Hostname(),
    "",
    "Proxy server",
    "The proxy on the way to O3C.",
    **_KEPT,
)
_network.setting(
    f"{_REMOTE}.ProxyPort", Int(1, 65535), "3128", "Proxy port", "The port of that proxy.", **_KEPT
)
_network.setting(
    f"{_REMOTE}.ProxyLogin", Text(64), "", "Proxy login", "The user name at that proxy.", **_KEPT
)
_network.setting(
    f"{_REMOTE}.ProxyPassword",
    Secret(64),
    "",
    "Proxy password",
    "The password at that proxy.",
    **_KEPT,
)
_network.setting(
    f"{_REMOTE}.ProxyAuth",
    Choice.of("basic", "digest", "auto"),
    "basic",
    "Proxy auth",
    "How the unit logs in at that proxy.",
    **_KEPT,
)

# --- time -------------------------------------------------------------------------------------

_network.setting(
    "Time.SyncSource",
    Choice((("None", "None"), ("NTP", "NTP"), ("PC", "Computer"))),
    "NTP",
    "Sync source",
    "Where the unit gets the time from.",
    **_ADMIN,
)
_network.setting(
    "Time.ObtainFromDHCP",
    Bool(),
    "yes",
    "Obtain from DHCP",
    "Whether DHCP may say which time servers to use.",
    **_ADMIN,
)
_network.setting(
    "Time.NTP.Server",
    Hostname(),
    "0.0.0.0",  # noqa: S104 -- how VAPIX says none
    "Server",
    "The time server; 0.0.0.0 is none.",
    **_ADMIN,
)
_network.setting(
    "Time.POSIXTimeZone",
    Text(
        128, r"[A-Za-z0-9<>+,./:-]+", "must be a POSIX time zone such as CET-1CEST,M3.5.0,M10.5.0/3"
    ),
    "UTC0",
    "POSIX time zone",
    "The time zone in POSIX form.",
    read=Access.OPERATOR,
)
_network.setting(
    "Time.DST.Enabled",
    Bool(),
    "yes",
    "Enabled",
    "Whether the clock follows daylight saving time.",
    read=Access.OPERATOR,
)
