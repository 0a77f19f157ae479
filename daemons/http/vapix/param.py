"""`param.cgi`: every setting by name (VAPIX page 2). The params daemon decides what may be read and written."""

from collections.abc import Mapping

from starlette.responses import Response

from common.bus.params import Pairs
from common.errors import ApplianceError, Unavailable
from common.params.kinds import Access
from common.params.view import DEFINITIONS
from daemons.http.authorize import authorize
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.problems import as_text, problem_of
from daemons.http.vapix.cgi import GET_OR_POST, CgiApi, text
from daemons.http.vapix.param_definitions import definitions_xml

ROOT = "root."
_USER_GROUPS = {
    "anonymous": Access.ANYBODY,
    "viewer": Access.VIEWER,
    "operator": Access.OPERATOR,
    "admin": Access.ADMIN,
}


def _failure(error: ApplianceError) -> Response:
    if isinstance(error, Unavailable):
        return as_text(problem_of(error))
    return text(f"# Request failed: {_one_line(error.message)}\n")


api = CgiApi(
    "/axis-cgi/param.cgi",
    id="param-cgi",
    name="Legacy Parameter Handling",
    access=Access.VIEWER,
    methods=GET_OR_POST,
    failure=_failure,
)


@api.action("list", access=Access.VIEWER, changes=False, parameters=("group", "responseformat"))
async def list_parameters(call: Call, arguments: Arguments) -> Response:
    """Return `name=value` lines of everything, or of the groups and names in a comma list."""
    _challenge(call, arguments)
    asked = _groups(arguments)
    found = await call.unit.reading.select([_bare(group) for group in asked], int(call.access))
    return text("".join(_lines(*one) for one in zip(asked, found, strict=True)))


@api.action(
    "listdefinitions", access=Access.VIEWER, changes=False, parameters=("listformat", "group")
)
async def list_definitions(call: Call, arguments: Arguments) -> Response:
    """Return the declarations of parameters as XML."""
    _challenge(call, arguments)
    if arguments.get("listformat") != "xmlschema":
        return text("# Error: listformat must be xmlschema\n")
    groups = [_bare(group) for group in _groups(arguments)]
    views = DEFINITIONS.decode(await call.unit.params.definitions(groups, int(call.access)))
    facts = await call.unit.reading.select(
        ["Brand.ProdShortName", "Properties.Firmware.Version"], int(Access.INTERNAL)
    )
    model, version = (pairs[0][1] if pairs else "" for _known, pairs in facts)
    document = definitions_xml(views, model=model, version=version, host=call.host)
    return Response(document, headers={"Content-Type": "text/xml"})


@api.action("update", access=Access.OPERATOR, changes=True, parameters=("<name>",))
async def update(call: Call, arguments: Arguments) -> Response:
    """Set parameters; each name stands for itself."""
    _challenge(call, arguments)
    changes = _named_values(arguments)
    _revision, refused = await call.unit.params.update(
        dict(changes), int(call.access), call.who, False
    )
    if not refused:
        return text("OK")
    return text("".join(_not_set(name, changes[name]) for name in refused))


@api.action(
    "add", access=Access.OPERATOR, changes=True, parameters=("template", "group", "force", "<name>")
)
async def add(call: Call, arguments: Arguments) -> Response:
    """Make a group from a template, under the lowest free number."""
    _challenge(call, arguments)
    for required in ("template", "group"):
        if not arguments.get(required):
            return text(f"# Request failed: {required} must be specified\n")
    entry, refused = await call.unit.params.add(
        arguments["template"],
        _bare(arguments["group"]),
        dict(_named_values(arguments)),
        arguments.get("force") == "yes",
        int(call.access),
        call.who,
    )
    return text("".join(f"# Error: {_one_line(why)}\n" for why in refused.values()) + f"{entry} OK")


@api.action("remove", access=Access.OPERATOR, changes=True, parameters=("group",))
async def remove(call: Call, arguments: Arguments) -> Response:
    """Remove groups that were made from a template."""
    _challenge(call, arguments)
    groups = [_bare(group) for group in _groups(arguments) if group]
    if not groups:
        return text("# Request failed: group must be specified\n")
    refused = await call.unit.params.remove(groups, int(call.access), call.who)
    if not refused:
        return text("OK")
    return text("".join(f"# Request failed: {_one_line(why)}\n" for why in refused.values()))


@api.otherwise
def _no_action(_action: str) -> Response:
    return text("# Error: action must be specified\n")


def _challenge(call: Call, arguments: Arguments) -> None:
    """Ask for the level that the caller names in `usergroup`."""
    wanted = _USER_GROUPS.get(arguments.get("usergroup", ""), Access.ANYBODY)
    authorize(call, wanted, changes=False)


def _groups(arguments: Arguments) -> list[str]:
    return [group.strip() for group in arguments.get("group", "").split(",")]


def _bare(name: str) -> str:
    """Return a name as the params daemon has it."""
    return "" if name == "root" else name.removeprefix(ROOT)


def _named_values(arguments: Arguments) -> Mapping[str, str]:
    """Return the arguments that are parameters: every one with a dot in its name."""
    return {_bare(name): value for name, value in arguments.items() if "." in name}


def _lines(asked: str, known_and_pairs: tuple[bool, Pairs]) -> str:
    known, pairs = known_and_pairs
    if not known:
        return f"# Error: Error -1 getting param in group '{_one_line(asked)}'\n"
    # A single parameter comes back under the name it was asked by; all else with `root.` (VAPIX page 2.2).
    alone = len(pairs) == 1 and pairs[0][0] == asked
    prefix = "" if alone else ROOT
    return "".join(f"{prefix}{name}={value}\n" for name, value in pairs)


def _not_set(name: str, value: str) -> str:
    return f"# Error: Error setting '{ROOT}{_one_line(name)}' to '{_one_line(value)}'!\n"


def _one_line(words: str) -> str:
    """Return what somebody sent so that it cannot pass for lines of ours."""
    return "".join(character if character.isprintable() else "?" for character in words[:256])
