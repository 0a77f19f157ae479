"""What the params daemon offers: flat VAPIX parameters, typed records, secrets, history, reset."""

from sdbus import DbusInterfaceCommonAsync, dbus_signal_async

from common.bus.contract import dbus_method
from common.bus.daemon import DaemonInterface

Pairs = list[tuple[str, str]]


class ParamsInterface(DaemonInterface, interface_name="org.c8210.Params1"):
    """The parameter database.

    Names carry no `root.`. Values are strings in their VAPIX form (`yes`, `-30`). `access` is the caller's level as
    the digit of VAPIX security levels (1 viewer, 4 operator, 6 administrator, 7 the daemons themselves); edges pass
    the level of the person they speak for, which `Access` in `common.params.kinds` names.
    """

    @dbus_method("asy", "a(ba(ss))")
    async def select(self, groups: list[str], access: int) -> list[tuple[bool, Pairs]]:
        """Return, for each of `groups`, whether it exists and the readable (name, value) pairs below it, in order.

        A group is a name, a group's name, or either with `*` for one level; an empty string is the whole tree.
        A parameter that `access` may not read counts as unknown. Secrets read `******`.
        """
        raise NotImplementedError

    @dbus_method("asy", "s")
    async def definitions(self, groups: list[str], access: int) -> str:
        """Return the declarations below `groups` as JSON: a list of `common.params.view.ParameterView`."""
        raise NotImplementedError

    @dbus_method("a{ss}ysb", "ta{ss}")
    async def update(
        self, changes: dict[str, str], access: int, who: str, atomic: bool
    ) -> tuple[int, dict[str, str]]:
        """Write `changes` on behalf of `who`; return the revision and what was refused, name -> reason.

        With `atomic` one refusal leaves everything as it was; without, each name stands for itself. What is not
        refused is on disk when this returns. An edge writes whatever `access` may; any other daemon only what it owns.
        """
        raise NotImplementedError

    @dbus_method("ssa{ss}bys", "sa{ss}")
    async def add(
        self, template: str, parent: str, values: dict[str, str], force: bool, access: int, who: str
    ) -> tuple[str, dict[str, str]]:
        """Make a new group from a template; return its letter and number (`S8`) and the values refused."""
        raise NotImplementedError

    @dbus_method("asys", "a{ss}")
    async def remove(self, groups: list[str], access: int, who: str) -> dict[str, str]:
        """Remove dynamic groups; return those refused with the reason. All or nothing."""
        raise NotImplementedError

    @dbus_method("a{ss}", "")
    async def publish(self, values: dict[str, str]) -> None:
        """Set the read-only parameters that the calling daemon owns."""
        raise NotImplementedError

    @dbus_method("sa{ss}", "")
    async def put_group(self, group: str, values: dict[str, str]) -> None:
        """Make or change one numbered group (`MediaClip.M3`) that the calling daemon owns."""
        raise NotImplementedError

    @dbus_method("as", "")
    async def drop_groups(self, groups: list[str]) -> None:
        """Remove numbered groups that the calling daemon owns; those that do not exist are no error."""
        raise NotImplementedError

    @dbus_method("uy", "s")
    async def history(self, limit: int, access: int) -> str:
        """Return the newest changes as JSON: [{revision, time, who, name, old, new}], secrets as `******`."""
        raise NotImplementedError

    @dbus_method("s", "a(sts)")
    async def records(self, type_: str) -> list[tuple[str, int, str]]:
        """Return every record of a type: (id, revision, JSON without its secret fields)."""
        raise NotImplementedError

    @dbus_method("ssts", "t")
    async def put_record(self, type_: str, id_: str, revision: int, content: str) -> int:
        """Write a record the calling daemon owns and return its new revision.

        `revision` is the one it had when it was read, 0 for a new one; Conflict when that is no longer so.
        Secret fields that are left out keep their value.
        """
        raise NotImplementedError

    @dbus_method("sst", "")
    async def delete_record(self, type_: str, id_: str, revision: int) -> None:
        """Delete a record the calling daemon owns; Conflict when `revision` is stale."""
        raise NotImplementedError

    @dbus_method("ss", "t")
    async def reset(self, level: str, who: str) -> int:
        """Return everything that `level` (`restore` or `factory_default`) covers to its default.

        Returns the new generation, which each daemon compares with the one it has seen.
        """
        raise NotImplementedError

    @dbus_method("", "ts")
    async def generation(self) -> tuple[int, str]:
        """Return how many resets there were, and the level of the last one."""
        raise NotImplementedError

    @dbus_method("", "")
    async def keep(self) -> None:
        """Keep a copy of everything as it is now, for the way back from an upgrade; one before it is dropped."""
        raise NotImplementedError

    @dbus_method("", "b")
    async def put_back(self) -> bool:
        """Have the next start put back what was kept; returns whether there is anything."""
        raise NotImplementedError

    @dbus_method("", "")
    async def drop_kept(self) -> None:
        """Give up the way back, as after a reset that somebody asked for; a factory default does it by itself."""
        raise NotImplementedError

    @dbus_signal_async("ta{ss}as")
    def changed(self) -> tuple[int, dict[str, str], list[str]]:
        """One transaction: (revision, new values with secrets as `******`, groups removed)."""
        raise NotImplementedError

    @dbus_signal_async("sas")
    def records_changed(self) -> tuple[str, list[str]]:
        """Records of a type were written or deleted: (type, ids)."""
        raise NotImplementedError

    @dbus_signal_async("ts")
    def was_reset(self) -> tuple[int, str]:
        """A reset happened: (generation, level)."""
        raise NotImplementedError


class ParamsSecretsInterface(DbusInterfaceCommonAsync, interface_name="org.c8210.ParamsSecrets1"):
    """The only way a secret leaves the params daemon: to the daemon declared as its owner."""

    @dbus_method("s", "s")
    async def get(self, name: str) -> str:
        """Return the value of a secret parameter, or `type/id` for a record's secret fields as JSON."""
        raise NotImplementedError
