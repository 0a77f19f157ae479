"""The events daemon: every topic of the suite and its present state, the rules, and what they did and why."""

import common.lean  # noqa: F401 - before all that loads what it keeps out

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from common.boot import boot_id
from common.bus.params import ParamsInterface
from common.bus.sip import SipInterface
from common.bus.suite import DAEMONS, EVENTS, PARAMS, SIP, Member
from common.certificate_files import CertificateFiles
from common.clock import SystemClock
from common.daemon import Daemon, run
from common.errors import ApplianceError
from common.lamps import Lamps
from common.params.client import RETRY_INTERVAL_S, ParamsClient
from common.params.kept import KeptParameters
from common.resets import ResetMark
from common.rules import DeliveryState, Told
from daemons.events.actions.runner import Runner
from daemons.events.actions.sip import Caller
from daemons.events.actions.sound_files import longest_before_s
from daemons.events.adapters.kept_activity import kept_activity
from daemons.events.adapters.pulse_mark import PulseMark
from daemons.events.adapters.source import Source
from daemons.events.bulletin import Bulletin
from daemons.events.catalogue import Means, action_kinds
from daemons.events.configuration.numbers import Numbers
from daemons.events.configuration.schedules import Schedules
from daemons.events.configuration.store import Catalogue, Store
from daemons.events.declarations import declared
from daemons.events.delivery.deliveries import Deliveries, Target
from daemons.events.facts import GROUPS, UnitFacts
from daemons.events.live import LiveRules
from daemons.events.recipients.registry import RECIPIENTS, checked
from daemons.events.record.record import Record
from daemons.events.record.store import Store as RecordStore
from daemons.events.recording.recordings import Recordings
from daemons.events.rules_service import RulesService
from daemons.events.schedules.timetable import Timetable
from daemons.events.service import EventsService
from daemons.events.states import Happened, States
from daemons.events.subsystem import Subsystem
from hw.boards import is_simulated, load

EVERYBODY_SPOKEN_S = 10.0
"""Whoever has not told its states by then after the start is not there."""


