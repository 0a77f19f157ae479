"""Tells requests that another web site makes a browser send from those of people, our own pages and programs."""

from collections.abc import Mapping
from urllib.parse import urlsplit

_OWN = frozenset({"same-origin", "none"})
"""What `Sec-Fetch-Site` says of our own pages, and of an address that a person typed (W3C Fetch Metadata)."""


def is_cross_site(headers: Mapping[str, str]) -> bool:
    """Whether another site made a browser send this."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in _OWN  # no page can forge it
    own = headers.get("host", "").lower()
    for field in ("origin", "referer"):
        if (told := headers.get(field)) is not None:
            return _site(told.lower()) != own
    return False


def is_own_origin(headers: Mapping[str, str]) -> bool:
    """Whether the page that sent this, where it says which, is ours; for what is no fetch of a page."""
    origin = headers.get("origin")
    return origin is None or _site(origin.lower()) == headers.get("host", "").lower()


def _site(address: str) -> str | None:
    """Return the host and port in an address; None when it is none."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return None


def is_typed(headers: Mapping[str, str]) -> bool:
    """Whether a person put the address into the browser: no page, ours or another's, had a hand in it."""
    return headers.get("sec-fetch-site") == "none"


def is_unmarked_browser(headers: Mapping[str, str]) -> bool:
    """Whether a browser sent this without saying on whose behalf, as they do over plain HTTP."""
    return (
        "sec-fetch-site" not in headers
        and "accept-language" in headers
        and headers.get("user-agent", "").startswith("Mozilla/5.0 ")
    )


def is_script(headers: Mapping[str, str]) -> bool:
    """Whether a script in a page sent this: a challenge would make the browser ask for a password by itself."""
    return headers.get("sec-fetch-dest") == "empty" or "x-csrf-token" in headers
