"""How an account registers, gives up, goes over to another server and comes back."""

import pytest

from daemons.sip.accounts.registration import Plan, Registration, Server, status_words

PRIMARY, SECONDARY = Server.PRIMARY, Server.SECONDARY
ON_PRIMARY, ON_SECONDARY, BOTH = frozenset({PRIMARY}), frozenset({SECONDARY}), frozenset(Server)
ALONE = Plan(tries=3, failback_s=600, interval_s=300, secondary=False)
TWO = Plan(tries=3, failback_s=600, interval_s=300, secondary=True)


class Account:
    """A registration in a time that is told."""

    def __init__(self, plan: Plan) -> None:
        self.now = 1000.0
        self.it = Registration(plan)

    def fails(self, code: int = 408, server: Server = PRIMARY) -> None:
        """A try, or a refresh, is in vain."""
        self.it.result(server, code, "words", False, self.now)

    def succeeds(self, server: Server = PRIMARY) -> None:
        """It is registered."""
        self.it.result(server, 200, "OK", True, self.now)

    def next(self) -> tuple[float, frozenset[Server]]:
        """Return after which time what is tried."""
        assert self.it.due is not None
        waited = self.it.due - self.now
        self.now = self.it.due
        return waited, self.it.expire(self.now)

    def exhaust(self) -> None:
        """Have the primary server not answer until it is given up."""
        for _ in range(2):
            self.fails()
            self.next()
        self.fails()


def test_a_registered_account_has_nothing_to_do() -> None:
    """The stack refreshes."""
    account = Account(ALONE)
    assert (account.it.code, account.it.words) == (0, "Registering")
    account.succeeds()
    assert (account.it.code, account.it.words, account.it.due) == (200, "OK", None)


def test_a_server_that_is_away_is_tried_as_often_as_configured_and_then_rarely() -> None:
    """Each time a little later; then `Register with server every` holds, for each try."""
    for code in (408, 503):
        account = Account(ALONE)
        account.fails(code)
        assert account.next() == (1.0, ON_PRIMARY)
        account.fails(code)
        assert account.next() == (2.0, ON_PRIMARY)
        for _ in range(3):
            account.fails(code)
            assert account.next() == (300.0, ON_PRIMARY)


def test_a_server_that_is_away_is_said_to_be_away() -> None:
    """In words for a person."""
    account = Account(ALONE)
    account.fails()
    assert account.it.words == "The server does not answer (408 words)"


def test_it_stops_trying_when_all_tries_were_refused() -> None:
    """For a reason that may pass it has all its tries, and no more."""
    account = Account(ALONE)
    for _ in range(2):
        account.fails(488)
        account.next()
    account.fails(488)
    assert account.it.due is None
    assert account.it.words == "The server refuses (488 words)"


def test_a_server_that_does_not_let_it_in_is_never_asked_again() -> None:
    """Wrong passwords lock accounts; another network or another stack is worth one try."""
    for code, words in (
        (401, "The server does not accept the user ID, authentication ID or password (401 words)"),
        (403, "The server does not accept the user ID, authentication ID or password (403 words)"),
        (404, "The server does not know the account (404 words)"),
    ):
        account = Account(ALONE)
        account.fails(code)
        assert (account.it.code, account.it.words) == (code, words)
        assert account.it.due is None
        account.it.hurry(account.now)
        assert account.next() == (0.0, ON_PRIMARY)
        account.fails(code)
        assert account.it.due is None


def test_a_primary_server_that_does_not_let_it_in_is_not_gone_back_to() -> None:
    """Neither when it said so at first nor when it is tried again; another network or stack is worth a try."""
    account = Account(TWO)
    account.fails(403)
    account.succeeds(SECONDARY)
    assert account.it.due is None
    account.it.hurry(account.now)
    account.next()
    assert account.it.servers == BOTH
    account.fails(403)
    assert (account.it.servers, account.it.due) == (ON_SECONDARY, None)
    account.it.stack_started()
    assert (account.it.in_use, account.it.servers) == (SECONDARY, BOTH)
    account.fails()
    assert account.next() == (600.0, frozenset())


