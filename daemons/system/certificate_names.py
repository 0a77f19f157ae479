"""Which names the unit's own certificate speaks for."""

import msgspec

from daemons.system.ports import Addresses

LOOPBACK = ("127.0.0.1", "::1")
LONGEST_COMMON_NAME = 64
"""RFC 5280 appendix A.1, ub-common-name."""


class CertificateNames(msgspec.Struct, frozen=True):
    """The names and addresses by which somebody may open the unit's pages."""

    host_names: tuple[str, ...]
    """The unit's own name first: it becomes the common name."""
    addresses: tuple[str, ...]

    def cover(self, other: "CertificateNames") -> bool:
        """Whether a certificate for these also serves for `other`."""
        return set(other.host_names) <= set(self.host_names) and set(other.addresses) <= set(
            self.addresses
        )

    @property
    def common_name(self) -> str:
        """The subject of the certificate."""
        return self.host_names[0][:LONGEST_COMMON_NAME]


def names_of_unit(
    host_name: str, addresses: Addresses, *, domain: str = "", machine_name: str = ""
) -> CertificateNames:
    """Return every name of the unit: its host name plain, by mDNS and in its domain, its addresses, and loopback.

    `machine_name` is that of the computer on which a development board runs.
    """
    names = [host_name, f"{host_name}.local", "localhost"]
    if domain:
        names.append(f"{host_name}.{domain}")
    if machine_name and machine_name.isascii():
        names += [machine_name, f"{machine_name}.local"]
    return CertificateNames(
        host_names=tuple(dict.fromkeys(name.lower() for name in names)),
        addresses=tuple(dict.fromkeys((*addresses.all, *LOOPBACK))),
    )
