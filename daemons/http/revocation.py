"""What is live ends with the login that opened it: what lasts for hours outlives what was checked at the door."""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from daemons.http.call import Call


@contextmanager
def while_logged_in(call: Call, end: Callable[[], None]) -> Iterator[None]:
    """Call `end`, once or more often, when in the block the caller's login comes to its end.

    It does when the account is removed or gets another password or role, and when the session is ended or too old.
    """
    accounts, identity = call.unit.accounts, call.identity
    if identity is None:
        yield
        return
    verifier = accounts.find(identity.name)

    def check() -> None:
        sessions, session = accounts.keyed.sessions, identity.session
        logged_in = session is None or sessions.left_s(session) > 0.0
        if verifier is None or accounts.find(identity.name) != verifier or not logged_in:
            end()

    with ExitStack() as held:
        held.enter_context(accounts.watched(check))
        if identity.session is not None:
            left_s = accounts.keyed.sessions.left_s(identity.session)
            held.callback(asyncio.get_running_loop().call_later(left_s, end).cancel)
        check()
        yield


@contextmanager
def ends_with_login(call: Call, descriptor: int) -> Iterator[None]:
    """Shut the connection behind a descriptor down when, in the block, the caller's login comes to its end."""
    # Its own descriptor: whoever reads or writes may close theirs at any time.
    with socket.socket(fileno=os.dup(descriptor)) as connection:

        def end() -> None:
            with suppress(OSError):  # it is over already
                connection.shutdown(socket.SHUT_RDWR)

        with while_logged_in(call, end):
            yield
