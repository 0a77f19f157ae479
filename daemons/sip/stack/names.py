"""Host names looked up by threads: PJSIP itself would keep all calls waiting for a name server."""

from collections.abc import Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from daemons.sip.stack import addresses

_FOR_ACCOUNTS: Final = 32
"""Threads that mostly sleep: as many dead names hold nobody up who has a living one."""
_FOR_CALLS: Final = 4

Found = Mapping[str, frozenset[str]]
"""The addresses of each host."""


class LookUp:
    """Some hosts that somebody waits for."""

    def __init__(self, hosts: Mapping[str, Future[frozenset[str]]]) -> None:
        self._hosts = hosts

    @property
    def done(self) -> bool:
        """Whether all have been answered, or will not be."""
        return all(host.done() for host in self._hosts.values())

    @property
    def found(self) -> Found:
        """What was found of each, once it is done."""
        return {host: asked.result() for host, asked in self._hosts.items()}


class Names:
    """Each host is asked for once at a time, whoever waits; who calls does not wait behind those who register."""

    def __init__(self) -> None:
        self._for_accounts = ThreadPoolExecutor(_FOR_ACCOUNTS, "names")
        self._for_calls = ThreadPoolExecutor(_FOR_CALLS, "names of calls")
        self._asked: dict[str, Future[frozenset[str]]] = {}

    def look_up(self, hosts: Collection[str], *, at_once: bool) -> LookUp:
        """Begin to look hosts up."""
        if at_once:
            return LookUp({host: self._for_calls.submit(addresses.resolve, host) for host in hosts})
        self._asked = {host: asked for host, asked in self._asked.items() if not asked.done()}
        for host in hosts:
            if host not in self._asked:
                self._asked[host] = self._for_accounts.submit(addresses.resolve, host)
        return LookUp({host: self._asked[host] for host in hosts})
