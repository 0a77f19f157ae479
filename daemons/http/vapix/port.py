"""`io/port.cgi`, and its obsolete halves `io/input.cgi` and `io/output.cgi` (VAPIX page 7.1).

Where VAPIX leaves it open: ports have one numbering, that of the terminals, in all three; a port left out is the first
one that is an output; an action replaces one that still runs, and the answer does not wait for it; whatever makes no
sense is answered with 400 and a line that says why.
"""

from typing import Final

import msgspec
from starlette.responses import Response

from common.bus.ioports import PortChange, PortChanged, PortView
from common.errors import (
    ApplianceError,
    Conflict,
    InvalidValue,
    NotFound,
    NotPermitted,
    NotSupported,
    Unavailable,
)
from common.params.kinds import Access
from daemons.http.authorize import refuse_links
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.problems import Problem, as_text, problem_of
from daemons.http.vapix.cgi import GET_OR_POST, CgiApi, text
from daemons.http.vapix.port_arguments import Action, action_of, ports_of
from daemons.http.vapix.port_monitor import monitor

MOST_TRIES: Final = 128
"""More than the requests that the unit takes at once from one address."""

_REFUSED: Final = (InvalidValue, NotFound, Conflict, NotSupported, NotPermitted)
_CHANGED: Final = msgspec.json.Decoder(list[PortChanged])
_OPPOSITE: Final = {"open": "closed", "closed": "open"}


def refused(error: ApplianceError) -> Response:
    """Write what cannot be done as 400, and what the unit is to blame for as what it is."""
    problem = problem_of(error)
    if isinstance(error, _REFUSED):
        problem = Problem(400, problem.code, problem.message)
    return as_text(problem)


def _api(path: str, name: str) -> CgiApi:
    return CgiApi(path, name=name, access=Access.VIEWER, methods=GET_OR_POST, failure=refused)


port = _api("/axis-cgi/io/port.cgi", "I/O port")
input_ = _api("/axis-cgi/io/input.cgi", "Input")
output = _api("/axis-cgi/io/output.cgi", "Output")
_HALVES: Final = {"input": input_, "output": output}


def _declare(api: CgiApi, word: str, direction: str | None) -> None:
    """Let a CGI answer questions about the ports of a direction, each named `word` and its number."""

    @api.asked_by("check", access=Access.VIEWER, changes=False)
    async def check(call: Call, arguments: Arguments) -> Response:
        """Return whether circuits are closed (1) or open (0)."""
        views = await _asked_for(call, arguments["check"], direction)
        return _lines(word, [(view, int(view.state == "closed")) for view in views])

    @api.asked_by("checkactive", access=Access.VIEWER, changes=False)
    async def check_active(call: Call, arguments: Arguments) -> Response:
        """Return whether ports are active: in another state than the normal one."""
        views = await _asked_for(call, arguments["checkactive"], direction)
        return _lines(word, [(view, "active" if view.active else "inactive") for view in views])

    @api.asked_by("monitor", access=Access.VIEWER, changes=False)
    async def watch(call: Call, arguments: Arguments) -> Response:
        """Tell every move of inputs or of outputs, until the client closes or its login ends."""
        views = await _asked_for(call, arguments["monitor"], direction)
        return await monitor(call, [view.port for view in views])


_declare(port, "port", None)
for _direction, _half in _HALVES.items():
    _declare(_half, _direction, _direction)


@port.asked_by("checkdirection", access=Access.VIEWER, changes=False)
async def check_direction(call: Call, arguments: Arguments) -> Response:
    """Return whether ports are inputs or outputs."""
    views = await _asked_for(call, arguments["checkdirection"], None)
    return _lines("port", [(view, view.direction) for view in views])


@port.asked_by("action", access=Access.VIEWER, changes=True)
@output.asked_by("action", access=Access.VIEWER, changes=True)
async def act(call: Call, arguments: Arguments) -> Response:
    """Activate or deactivate an output, or take it through a sequence of both."""
    refuse_links(call)
    action = action_of(arguments["action"])
    view = _output_of(await call.unit.port_watch.views(), action)
    if len(action.steps) > 1:
        await _run(call, view, action)
    else:
        await _set(call, view, action)
    return text("")


async def _run(call: Call, view: PortView, action: Action) -> None:
    """Take an output through a sequence in the place of one that runs: the newer one counts."""
    for _ in range(MOST_TRIES):
        try:
            return await call.unit.ioports.run_sequence(view.port, action.steps)
        except (
            Conflict
        ):  # others may ask at the same moment, and one of them is served in each round
            await _set(call, view, action)
    raise Unavailable("too many set this output at once")


async def _set(call: Call, view: PortView, action: Action) -> None:
    """Bring an output into the first state of an action, which ends a sequence that runs."""
    state, _hold_ms = action.steps[0]
    circuit = view.normal_state if state == "inactive" else _OPPOSITE[view.normal_state]
    change = msgspec.json.encode([PortChange(port=view.port, state=circuit)]).decode()
    results = _CHANGED.decode(await call.unit.ioports.set_ports(change, call.who))
    for reason in (reason for result in results for reason in result.refused.values()):
        raise InvalidValue(f"port {view.port + 1}: the state {reason}")


def _output_of(views: dict[int, PortView], action: Action) -> PortView:
    outputs = [view for view in views.values() if view.direction == "output"]
    if action.port is None:
        if not outputs:
            raise InvalidValue("no port is an output")
        return outputs[0]
    view = views.get(action.port - 1)
    if view is None:
        raise InvalidValue(f"there is no port {action.port}")
    if view.direction != "output":
        raise InvalidValue(f"port {action.port} is an input: only an output can be set")
    return view


async def _asked_for(call: Call, named: str, direction: str | None) -> list[PortView]:
    numbers = ports_of(named)
    views = await call.unit.port_watch.views()
    found = []
    for number in numbers:
        view = views.get(number - 1)
        if view is None:
            raise InvalidValue(f"there is no port {number}")
        if direction is not None and view.direction != direction:
            raise InvalidValue(f"port {number} is no {direction}")
        found.append(view)
    return found


def _lines(word: str, answers: list[tuple[PortView, object]]) -> Response:
    return text("".join(f"{word}{view.port + 1}={answer}\n" for view, answer in answers))
