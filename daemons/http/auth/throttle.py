"""Slows down whoever guesses passwords, by source, account and device, without shutting out who knows one.

Only failures count. A source that fails too often is shut out for the blocking period. When one account or the
whole unit is under attack, a source is shut out at its first failure, and sources never seen before share a small
budget of attempts; one that has logged in lately is not affected.
"""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

from common.clock import Clock
from daemons.http.settings import Throttling

REMEMBERED = 2048
"""Entries kept; the longest unused go first. What it forgets is still bounded by the budget of the device."""
TRUSTED_FOR_S = 3600.0


@dataclass(slots=True)
class _Count:
    """Failures in the present interval, and what follows from earlier ones."""

    since: float = 0.0
    failures: int = 0
    blocked_until: float = 0.0
    trusted_until: float = 0.0

    def failed(self, now: float, interval_s: float) -> int:
        if now - self.since > interval_s:
            self.since, self.failures = now, 0
        self.failures += 1
        return self.failures


class Throttle:
    """The ledger of failed logins."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ledger: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._device = _Count()
        self._budget = float("inf")
        self._budget_at = clock.monotonic()

    def __len__(self) -> int:
        return len(self._ledger)

    def wait_s(self, address: str, rules: Throttling) -> float:
        """Return for how long `address` may not try; 0 when it may."""
        if not rules.active:
            return 0.0
        now = self._clock.monotonic()
        known = self._ledger.get(("source", source(address)))
        if known is not None:
            if known.blocked_until > now:
                return known.blocked_until - now
            if known.trusted_until > now:
                return 0.0
        return 0.0 if self._refill(now, rules) >= 1.0 else self._interval(rules)

    def failed(self, address: str, account: str, page: str, rules: Throttling) -> bool:
        """Note a failed login; returns whether it is the one that shuts its source out."""
        if not rules.active:
            return False
        now = self._clock.monotonic()
        origin = source(address)
        self._budget = max(0.0, self._refill(now, rules) - 1.0)
        of_source = self._entry("source", origin)
        of_source.trusted_until = 0.0
        limits = (
            (of_source, rules.site_count, rules.site_interval_s),
            (self._entry("page", f"{origin} {page}"), rules.page_count, rules.page_interval_s),
        )
        over = any(count.failed(now, seconds) >= limit > 0 for count, limit, seconds in limits)
        attacked = False
        for count in (self._entry("account", account), self._device):
            if count.failed(now, rules.site_interval_s) >= rules.site_count > 0:
                count.blocked_until = now + rules.blocking_s
            attacked = attacked or count.blocked_until > now
        if over or attacked:
            of_source.blocked_until = now + rules.blocking_s
        return over or attacked

    def succeeded(self, address: str, rules: Throttling) -> None:
        """Note a login that was right."""
        if rules.active:
            known = self._entry("source", source(address))
            known.trusted_until = self._clock.monotonic() + TRUSTED_FOR_S

    def _entry(self, kind: str, name: str) -> _Count:
        key = (kind, name[:100])
        entry = self._ledger.setdefault(key, _Count())
        self._ledger.move_to_end(key)
        while len(self._ledger) > REMEMBERED:
            self._ledger.popitem(last=False)
        return entry

    def _refill(self, now: float, rules: Throttling) -> float:
        """Return how many failures sources without a good name may still cause.

        Twice what shuts out one source, so that one alone cannot use it up; a quarter of the site's rate comes back.
        """
        limit = 2.0 * (rules.site_count or 1000)
        gained = (now - self._budget_at) * limit / 8 / self._interval(rules)
        self._budget_at = now
        self._budget = min(limit, self._budget + gained)
        return self._budget

    @staticmethod
    def _interval(rules: Throttling) -> float:
        return float(max(1, rules.site_interval_s))


@lru_cache(maxsize=1024)
def source(address: str) -> str:
    """Return what counts as one source: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((parsed, 64), strict=False))
    return str(parsed)
