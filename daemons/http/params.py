"""The parameters of the web server: ports, TLS, who may log in how, and how guessing is slowed down."""

from common.params.kinds import Access, Bool, Choice, Int, Text
from common.params.registry import PARAMETERS, Options, Parameter, Template

CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)
"""Forward secrecy and authenticated encryption only; TLS 1.3 brings its own."""

_POLICY = Choice((("http", "HTTP only"), ("https", "HTTPS only"), ("both", "HTTP and HTTPS")))
_ON_OFF = Bool("On", "Off")

_http = PARAMETERS.owned_by("http")
_OPEN: Options = {"read": Access.ANYBODY, "const": True}
_CHECKED: Options = {"read": Access.ANYBODY, "checked_by_owner": True}
_ADMIN: Options = {"read": Access.ADMIN}

# --- ports and TLS ----------------------------------------------------------------------------

HTTP_PORT = _http.setting(
    "System.BoaPort",
    Int(1, 65535),
    "80",
    "HTTP port",
    "The TCP port of plain HTTP.",
    **_CHECKED,
)
HTTPS_PORT = _http.setting(
    "HTTPS.Port",
    Int(1, 65535),
    "443",
    "Port",
    "The TCP port of HTTPS.",
    **_CHECKED,
)
HTTPS_ENABLED = _http.setting(
    "HTTPS.Enabled",
    Bool(),
    "yes",
    "Enabled",
    "Whether the unit answers HTTPS; browser pages are sent there.",
    **_CHECKED,
)
HTTPS_CIPHERS = _http.setting(
    "HTTPS.Ciphers",
    Text(2048, r"[A-Za-z0-9!+@=:_-]+", "must be names of ciphers separated by colons"),
    CIPHERS,
    "Ciphers",
    "What TLS 1.2 may encrypt with, in OpenSSL's names separated by colons.",
    **_CHECKED,
)
KEEP_ALIVE = _http.setting(
    "System.BoaKeepAliveTimeout",
    Int(60, 600, "s"),
    "180",
    "HTTP server timeout",
    "How long a connection without a request is kept open.",
    read=Access.OPERATOR,
    checked_by_owner=True,
)

POLICY_ADMIN = _http.setting(
    "System.BoaGroupPolicy.admin",
    _POLICY,
    "both",
    "Administrator connection policy",
    "Over what administrators may connect.",
    **_CHECKED,
)
POLICY_OPERATOR = _http.setting(
    "System.BoaGroupPolicy.operator",
    _POLICY,
    "both",
    "Operator connection policy",
    "Over what operators may connect.",
    **_CHECKED,
)
POLICY_VIEWER = _http.setting(
    "System.BoaGroupPolicy.viewer",
    _POLICY,
    "both",
    "Viewer connection policy",
    "Over what viewers may connect.",
    **_CHECKED,
)

AUTHENTICATION = _http.setting(
    "Network.HTTP.AuthenticationPolicy",
    Choice(
        (
            ("recommended", "Recommended: Digest over HTTP, Basic over HTTPS"),
            ("digest", "Digest"),
            ("basic", "Basic"),
            ("basic_digest", "Basic & Digest"),
        )
    ),
    "recommended",
    "Authentication policy",
    "How clients prove who they are.",
    read=Access.VIEWER,
)
ALLOWED_HOSTS = _http.setting(
    "Network.HTTP.AllowedHosts",
    Text(
        1024,
        r"([A-Za-z0-9.-]+(,[A-Za-z0-9.-]+)*)?",
        "must be host names separated by commas",
    ),
    "",
    "Allowed host names",
    "Further names by which the unit may be addressed; its own names and addresses always work.",
)
AUTHENTICATION_WITH_QOP = _http.setting(
    "Network.HTTP.AuthenticationWithQop",
    Bool(),
    "no",
    "Authentication with qop",
    "Whether clients that leave out Digest's quality of protection are refused.",
)
ANONYMOUS_VIEWERS = _http.setting(
    "System.BoaProtViewer",
    Bool("anonymous", "password"),
    "password",
    "Allow anonymous viewers",
    "Whether anybody may do what a viewer may, without a password.",
)
ACCESS_LOG = _http.setting(
    "System.AccessLog",
    _ON_OFF,
    "Off",
    "Access log",
    "Whether each request is logged.",
    **_ADMIN,
)
SKIP_DIGEST_URI = _http.setting(
    "System.SkipDigestUriValidation",
    Text(
        128,
        r"([A-Za-z0-9-]+ [!-~]+)?",
        "must be a header name and a word, separated by a space",
    ),
    "User-Agent HttpClient",
    "Match to skip Digest URI validation",
    "A request header and a word in it that mark clients whose Digest answer names another address.",
    **_ADMIN,
)