def test_a_lost_registration_is_sought_again() -> None:
    """With all the tries."""
    account = Account(ALONE)
    account.fails()
    account.next()
    account.succeeds()
    account.fails(503)
    assert account.it.code == 503
    assert account.next() == (1.0, ON_PRIMARY)


def test_the_network_is_back_or_the_stack_is_another() -> None:
    """The first tries at once; the second tries by itself, and counts anew."""
    account = Account(ALONE)
    account.exhaust()
    account.it.hurry(account.now)
    assert account.next() == (0.0, ON_PRIMARY)
    account.fails()
    account.it.stack_started()
    assert account.it.due is None
    account.fails()
    assert account.next() == (1.0, ON_PRIMARY)
    account.succeeds()
    account.it.hurry(account.now)
    assert account.it.due is None
    account.it.stack_started()
    assert (account.it.code, account.it.words) == (0, "Registering"), "what was, is over"


def test_it_goes_over_to_the_secondary_server() -> None:
    """After all tries, or at once when it is not let in."""
    account = Account(TWO)
    account.exhaust()
    assert (account.it.in_use, account.it.servers) == (SECONDARY, ON_SECONDARY)
    assert account.it.code == 0
    account.succeeds(SECONDARY)
    assert account.it.code == 200
    other = Account(TWO)
    other.fails(403)
    assert other.it.servers == ON_SECONDARY


def test_it_comes_back_when_the_primary_does_and_not_before() -> None:
    """The secondary serves calls while the primary is tried."""
    account = Account(TWO)
    account.exhaust()
    account.succeeds(SECONDARY)
    assert account.next() == (600.0, frozenset())
    assert (account.it.in_use, account.it.servers) == (SECONDARY, BOTH)
    account.fails()
    assert (account.it.code, account.it.servers) == (200, ON_SECONDARY)
    account.next()
    account.succeeds(PRIMARY)
    assert (account.it.in_use, account.it.servers) == (PRIMARY, ON_PRIMARY)
    assert (account.it.code, account.it.due) == (200, None)


def test_a_late_word_of_a_server_that_is_not_wanted_says_nothing() -> None:
    """It has unregistered; but being registered there is always good news."""
    account = Account(TWO)
    account.exhaust()
    account.succeeds(SECONDARY)
    account.fails(200, PRIMARY)
    assert (account.it.in_use, account.it.code) == (SECONDARY, 200)
    account.succeeds(PRIMARY)
    assert account.it.in_use is PRIMARY


def test_both_servers_are_away() -> None:
    """The secondary is given up as the primary was, and the primary is still tried at its time."""
    account = Account(TWO)
    account.exhaust()
    for _ in range(2):
        account.fails(server=SECONDARY)
        assert account.next()[1] == ON_SECONDARY
    account.fails(server=SECONDARY)
    assert account.it.words == "The server does not answer (408 words)"
    assert account.next() == (300.0, ON_SECONDARY)
    account.it.hurry(account.now)
    assert account.next() == (0.0, ON_SECONDARY)
    assert account.it.servers == BOTH


@pytest.mark.covers("M-SIP-23", part="why a server is not reached")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Host not found", "The server's name is not found"),
        ("gethostbyname() has returned error (PJ_ERESOLVE)", "The server's name is not found"),
        ("Connection refused", "The server is not reached (Connection refused)"),
        (
            "SSL certificate verification error (PJSIP_TLS_ECERTVERIF)",
            "The server's certificate is not trusted (SSL certificate verification error)",
        ),
        (
            "Error reading TLS handshake",
            "The server and the unit do not agree on TLS (Error reading TLS handshake)",
        ),
        ("Service Unavailable", "The server is not ready (503 Service Unavailable)"),
        ("The login was asked for by an address", "The login was asked for by an address"),
    ],
)
def test_why_a_server_was_not_reached(text: str, words: str) -> None:
    """All of it is 503 where a status is wanted; a person is told apart a name, a cable and a certificate."""
    assert status_words(503, text) == words
