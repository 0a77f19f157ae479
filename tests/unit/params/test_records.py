"""Records keep their shape, and nobody overwrites what they have not read."""

import json

import pytest

from common.errors import ApplianceError, Conflict, InvalidValue, NotFound, NotPermitted
from daemons.params.records import delete, holds_secrets, listed, put, unsealed
from daemons.params.state import State
from daemons.params.tree import Declarations, Tree
from tests.unit.params.example import registry, sealer

KEY = ("recipient", "mail")


class Records:
    """The example database with a writer."""

    def __init__(self) -> None:
        self.state = State()
        self.tree = Tree(Declarations(registry()), self.state)

    def put(
        self, content: object, revision: int = 0, id_: str = "mail", owner: str = "events"
    ) -> int:
        """Write a record and return its revision."""
        text = content if isinstance(content, str) else json.dumps(content)
        change = put(self.tree, sealer(), owner, "recipient", id_, revision, text)
        change.apply(self.state)
        return change.revision

    def secrets(self, id_: str = "mail") -> dict[str, object]:
        """Return the secret fields of a record."""
        return unsealed(self.state, sealer(), f"recipient/{id_}")


def test_a_record_is_listed_without_its_secrets() -> None:
    """Secret fields go to the sealed side, the rest is complete with its defaults."""
    records = Records()
    revision = records.put({"url": "http://a", "password": "hunter2"})
    [(id_, listed_revision, content)] = listed(records.state, registry().records["recipient"])
    assert (id_, listed_revision) == ("mail", revision)
    assert json.loads(content) == {"url": "http://a", "retries": 3}
    assert records.secrets() == {"password": "hunter2"}
    assert "hunter2" not in repr(records.state)


def test_secret_fields_that_are_left_out_stay() -> None:
    """So that a form can be saved without them."""
    records = Records()
    revision = records.put({"url": "http://a", "password": "hunter2"})
    revision = records.put({"url": "http://b"}, revision)
    assert records.secrets() == {"password": "hunter2"}
    records.put({"url": "http://b", "password": "other"}, revision)
    assert records.secrets() == {"password": "other"}


def test_who_has_no_secret_needs_nothing_that_seals() -> None:
    """A record without secrets costs no cipher; one that has some, or is to have them, does."""
    records, type_ = Records(), registry().records["recipient"]
    assert not holds_secrets(records.state, type_, "mail", '{"url": "http://a"}')
    assert holds_secrets(records.state, type_, "mail", '{"url": "http://a", "password": ""}')
    records.put({"url": "http://a", "password": "hunter2"})
    assert holds_secrets(records.state, type_, "mail", '{"url": "http://b"}')
    assert not holds_secrets(records.state, type_, "other", '{"url": "http://b"}')


def test_a_stale_revision_is_a_conflict() -> None:
    """Compare and set: also for a record that was deleted and made again."""
    records = Records()
    first = records.put({"url": "http://a"})
    with pytest.raises(Conflict):
        records.put({"url": "http://b"})
    second = records.put({"url": "http://b"}, first)
    with pytest.raises(Conflict):
        records.put({"url": "http://c"}, first)
    with pytest.raises(Conflict):
        delete(records.tree, "events", "recipient", "mail", first)
    delete(records.tree, "events", "recipient", "mail", second).apply(records.state)
    third = records.put({"url": "http://d"})
    assert third not in (first, second)
    with pytest.raises(Conflict):
        records.put({"url": "http://e"}, second)


def test_deletion_takes_the_secrets() -> None:
    """Nothing sealed remains."""
    records = Records()
    revision = records.put({"url": "http://a", "password": "hunter2"})
    delete(records.tree, "events", "recipient", "mail", revision).apply(records.state)
    assert not records.state.secrets
    assert not records.state.records
    with pytest.raises(NotFound):
        delete(records.tree, "events", "recipient", "mail", revision)


@pytest.mark.parametrize(
    ("content", "id_", "owner", "error"),
    [
        ({"url": 5}, "mail", "events", InvalidValue),
        ({}, "mail", "events", InvalidValue),
        ({"url": "x", "more": 1}, "mail", "events", InvalidValue),
        ("[]", "mail", "events", InvalidValue),
        ("{", "mail", "events", InvalidValue),
        ("[" * 100_000, "mail", "events", InvalidValue),
        ({"url": "x"}, "", "events", InvalidValue),
        ({"url": "x"}, "a\nb", "events", InvalidValue),
        ({"url": "x"}, "x" * 999, "events", InvalidValue),
        ({"url": "x"}, "mail", "audio", NotPermitted),
    ],
)
def test_a_record_is_refused(
    content: object, id_: str, owner: str, error: type[ApplianceError]
) -> None:
    """Wrong shapes, wrong ids, and anybody but the owner."""
    with pytest.raises(error):
        Records().put(content, id_=id_, owner=owner)


def test_a_refusal_never_quotes_a_secret() -> None:
    """A wrong type in a secret field is told without its value."""
    with pytest.raises(InvalidValue) as refusal:
        Records().put({"url": "x", "password": ["hunter2"]})
    assert "hunter2" not in str(refusal.value)


def test_there_is_a_limit() -> None:
    """The declared maximum holds for new records only."""
    records = Records()
    revision = records.put({"url": "x"}, id_="a")
    records.put({"url": "x"}, id_="b")
    with pytest.raises(Conflict, match="at most 2"):
        records.put({"url": "x"}, id_="c")
    records.put({"url": "y"}, revision, id_="a")
