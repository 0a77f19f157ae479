"""What the unit is, and the facts about it that the system daemon finds out."""

from common import product
from common.params.kinds import Access, Bool, IpAddress, IpAddressList, Text
from common.params.registry import PARAMETERS
from common.product import SHORT_NAME

_system = PARAMETERS.owned_by("system")
_NAME = Text(128)
_OPEN = Access.ANYBODY
_SERIAL_NUMBER = Text(12, r"[0-9A-F]{12}", "must be 12 hexadecimal digits in capitals")

# --- identity ---------------------------------------------------------------------------------

for _name, _value, _label, _help in (
    ("Brand.Brand", product.BRAND, "Brand", "Whose API the unit speaks."),
    ("Brand.ProdFullName", product.FULL_NAME, "Prod full name", "The product's full name."),
    ("Brand.ProdNbr", product.NUMBER, "Prod nbr", "The product's model number."),
    ("Brand.ProdShortName", SHORT_NAME, "Prod short name", "The product's short name."),
    ("Brand.ProdType", product.TYPE, "Prod type", "What kind of product it is."),
    (
        "Brand.ProdVariant",
        product.VARIANT,
        "Prod variant",
        "Which variant it is, if there are some.",
    ),
    ("Brand.WebURL", product.WEB_URL, "Web URL", "Where clients look for the brand."),
    (
        "Properties.Firmware.BuildDate",
        product.BUILD_DATE,
        "Build date",
        "When this version was built.",
    ),
    ("Properties.Firmware.BuildNumber", product.BUILD_NUMBER, "Build number", "Which build it is."),
    (
        "Properties.System.Architecture",
        product.ARCHITECTURE,
        "Architecture",
        "What kind of processor it runs on.",
    ),
    (
        "Properties.System.HardwareID",
        product.HARDWARE_ID,
        "Hardware ID",
        "Which hardware it is, in hexadecimal digits.",
    ),
    ("Properties.System.Soc", product.SOC, "Soc", "The system on chip it runs on."),
):
    _system.fact(_name, _NAME, _value, _label, _help, read=_OPEN, const=True)

VERSION = _system.fact(
    "Properties.Firmware.Version",
    _NAME,
    product.VERSION,
    "Version",
    "The version of the firmware.",
    read=_OPEN,
)
SERIAL_NUMBER = _system.fact(
    "Properties.System.SerialNumber",
    _SERIAL_NUMBER,
    "000000000000",
    "Serial number",
    "The unit's serial number, which is its MAC address.",
    read=_OPEN,
)

# --- what it finds out ------------------------------------------------------------------------

ROOT_PASSWORD_SET = _system.fact(
    "System.RootPwdSet",
    Bool(),
    "no",
    "Administrator password set",
    "Whether there is an account.",
)
_HOST_NAME_IN_USE = _system.fact(
    "Network.VolatileHostName.HostName",
    Text(253),
    "axis-{serial}",
    "Host name",
    "The host name in use, from DHCP or from the settings.",
    read=Access.ADMIN,
)
for _name, _kind, _label, _help, _read in (
    ("MACAddress", Text(17), "MAC address", "The hardware address of the port.", Access.OPERATOR),
    ("IPAddress", IpAddress(), "IP address", "The IPv4 address in use.", Access.OPERATOR),
    ("SubnetMask", IpAddress(), "Subnet mask", "The IPv4 subnet mask in use.", Access.ADMIN),
    ("Broadcast", IpAddress(), "Broadcast", "The IPv4 broadcast address in use.", Access.ADMIN),
    (
        "IPv6.IPAddresses",
        IpAddressList(),
        "IP addresses",
        "The IPv6 addresses in use, each with its prefix length.",
        Access.ADMIN,
    ),
):
    _system.fact(f"Network.eth0.{_name}", _kind, "", _label, _help, read=_read)
