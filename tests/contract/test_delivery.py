"""Deliveries: on disk, one lane per recipient, tried again, given up in the end, and none of it twice or never."""

from pathlib import Path

import pytest

from common.clock import ManualClock
from common.errors import InvalidValue, StorageFull
from daemons.events.delivery.backoff import Limits
from daemons.events.recipients.kinds import File, Message
from tests.contract.delivery_rig import (
    FIRST,
    SECOND,
    Recipients,
    Rig,
    running,
    sink,
    tcp,
    until,
)
from tests.contract.recipients_rig import drip, hang, process_on_a_port, scripted


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


async def test_every_step_is_reported(tmp_path: Path) -> None:
    """Queued, being sent, delivered; afterwards it stands among what ended last."""
    async with sink() as there, running(tmp_path, {FIRST: tcp(there.port)}) as rig:
        number = await rig.put("hello")
        await rig.end_of(number)
        assert there.texts == ["hello"]
        assert [report.state for report in rig.reports] == ["queued", "sending", "delivered"]
        (state,) = rig.deliveries.states()
        assert (state.number, state.state, state.attempts) == (number, "delivered", 1)
        assert (state.recipient, state.what) == ("recipient", "a text")


async def test_texts_come_in_their_order(tmp_path: Path) -> None:
    """One after the other, to one recipient."""
    async with sink() as there, running(tmp_path, {FIRST: tcp(there.port)}) as rig:
        numbers = [await rig.put(str(count)) for count in range(10)]
        await rig.end_of(numbers[-1])
        assert there.texts == [str(count) for count in range(10)]


@pytest.mark.parametrize("handler", [hang, drip], ids=["hang", "drip"])
async def test_a_bad_recipient_does_not_keep_another_waiting(
    handler: object, tmp_path: Path
) -> None:
    """Each has a lane of its own."""
    async with scripted(handler) as bad, sink() as good:  # type: ignore[arg-type]
        http = {"upload_url": f"http://127.0.0.1:{bad}/"}
        recipients = {FIRST: ("com.axis.recipient.http", http), SECOND: tcp(good.port)}
        async with running(tmp_path, recipients) as rig:
            stuck = await rig.put("x", FIRST)
            await until(lambda: any(report.state == "sending" for report in rig.reports))
            for count in range(3):
                number = await rig.put(str(count), SECOND)
                assert (await rig.end_of(number)).state == "delivered"
            assert rig.ended(stuck) == []


async def test_what_fails_is_tried_again_with_longer_waits(tmp_path: Path) -> None:
    """The recipient comes up in the end; the reports say why it took so long and when it goes on."""
    recipients = {FIRST: tcp(1)}
    async with sink() as there, running(tmp_path, recipients) as rig:
        number = await rig.put("hello")
        await until(lambda: len(rig.reports) > 6)
        recipients[FIRST] = tcp(there.port)
        assert (await rig.end_of(number)).state == "delivered"
        waits = [report for report in rig.reports if report.next_attempt is not None]
        assert all("Connection refused" in report.reason for report in waits)
        assert all(report.next_attempt > report.time for report in waits if report.next_attempt)
        assert there.texts == ["hello"]


async def test_a_change_of_the_recipient_ends_the_wait(tmp_path: Path) -> None:
    """Who has mended it does not wait half an hour."""
    recipients = {FIRST: tcp(1)}
    limits = Limits(first_wait_s=1000.0)
    async with sink() as there, running(tmp_path, recipients, limits) as rig:
        number = await rig.put("hello")
        await until(lambda: any(report.next_attempt for report in rig.reports))
        recipients[FIRST] = tcp(there.port)
        await until(lambda: rig.deliveries.states()[0].next_attempt is not None)
        rig.deliveries.addressed({FIRST: 2})
        await rig.end_of(number)
        assert there.texts == ["hello"]


async def test_a_change_of_something_else_does_not(tmp_path: Path) -> None:
    """Whoever edits rules does not bother a server that is in trouble; one that was removed ends at once."""
    limits = Limits(first_wait_s=1000.0)
    async with running(tmp_path, {FIRST: tcp(1), SECOND: tcp(1)}, limits) as rig:
        rig.deliveries.addressed({FIRST: 1, SECOND: 1})
        one, other = await rig.put("a", FIRST), await rig.put("b", SECOND)
        await until(lambda: all(each.next_attempt for each in rig.deliveries.states()))
        rig.deliveries.addressed({FIRST: 1})
        await until(lambda: _attempts(rig, other) == 2)
        assert _attempts(rig, one) == 1


def _attempts(rig: Rig, number: int) -> int:
    return max(report.attempts for report in rig.reports if report.number == number)