@asynccontextmanager
async def events(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the parts."""
    connection, tasks = daemon.connection, daemon.tasks
    clock = SystemClock()
    declarations = declared(DAEMONS)
    states = States(declarations, clock)
    params = ParamsClient(connection)
    facts = UnitFacts()
    loaded = asyncio.Event()

    def announce(happened: Happened) -> None:
        if export.current is not None:
            export.current.tell(happened)

    def present_states() -> list[tuple[float, Told]]:
        return [
            (state.since, Told(state.event.topic, dict(state.event.source), dict(state.event.data)))
            for state in states.current()
        ]

    record = Record(RecordStore(daemon.state / "record.db"), clock, present_states)
    bulletin = Bulletin(declarations, states, record, announce)

    async def resolve(target: Target) -> tuple[str, Mapping[str, str]] | None:
        await loaded.wait()
        return await store.whole_parameters(target.kind, target.id)

    def delivery_changed(state: DeliveryState) -> None:
        subsystem.delivery_changed(state)

    def failed(rule: int, why: str) -> None:
        subsystem.failed(rule, why)

    def recipient_name(id_: int) -> str:
        return next((each.name for each in store.recipients() if each.id == id_), "")

    def configuration_changed() -> None:
        if not loaded.is_set():
            return
        live.reload()
        used = {rule.action for rule in store.rules() if rule.enabled}
        recordings.set_needed(
            longest_before_s(action for action in store.actions() if action.id in used)
        )
        deliveries.addressed(store.revisions())

    certificates = CertificateFiles(connection, daemon.runtime)
    deliveries = Deliveries(
        daemon.state / "deliveries",
        resolve,
        delivery_changed,
        loopback_allowed=is_simulated(),
        trusted=str(certificates.installed),
    )
    recordings = Recordings(connection, daemon.state / "recordings")
    lamps = Lamps(connection, clock)
    kinds = action_kinds(
        Means(
            connection,
            clock,
            lamps,
            load().leds is not None,
            deliveries,
            recordings,
            facts.written,
            recipient_name,
            tasks,
            failed,
        )
    )
    action_templates = {token: kind.template for token, kind in kinds.items()}
    recipient_templates = {token: kind.template for token, kind in RECIPIENTS.items()}
    numbers = Numbers(params)
    catalogue = Catalogue(
        lambda: action_templates, lambda: recipient_templates, lambda: declarations, checked
    )
    store = Store(params, catalogue, numbers, configuration_changed)
    pulse_mark = PulseMark(daemon.runtime / "pulses.json", boot_id())
    timetable = Timetable(
        clock,
        facts.zone,
        bulletin.own,
        other_states=lambda: bulletin.all_own(timetable.events()),
        pulses_until=pulse_mark.read(),
        remember=pulse_mark.write,
    )
    schedules = Schedules(params, numbers, timetable, store.rules)
    activity = kept_activity(daemon.runtime / "rules.json", boot_id())
    runner = Runner(kinds, tasks, failed)
    live = LiveRules(clock, store, states, runner, record.evaluation, activity.write, declarations)
    bulletin.to_rules = live.happened
    bulletin.all_to_rules = live.synced
    subsystem = Subsystem(
        clock,
        lambda: declarations,
        states,
        store,
        schedules,
        live,
        deliveries,
        Caller(connection.proxy(SipInterface, SIP)),
        record,
        bulletin.own,
        loaded,
    )
    resets = ResetMark(daemon.state)
    in_step = asyncio.Event()
    before = activity.read()

    async def load_configuration() -> None:
        generation, level = await params.bus.generation()
        reset = resets.missed(generation, level)
        if reset is not None:
            # First, for numbers begin anew: a message must not go to the next owner of its recipient's number.
            await deliveries.wipe()
        await numbers.load()
        await schedules.load()
        await store.load()
        if not loaded.is_set():
            live.begin(before)
            loaded.set()
            configuration_changed()
        if reset is not None:
            # Last, for it tells of the rules that end with the reset.
            await record.wipe()
        resets.followed(generation)

    async def keep_in_step() -> None:
        while True:
            await in_step.wait()
            in_step.clear()
            try:
                await load_configuration()
            except ApplianceError:
                await asyncio.sleep(RETRY_INTERVAL_S)
                in_step.set()

    def facts_changed(values: Mapping[str, str]) -> None:
        before = facts.zone
        facts.take(values)
        if facts.zone != before:
            schedules.go_by(facts.zone)

    def came_or_went(member: Member, there: bool) -> None:
        if there:
            runner.appeared(member)

    async def everybody_has_spoken(sources: list[Source]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EVERYBODY_SPOKEN_S):
                for source in sources:
                    await source.answered.wait()
        await loaded.wait()
        live.settled()
        record.snapshot()

    async with record.running(tasks):
        export = connection.export(
            lambda: EventsService(connection, declarations, states, timetable)
        )
        connection.export(lambda: RulesService(connection, subsystem))
        await connection.subscribe(ParamsInterface.was_reset, PARAMS, lambda *_: in_step.set())
        connection.watch(PARAMS, lambda there: in_step.set() if there else None)
        kept = KeptParameters(connection, GROUPS, daemon.state / "parameters.json", facts_changed)
        sources = [
            Source(connection, member, states, bulletin.tell, bulletin.tell_all)
            for member in DAEMONS
            if member is not EVENTS
        ]
        for source in sources:
            tasks.create_task(source.run(), name=f"events of {source.member.name}")
            connection.watch(source.member, partial(came_or_went, source.member))
        tasks.create_task(kept.run(), name="parameters")
        tasks.create_task(keep_in_step(), name="configuration")
        tasks.create_task(certificates.run(), name="certificates")
        tasks.create_task(deliveries.run(), name="deliveries")
        tasks.create_task(recordings.run(), name="recordings")
        tasks.create_task(lamps.run(), name="lamps")
        tasks.create_task(timetable.run(), name="schedules")
        tasks.create_task(live.run(), name="rules")
        tasks.create_task(everybody_has_spoken(sources), name="everybody has spoken")
        yield


if __name__ == "__main__":
    run(EVENTS, events)
