"""The reset by the control button: it waits for a system daemon on its way, and tells when nothing comes of it."""

from typing import Any

import pytest

from common.errors import Conflict, Unavailable
from daemons.ioports.adapters import system
from daemons.ioports.adapters.system import FactoryDefault


class SystemDaemon:
    """Stands in for the system daemon and the connection to it: answers with errors until it has none left."""

    def __init__(self, *answers: Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []

    def proxy(self, _interface: object, _member: object) -> Any:
        """Return the daemon as another one calls it."""
        return self

    async def reset(self, level: str, who: str) -> None:
        """Reset the unit."""
        self.asked.append((level, who))
        if self.answers:
            raise self.answers.pop(0)


def factory_default(daemon: SystemDaemon, told: list[bool]) -> FactoryDefault:
    """Return the reset by a daemon, and what is told of it."""
    return FactoryDefault(daemon, told.append)  # type: ignore[arg-type]  # of a connection it needs the proxy alone


async def test_it_is_asked_for_until_somebody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """So soon after the start the system daemon may be missing; the lamp says from the release on what will happen."""
    monkeypatch.setattr(system, "RETRY_INTERVAL_S", 0.001)
    daemon = SystemDaemon(Unavailable("away"), Unavailable("away"))
    told: list[bool] = []
    work = factory_default(daemon, told).start()
    assert told == [True]
    assert await work
    assert daemon.asked == 3 * [("factory_default", "control button")]
    assert told == [True]


async def test_a_refusal_is_told_and_not_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    """The lamp goes back, and the log says why."""
    daemon = SystemDaemon(Conflict("the unit is restarting already"))
    told: list[bool] = []
    assert not await factory_default(daemon, told).start()
    assert told == [True, False]
    assert len(daemon.asked) == 1
    assert "the unit is restarting already" in caplog.text


async def test_patience_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A lamp that tells of a reset for ever would be a lie."""
    monkeypatch.setattr(system, "RETRY_INTERVAL_S", 0.001)
    monkeypatch.setattr(system, "PATIENCE_S", 0.05)
    told: list[bool] = []
    assert not await factory_default(SystemDaemon(*1000 * [Unavailable("away")]), told).start()
    assert told == [True, False]
    assert "not reset" in caplog.text