async def test_attempts_have_an_end(tmp_path: Path) -> None:
    """The report says that it was given up, and why."""
    limits = Limits(first_wait_s=0.01, longest_wait_s=0.01, most_attempts=3)
    async with running(tmp_path, {FIRST: tcp(1)}, limits) as rig:
        report = await rig.end_of(await rig.put("x"))
        assert (report.state, report.attempts) == ("failed", 3)
        assert report.reason.startswith("given up: no connection to 127.0.0.1 port 1")


async def test_what_is_too_old_is_given_up_and_so_is_what_waits_behind_it(tmp_path: Path) -> None:
    """A day in reality."""
    limits = Limits(first_wait_s=0.05, longest_wait_s=0.05, longest_age_s=0.2)
    async with running(tmp_path, {FIRST: tcp(1)}, limits) as rig:
        numbers = [await rig.put("x") for _ in range(3)]
        for number in numbers:
            report = await rig.end_of(number)
            assert (report.state, "too old" in report.reason) == ("failed", True)


async def test_a_queue_that_was_idle_for_days_is_as_patient_as_ever(tmp_path: Path) -> None:
    """A message's age is its own."""
    clock, recipients = ManualClock(), {FIRST: tcp(1)}
    limits = Limits(first_wait_s=1000.0)
    async with running(tmp_path, recipients, limits, clock=clock) as rig:
        clock.advance(3 * 24 * 3600)
        number = await rig.put("x")
        await until(lambda: bool(rig.deliveries.states()[0].next_attempt))
        clock.advance(23 * 3600)
        rig.deliveries.addressed({FIRST: 1})
        await until(lambda: rig.deliveries.states()[0].attempts == 2)
        await until(lambda: bool(rig.deliveries.states()[0].next_attempt))
    clock.advance(1000 * 3600)
    async with running(tmp_path, recipients, limits, clock=clock) as rig:
        await until(lambda: any(state.attempts == 3 for state in rig.deliveries.states()))
        await until(lambda: bool(rig.deliveries.states()[0].next_attempt))
        clock.advance(1 * 3600)
        rig.deliveries.addressed({FIRST: 1})
        assert "too old" in (await rig.end_of(number)).reason


async def test_what_can_never_work_is_not_tried_again(tmp_path: Path) -> None:
    """And does not hold up the others."""
    recipients: Recipients = {
        FIRST: ("com.axis.recipient.networkshare", {"host": "h", "share": "s"})
    }
    async with running(tmp_path, recipients) as rig:
        reports = [await rig.end_of(await rig.put("x")) for _ in range(2)]
        assert [(report.state, report.attempts) for report in reports] == [("failed", 1)] * 2


async def test_a_removed_recipient_ends_its_messages(tmp_path: Path) -> None:
    """With a report."""
    async with running(tmp_path, {}) as rig:
        report = await rig.end_of(await rig.put("x"))
        assert (report.state, report.reason) == ("failed", "the recipient was removed")


async def test_the_queue_is_bounded_and_the_dead_pay_for_themselves(tmp_path: Path) -> None:
    """When it is full the oldest of whoever has most goes, with a report; another's message stays."""
    limits = Limits(first_wait_s=1000.0, most_messages=4)
    async with running(tmp_path, {FIRST: tcp(1), SECOND: tcp(1)}, limits) as rig:
        alone = await rig.put("x", SECOND)
        many = [await rig.put("0")]
        await until(lambda: all(state.next_attempt for state in rig.deliveries.states()))
        many += [await rig.put(str(count)) for count in range(1, 5)]
        given_up = rig.ended()
        assert [report.number for report in given_up] == many[:2]
        assert all(report.reason.startswith("given up: the queue is full") for report in given_up)
        waiting = {state.number for state in rig.deliveries.states() if state.state != "failed"}
        assert waiting == {alone, *many[2:]}


async def test_bytes_are_bounded_too(tmp_path: Path) -> None:
    """What can never fit is refused at once, and its file stays where it was."""
    limits = Limits(first_wait_s=1000.0, most_bytes=10_000)
    async with running(tmp_path / "queue", {FIRST: tcp(1)}, limits) as rig:
        first = await rig.put("x" * 6000)
        await until(lambda: bool(rig.deliveries.states()[0].next_attempt))
        second = await rig.put("x" * 6000)
        assert [report.number for report in rig.ended()] == [first]
        file = tmp_path / "large"
        file.write_bytes(bytes(20_000))
        with pytest.raises(StorageFull):
            await rig.deliveries.put(FIRST, "", "", Message(file=File(str(file), "a.wav")))
        assert [s.number for s in rig.deliveries.states() if s.state != "failed"] == [second]
        assert file.stat().st_size == 20_000


