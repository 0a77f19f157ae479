"""The records that accounts and certificates are kept as."""

import msgspec

from common.accounts import MAXIMUM_ACCOUNTS, Role
from common.certificates import MOST, Details, Kind
from common.params.kinds import Reset
from common.params.registry import PARAMETERS, RecordType
from common.remote_access import MOST_SSH_ACCOUNTS


class AccountRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account with its verifiers, which are sealed and left out of every listing."""

    name: str
    role: Role
    group: str = "users"
    ptz: bool = False
    comment: str = ""
    password_hash: str | msgspec.UnsetType = msgspec.UNSET
    ha1_md5: str | msgspec.UnsetType = msgspec.UNSET
    ha1_sha256: str | msgspec.UnsetType = msgspec.UNSET

    def __repr__(self) -> str:
        return f"AccountRecord(name={self.name!r}, role={self.role})"


ACCOUNT = PARAMETERS.declare_record(
    RecordType(
        "account",
        owner="system",
        shape=AccountRecord,
        secret_fields=frozenset({"password_hash", "ha1_md5", "ha1_sha256"}),
        maximum=MAXIMUM_ACCOUNTS,
        reset=Reset.RESTORE,  # accounts are not on the list of what a restore keeps
    )
)


class CertificateRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A certificate with its private key, if it has one, which is sealed."""

    alias: str
    kind: Kind
    certificate: str
    details: Details
    private_key: str | msgspec.UnsetType = msgspec.UNSET

    def __repr__(self) -> str:
        return f"CertificateRecord(alias={self.alias!r}, kind={self.kind})"


CERTIFICATE = PARAMETERS.declare_record(
    RecordType(
        "certificate",
        owner="system",
        shape=CertificateRecord,
        secret_fields=frozenset({"private_key"}),
        maximum=MOST,
        # A restore keeps what 802.1X needs (M-MNT-02), and with it the certificates. M-SEC-05: factory default.
        reset=Reset.FACTORY_DEFAULT,
    )
)


class SshAccountRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An SSH account with the hash of its password, which is sealed and left out of every listing."""

    name: str
    uid: int
    comment: str = ""
    password_hash: str | msgspec.UnsetType = msgspec.UNSET

    def __repr__(self) -> str:
        return f"SshAccountRecord(name={self.name!r})"


SSH_ACCOUNT = PARAMETERS.declare_record(
    RecordType(
        "ssh_account",
        owner="system",
        shape=SshAccountRecord,
        secret_fields=frozenset({"password_hash"}),
        maximum=MOST_SSH_ACCOUNTS,
        reset=Reset.RESTORE,  # accounts are not on the list of what a restore keeps
    )
)
