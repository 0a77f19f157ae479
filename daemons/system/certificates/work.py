"""What the daemon asks of the process that knows cryptography, and what that answers."""

import msgspec

from common.certificates import Details, NewKey


class _Request(msgspec.Struct, frozen=True, tag=True):
    """Any request; its class's name is its tag."""


class Read(_Request, frozen=True):
    """Read a certificate."""

    certificate: str
    single: bool = False
    """Refuse more than one."""


class Fit(_Request, frozen=True):
    """Read a certificate and its key, and see that they belong together."""

    certificate: str
    private_key: str
    passphrase: str = ""

    def __repr__(self) -> str:
        return "Fit()"


class Unpack(_Request, frozen=True):
    """Read a PKCS #12 container."""

    container: str
    passphrase: str = ""

    def __repr__(self) -> str:
        return "Unpack()"


class Make(_Request, frozen=True):
    """Make a key and its certificate."""

    new: NewKey


class Apply(_Request, frozen=True):
    """Make a certificate signing request."""

    certificate: str
    private_key: str
    subject: str = ""
    names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Apply()"


class Survey(_Request, frozen=True):
    """Read a file of many authorities; what cannot be read of it is left out."""

    path: str


Request = Read | Fit | Unpack | Make | Apply | Survey


class Found(msgspec.Struct, frozen=True):
    """A certificate as it is kept."""

    certificate: str
    details: Details
    private_key: str = ""

    def __repr__(self) -> str:
        return f"Found({self.details.subject})"


class Answer(msgspec.Struct, frozen=True):
    """What became of a request."""

    refusal: str = ""
    """Why it cannot be; for a person."""
    found: tuple[Found, ...] = ()
    text: str = ""

    def __repr__(self) -> str:
        return f"Answer({self.refusal or len(self.found)})"
