"""The ioports daemon: the I/O ports, the virtual inputs, the LEDs and the control button."""

import common.lean  # noqa: F401 - before all that loads what it keeps out

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import partial

from common.boot import boot_id
from common.bus.suite import DAEMONS, IOPORTS
from common.clock import SystemClock
from common.daemon import Daemon, run
from common.params.kept import KeptParameters
from common.topics import Event
from daemons.ioports.adapters.audio import ImpedanceTest
from daemons.ioports.adapters.kept_causes import KeptCauses
from daemons.ioports.adapters.kept_inputs import KeptInputs
from daemons.ioports.adapters.kept_trigger import KeptTrigger
from daemons.ioports.adapters.port_parameters import PortParameters
from daemons.ioports.adapters.power_up import power_came
from daemons.ioports.adapters.system import FactoryDefault
from daemons.ioports.adapters.terminals import PortsAtWork
from daemons.ioports.button import Button, button_event
from daemons.ioports.cloud import CAUSE, CloudConnect
from daemons.ioports.front import Front
from daemons.ioports.gesture_table import Gesture
from daemons.ioports.gestures import Gestures
from daemons.ioports.lamps import Lamps
from daemons.ioports.manual_trigger import ManualTrigger
from daemons.ioports.ports.control import PortControl
from daemons.ioports.ports.settings import GROUP as IO_PORTS
from daemons.ioports.service import IoPortsService
from daemons.ioports.status_led import GROUP as STATUS_LED
from daemons.ioports.status_led import normal_pattern_of
from daemons.ioports.topics import CONTROL_BUTTON_GESTURE
from daemons.ioports.virtual_inputs import VirtualInputs
from hw.boards import load


@asynccontextmanager
async def ioports(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the parts. Nobody is waited for: the lamps must tell of trouble when little else runs."""
    connection, tasks = daemon.connection, daemon.tasks
    board = load()
    clock = SystemClock()
    kept_causes = KeptCauses(daemon.runtime / "causes.json", boot_id())
    front = Front(
        Lamps(clock, kept=kept_causes.read()),
        board.leds(connection) if board.leds else None,
        lambda event: happened(event),
        kept_causes.write,
    )

    def moved(pressed: bool, at: float) -> None:
        if export.current is not None:
            export.current.button.emit((pressed, at))
        happened(button_event(pressed))

    def ask_for_cloud() -> None:
        if export.current is not None:
            export.current.cloud_connect_pressed.emit(clock.time())

    def linked(connected: bool) -> None:
        if connected:
            front.clear("network_lost")
        else:
            front.raise_("network_lost", 0)

    def resetting(begun: bool) -> None:
        if begun:
            front.raise_("reset", 0)
        else:
            front.clear("reset")

    def happened(event: Event, at: float = 0.0) -> None:
        if export.current is not None:
            export.current.announce(event, at)

    def other_states() -> None:
        if export.current is not None:
            export.current.states_changed.emit(None)

    def configured(values: Mapping[str, str]) -> None:
        front.set_normal(normal_pattern_of(values))
        at_work.ports.configure(values)
        port_parameters.changed()

    actions: dict[Gesture, Callable[[], Coroutine[None, None, object]]] = {
        Gesture.CLOUD_CONNECT: CloudConnect(ask_for_cloud, partial(front.holds, CAUSE)).ask,
        Gesture.IMPEDANCE_TEST: ImpedanceTest(connection).start,
        Gesture.FACTORY_DEFAULT: FactoryDefault(connection, resetting).start,
    }

    def meant(gesture: Gesture) -> None:
        happened(CONTROL_BUTTON_GESTURE.event(data={"gesture": gesture.value}))
        tasks.create_task(actions[gesture](), name=gesture.value)

    gestures = Gestures(power_came(daemon.runtime), clock.monotonic())
    button = (
        Button(clock, gestures, moved=moved, show=front.show_hold, meant=meant)
        if board.button
        else None
    )
    kept_inputs = KeptInputs(daemon.runtime / "virtual_inputs.json", boot_id())
    inputs = VirtualInputs(clock, happened, kept_inputs.write, kept_inputs.read())
    kept_trigger = KeptTrigger(daemon.runtime / "manual_trigger.json", boot_id())
    trigger = ManualTrigger(clock, happened, kept_trigger.write, kept_trigger.read())
    terminals = board.terminals(connection) if board.terminals else None
    at_work = PortsAtWork(terminals, clock, happened, other_states)
    port_parameters = PortParameters(connection, at_work.facts)
    control = PortControl(at_work.ports, port_parameters.write)
    export = connection.export(
        lambda: IoPortsService(connection, front, button, inputs, trigger, at_work, control)
    )
    parameters = KeptParameters(
        connection, (STATUS_LED, IO_PORTS), daemon.state / "parameters.json", configured
    )
    for member in DAEMONS:
        connection.watch(member, partial(front.seen, member.name))
    tasks.create_task(front.run(), name="front")
    tasks.create_task(parameters.run(), name="parameters")
    tasks.create_task(port_parameters.run(), name="port parameters")
    tasks.create_task(at_work.run(), name="ports")
    tasks.create_task(inputs.run(), name="virtual inputs")
    tasks.create_task(trigger.run(), name="manual trigger")
    if board.button is not None and button is not None:
        connection.on_reconnect(button.doubt)  # the simulated one is felt over the bus
        tasks.create_task(button.run(), name="gestures")
        tasks.create_task(board.button(connection).run(button.feel), name="button")
    if board.link is not None:
        tasks.create_task(board.link(connection).run(linked), name="link")
    yield


if __name__ == "__main__":
    run(IOPORTS, ioports)