THROTTLING = _http.setting(
    "System.PreventDoSAttack.ActivatePasswordThrottling",
    _ON_OFF,
    "On",
    "Activate password throttling",
    "Whether guessing passwords is slowed down.",
    **_ADMIN,
)
BLOCKING_PERIOD = _http.setting(
    "System.PreventDoSAttack.DoSBlockingPeriod",
    Int(0, 1000, "s"),
    "10",
    "Blocking period",
    "How long an address that guesses is shut out.",
    **_ADMIN,
)
PAGE_COUNT = _http.setting(
    "System.PreventDoSAttack.DoSPageCount",
    Int(0, 1000),
    "20",
    "Page count",
    "Failed logins on one page, within the page interval, that start the block.",
    **_ADMIN,
)
PAGE_INTERVAL = _http.setting(
    "System.PreventDoSAttack.DoSPageInterval",
    Int(0, 100, "s"),
    "1",
    "Page interval",
    "The time in which failed logins on one page are counted.",
    **_ADMIN,
)
SITE_COUNT = _http.setting(
    "System.PreventDoSAttack.DoSSiteCount",
    Int(0, 1000),
    "20",
    "Site count",
    "Failed logins on the whole unit, within the site interval, that start the block.",
    **_ADMIN,
)
SITE_INTERVAL = _http.setting(
    "System.PreventDoSAttack.DoSSiteInterval",
    Int(0, 100, "s"),
    "1",
    "Site interval",
    "The time in which failed logins on the whole unit are counted.",
    **_ADMIN,
)

# --- pages and streams ------------------------------------------------------------------------

WEB_INTERFACE_DISABLED = _http.setting(
    "System.WebInterfaceDisabled",
    Bool(),
    "no",
    "Web interface disabled",
    "Whether the web pages are switched off; the APIs stay.",
    **_ADMIN,
)
PLAIN_CONFIG = _http.setting(
    "Layout.PlainConfigEnabled",
    Bool(),
    "yes",
    "Plain config enabled",
    "Whether the web pages show Plain config.",
    read=Access.ANYBODY,
    write=Access.OPERATOR,
)
_MAX_PROFILES = 26
_http.fact(
    "StreamProfile.MaxGroups",
    Int(0),
    f"{_MAX_PROFILES}",
    "Max groups",
    "How many stream profiles there can be.",
    const=True,
    hidden=True,
)
PARAMETERS.declare_template(
    Template(
        name="streamprofile",
        parent="StreamProfile",
        letter="S",
        members=tuple(
            Parameter(name, Text(length), "", label, help_, "http", write=Access.OPERATOR)
            for name, length, label, help_ in (
                ("Name", 64, "Name", "What people call the stream profile."),
                ("Description", 256, "Description", "What the stream profile is for."),
                ("Parameters", 1024, "Parameters", "The stream's settings, as in a URL."),
            )
        ),
        owner="http",
        maximum=_MAX_PROFILES,
    )
)

# --- what clients ask for ---------------------------------------------------------------------

for _name, _value, _label, _help in (
    ("Properties.API.HTTP.Version", "3", "API version", "The version of the HTTP API."),
    ("Properties.API.HTTP.AdminPath", "/index.html", "Admin path", "Where the web pages start."),
    # Python's axis cannot do without these two, whatever they say.
    ("Properties.API.Metadata.Metadata", "no", "Metadata", "Whether events can be streamed."),
    ("Properties.API.Metadata.Version", "1.0", "Version", "The version of the event stream."),
    (
        "Properties.API.WebService.EntryService",
        "yes",
        "Entry service",
        "Whether the unit tells which SOAP services it has.",
    ),
    (
        "Properties.API.WebService.WebService",
        "yes",
        "Web services",
        "Whether the unit speaks SOAP.",
    ),
    (
        "Properties.FirmwareManagement.Version",
        "1.8",
        "Version",
        "The version of the API for upgrades of the firmware.",
    ),
    ("Properties.API.SIP.SIP", "yes", "SIP", "Whether the unit has the Call service."),
    ("Properties.API.SIP.Version", "2.2", "Version", "The version of the Call service."),
    (
        "Properties.API.Browser.UserGroup",
        "yes",
        "User group",
        "Whether the unit tells who is logged in.",
    ),
    (
        "Properties.ApiDiscovery.ApiDiscovery",
        "yes",
        "API discovery",
        "Whether the unit tells which APIs it has.",
    ),
    ("Properties.HTTPS.HTTPS", "yes", "HTTPS", "Whether the unit speaks HTTPS."),
    (
        "BasicDeviceInfo.BasicDeviceInfo",
        "yes",
        "Basic device information",
        "Whether the unit answers basicdeviceinfo.cgi.",
    ),
):
    _http.fact(_name, Text(64), _value, _label, _help, **_OPEN)
