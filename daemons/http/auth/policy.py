"""Which ways to prove who one is are offered, by transport and parameter (VAPIX page 1.2)."""

from enum import Enum


class Scheme(Enum):
    """A way to prove who one is, as `Authorization` names it."""

    BASIC = "Basic"
    DIGEST = "Digest"


_OVER_HTTP = {
    "basic": (Scheme.BASIC,),
    "digest": (Scheme.DIGEST,),
    "basic_digest": (Scheme.DIGEST,),
    "recommended": (Scheme.DIGEST,),
}
_OVER_HTTPS = {
    "basic": (Scheme.BASIC,),
    "digest": (Scheme.DIGEST,),
    "basic_digest": (Scheme.DIGEST,),
    "recommended": (Scheme.BASIC,),
}


def offered(policy: str, *, encrypted: bool) -> tuple[Scheme, ...]:
    """Return the schemes that a challenge names; no other is accepted."""
    table = _OVER_HTTPS if encrypted else _OVER_HTTP
    return table[policy.lower()]