async def test_a_full_disk_refuses_a_message_and_loses_none(tmp_path: Path) -> None:
    """The database has no room for one more: the caller hears it, its file is left, and the rest goes on."""
    async with running(tmp_path / "queue", {FIRST: tcp(1)}) as rig:
        kept = await rig.put("kept")
        connection = rig.deliveries.store._connection
        assert connection is not None
        await rig.deliveries.on_thread(lambda: connection.execute("PRAGMA max_page_count=1"))
        file = tmp_path / "sound"
        file.write_bytes(b"x")
        message = Message(text="x" * 100_000, file=File(str(file), "a.wav"))
        with pytest.raises(StorageFull):
            await rig.deliveries.put(FIRST, "", "", message)
        assert file.read_bytes() == b"x"
        assert names(tmp_path / "queue" / "files") == []
        assert [state.number for state in rig.deliveries.states()] == [kept]


async def test_a_file_moves_into_the_queue_and_is_gone_after_the_end(tmp_path: Path) -> None:
    """Delivered or not."""
    file = tmp_path / "sound"
    file.write_bytes(b"RIFF")
    recipients = {FIRST: tcp(1)}
    async with running(tmp_path / "queue", recipients, Limits(first_wait_s=1000.0)) as rig:
        number = await rig.deliveries.put(FIRST, "", "", Message(file=File(str(file), "a.wav")))
        report = await rig.end_of(number)
        assert (report.state, report.reason) == ("failed", "this kind of recipient takes no files")
        assert not file.exists()
        assert names(tmp_path / "queue" / "files") == []
        with pytest.raises(InvalidValue, match="does not exist"):
            await rig.deliveries.put(FIRST, "", "", Message(file=File(str(file), "a.wav")))


@pytest.mark.covers("M-RCP-02")
async def test_file_names_carry_numbers_that_are_never_used_twice(tmp_path: Path) -> None:
    """Over restarts, over deletions, and even when the database is lost."""
    served, queue = tmp_path / "served", tmp_path / "queue"
    served.mkdir()

    async def upload(rig: Rig) -> None:
        file = tmp_path / "sound"
        file.write_bytes(b"x")
        message = Message(file=File(str(file), "door.wav"))
        await rig.end_of(await rig.deliveries.put(FIRST, "", "", message))

    with process_on_a_port("ftp_server.py", str(served)) as port:
        ftp = {"host": "127.0.0.1", "port": str(port), "login": "camera", "password": "s3cret"}
        recipients: Recipients = {FIRST: ("com.axis.recipient.ftp", ftp)}
        for damaged in (False, False, True):
            if damaged:
                (queue / "queue.sqlite").write_bytes(b"no database" * 100)
                (queue / "queue.sqlite-wal").unlink(missing_ok=True)
            async with running(queue, recipients) as rig:
                await upload(rig)
                await upload(rig)
    stored = names(served)
    assert stored[:4] == [f"door_{number:07d}.wav" for number in (1, 2, 3, 4)]
    assert len(stored) == 6


async def test_a_queue_waits_for_the_next_start(tmp_path: Path) -> None:
    """With what is known of it, its file included."""
    file = tmp_path / "sound"
    file.write_bytes(b"x")
    recipients = {FIRST: tcp(1)}
    async with running(tmp_path / "queue", recipients, Limits(first_wait_s=1000.0)) as rig:
        text = await rig.put("hello")
        await until(lambda: bool(rig.deliveries.states()[0].next_attempt))
    async with sink() as there:
        recipients[FIRST] = tcp(there.port)
        async with running(tmp_path / "queue", recipients) as rig:
            report = await rig.end_of(text)
            assert (report.state, report.attempts, report.what) == ("delivered", 2, "a text")
        assert there.texts == ["hello"]


async def test_a_reset_leaves_nothing_of_the_queue(tmp_path: Path) -> None:
    """Whoever has a recipient's number afterwards gets none of it, and not a word is told."""
    sound = tmp_path / "sound"
    recipients = {FIRST: tcp(1)}
    async with sink() as there, running(tmp_path / "queue", recipients) as rig:
        before = await rig.put("hush, old owner")
        sound.write_bytes(b"hush, a recording")
        await rig.deliveries.put(SECOND, "b", "a file", Message(file=File(str(sound), "a.wav")))
        await until(lambda: any(report.attempts for report in rig.reports))
        recipients[FIRST] = tcp(there.port)
        await rig.deliveries.wipe()
        assert rig.deliveries.states() == []
        rig.reports.clear()
        after = await rig.put("fresh")
        assert (await rig.end_of(after)).state == "delivered"
        assert after > before
        assert there.texts == ["fresh"]
        assert {report.number for report in rig.reports} == {after}
        files = [path for path in (tmp_path / "queue").rglob("*") if path.is_file()]
        assert not any(b"hush" in path.read_bytes() for path in files)


async def test_numbers_go_on_after_a_reset(tmp_path: Path) -> None:
    """Also when the daemon starts anew before the next message: the files at a server stay what they are."""
    async with sink() as there, running(tmp_path, {FIRST: tcp(there.port)}) as rig:
        before = await rig.put("old")
        await rig.end_of(before)
        await rig.deliveries.wipe()
    async with running(tmp_path, {}) as rig:
        assert await rig.put("new") > before
