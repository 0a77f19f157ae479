"""`firmwaremanagement.cgi`: upgrade, confirm, go back (VAPIX, firmware page 1).

Errors are numbers like those of HTTP, in an answer with status 200.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from common import errors
from common.params.kinds import Access
from common.update import Answer, Options, Progress, Refusal
from daemons.http import body
from daemons.http.adapters.image_upload import ImageUpload
from daemons.http.adapters.multipart import is_multipart
from daemons.http.call import Call
from daemons.http.firmware import answer_of, upgraded
from daemons.http.problems import Problem
from daemons.http.vapix.families import ApiFault, Family, Fault
from daemons.http.vapix.json_api import BODY_LIMIT, JsonApi, NoData, NoParameters

CODES: Mapping[Refusal, int] = {
    Refusal.NO_OLD_VERSION: 404,
    Refusal.OLDER: 409,
    Refusal.REVOKED: 410,
    Refusal.UNCOMMITTED: 412,
    Refusal.INVALID: 415,
    Refusal.OTHER_DEVICE: 421,
    Refusal.UNSIGNED: 422,
    Refusal.BUSY: 423,
    Refusal.UNKNOWN_CERTIFICATE: 424,
}
_FAMILY = Family(
    {
        Fault.INTERNAL: 500,
        Fault.BAD_VALUE: 400,
        Fault.UNKNOWN: 400,
        Fault.MISSING: 400,
        Fault.BAD_JSON: 400,
        Fault.TOO_LARGE: 400,
        Fault.FORBIDDEN: 403,
        Fault.METHOD: 405,
        Fault.NOT_POST: 405,
        Fault.VERSION: 417,
    },
    {
        errors.ApplianceError: 500,
        errors.InvalidValue: 400,
        errors.NotPermitted: 403,
        errors.Conflict: 423,
    },
    words={Fault.INTERNAL: "Unexpected internal error."},
)


async def _read(call: Call) -> bytes:
    """Return the JSON of a request; the image behind it is left for whoever takes it."""
    if not is_multipart(call.request):
        return await body.read(call.request, BODY_LIMIT)
    if call.identity is None:
        return b""  # who has not logged in is asked to, before anything is read
    if call.access < Access.ADMIN:
        raise ApiFault(Fault.FORBIDDEN)
    try:
        upload = ImageUpload(call.request)
        call.request.state.upload = upload
        return await upload.envelope()
    except Problem as problem:
        raise ApiFault(Fault.BAD_VALUE, problem.message) from None


api = JsonApi(
    "/axis-cgi/firmwaremanagement.cgi",
    id="fwmgr",
    name="Firmware Management",
    version="1.8",
    family=_FAMILY,
    access=Access.ADMIN,
    read=_read,
)


class Status(msgspec.Struct, omit_defaults=True):
    """What is installed."""

    version: str = msgspec.field(name="activeFirmwareVersion")
    slot: str = msgspec.field(name="activeFirmwarePart")
    inactive: str | msgspec.UnsetType = msgspec.field(
        name="inactiveFirmwareVersion", default=msgspec.UNSET
    )
    committed: bool | msgspec.UnsetType = msgspec.field(name="isCommited", default=msgspec.UNSET)
    """So spelt in the API."""
    upgraded_at: str | msgspec.UnsetType = msgspec.field(
        name="lastUpgradeAt", default=msgspec.UNSET
    )
    pending: str | msgspec.UnsetType = msgspec.field(name="pendingCommit", default=msgspec.UNSET)
    left_s: int | msgspec.UnsetType = msgspec.field(name="timeToRollback", default=msgspec.UNSET)


class Version(msgspec.Struct):
    """The version that it is about."""

    version: str = msgspec.field(name="firmwareVersion")


class Default(msgspec.Struct, forbid_unknown_fields=True):
    """How much is wiped."""

    mode: Literal["soft", "hard"] = msgspec.field(name="factoryDefaultMode")


@api.method("status", access=Access.ADMIN, changes=False)
async def status(call: Call, _parameters: NoParameters) -> Status:
    """Return what is installed, and how long an unconfirmed version has left."""
    told = msgspec.json.decode(await call.unit.update.progress(), type=Progress)
    status = Status(told.version, told.slot)
    if told.inactive_version is not None or not told.committed:
        status.inactive = told.inactive_version or msgspec.UNSET
        status.committed = told.committed
        if told.last_upgrade_at is not None:
            at = datetime.fromtimestamp(told.last_upgrade_at, UTC).replace(microsecond=0)
            status.upgraded_at = at.isoformat()
    if told.pending_commit is not None:
        status.pending = told.pending_commit
        if told.time_to_rollback_s is not None:
            status.left_s = told.time_to_rollback_s
    return status


@api.method("upgrade", access=Access.ADMIN, changes=True)
async def upgrade(call: Call, options: Options) -> Version:
    """Install the image behind the JSON in the multipart body, then restart."""
    upload: ImageUpload | None = getattr(call.request.state, "upload", None)
    if upload is None:
        raise ApiFault(Fault.MISSING, "the firmware image is missing: it comes as multipart")
    try:
        return Version(_done(await upgraded(call, upload, options)).version)
    except Problem as problem:
        raise ApiFault(Fault.BAD_VALUE, problem.message) from None


@api.method("commit", access=Access.ADMIN, changes=True)
async def commit(call: Call, _parameters: NoParameters) -> Version:
    """Confirm the version that runs."""
    return Version(_done(answer_of(await call.unit.update.commit(call.who))).version)


@api.method("rollback", access=Access.ADMIN, changes=True)
async def rollback(call: Call, _parameters: NoParameters) -> NoData:
    """Restart into the version before, with its settings."""
    _done(answer_of(await call.unit.update.rollback(call.who)))
    return NoData()


@api.method("purge", access=Access.ADMIN, changes=True)
async def purge(call: Call, _parameters: NoParameters) -> NoData:
    """Drop the version before."""
    answer = answer_of(await call.unit.update.purge(call.who))
    if answer.refused is Refusal.UNCOMMITTED:
        raise ApiFault(Fault.INTERNAL, "Current firmware is not active.", code=412)
    _done(answer)
    return NoData()


@api.method("factoryDefault", access=Access.ADMIN, changes=True)
async def factory_default(call: Call, wanted: Default) -> NoData:
    """Return most settings (`soft`) or all of them (`hard`) to their defaults, and restart."""
    level = "restore" if wanted.mode == "soft" else "factory_default"
    await call.unit.system.reset(level, call.who)
    return NoData()


@api.method("stopAuto", access=Access.ADMIN, changes=True)
async def stop_auto(call: Call, _parameters: NoParameters) -> NoData:
    """Stop the time after which the unit goes back by itself; nothing is confirmed by that."""
    await call.unit.update.stop_timer(call.who)
    return NoData()


@api.method("reboot", access=Access.ADMIN, changes=True)
async def reboot(call: Call, _parameters: NoParameters) -> NoData:
    """Restart into the same version."""
    await call.unit.update.reboot(call.who)
    return NoData()


def _done(answer: Answer) -> Answer:
    if answer.refused is not None:
        raise ApiFault(Fault.INTERNAL, answer.message, code=CODES[answer.refused])
    return answer
