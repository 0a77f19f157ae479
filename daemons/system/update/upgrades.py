"""An upgrade from the arrival of an image to the restart into it, and what a start finds left of one.

The order is that of safety: the image is verified before anything is written, the other slot is whole before the boot
loader hears of it, the settings are kept before they are reset, and each step is on the disk before the next begins.
"""

import asyncio
import logging

from common import journal
from common.errors import ApplianceError, Conflict, NotSupported, StorageFull
from common.params.kinds import Reset
from common.update import Answer, Options, Refusal, Step
from daemons.system.ports import Lamps
from daemons.system.update.firmware import UNKNOWN, Firmware
from daemons.system.update.ports import Restarts, Settings, Spool
from daemons.system.update.record import After, after_start
from daemons.system.update.versions import older
from hw.drivers.rauc_bundle import NOT_FOR_THIS
from hw.slots import Bundle, BundleRefused, Slots

log = logging.getLogger(__name__)

UPGRADING = "upgrade"
FAILED = "upgrade_failed"
"""Causes of the status LED."""
REFUSED_SHOWN_S = 60.0
"""How long the LED tells of an image that was refused before anything was done."""
STALLED_S = 60.0
"""An image of which nothing more has come for so long is given up."""

_LEVELS = {"soft": Reset.RESTORE.value, "hard": Reset.FACTORY_DEFAULT.value}
_BUSY = Answer(refused=Refusal.BUSY, message="An upgrade is under way.")


class Upgrades:
    """At most one at a time."""

    def __init__(
        self,
        firmware: Firmware,
        slots: Slots,
        spool: Spool,
        settings: Settings,
        restarts: Restarts,
        lamps: Lamps,
    ) -> None:
        self.firmware = firmware
        self._slots = slots
        self._spool = spool
        self._settings = settings
        self._restarts = restarts
        self._lamps = lamps
        self.changing = asyncio.Lock()
        """Held by whoever installs, confirms, gives up or goes back."""
        self._seen = (0, 0.0)
        """How much of an image had come, and when that was last more than before."""

    # --- the image comes -------------------------------------------------------------------------

    async def prepare(self, size: int, who: str) -> Answer:
        """Get ready for an image of `size` bytes, 0 where that is not known."""
        await self._check_supported()
        if (refused := self._not_now()) is not None:
            return refused
        self._spool.begin(size)
        self._seen = (0, self.firmware.clock.monotonic())
        self.firmware.show(0, "The image is being received.", Step.RECEIVING)
        log.info("an image comes from '%s'", who[:100])
        return Answer()

    def spool(self) -> int:
        """Return the descriptor to write the image to."""
        if self.firmware.fleeting is not Step.RECEIVING:
            raise Conflict("nobody has prepared for an image")
        return self._spool.take()

    def abandon(self) -> None:
        """Drop what has come of an image, if one is coming."""
        if self.firmware.fleeting is Step.RECEIVING:
            self._spool.drop()
            self.firmware.rest()
            log.info("the image did not come to its end")

    def look_at_arrival(self) -> None:
        """Give up an image that does not come any more."""
        if self.firmware.fleeting is not Step.RECEIVING:
            return
        now, size = self.firmware.clock.monotonic(), self._spool.size()
        if size > self._seen[0]:
            self._seen = (size, now)
        elif now - self._seen[1] > STALLED_S:
            self.abandon()

    # --- the upgrade -----------------------------------------------------------------------------

    async def upgrade(self, options: Options, who: str) -> Answer:
        """Check and install what has come, then restart into it; returns before that."""
        if self.firmware.fleeting is not Step.RECEIVING:
            raise Conflict("no image has come")
        self.firmware.show(0, "The image is being checked.", Step.CHECKING)
        async with self.changing:
            self._lamps.drop(FAILED)
            self._lamps.hold(UPGRADING)
            self._restarts.hold("an upgrade is under way")
            try:
                await self._spool.seal()
                bundle = await self._checked(options)
                await self._install(bundle, options, who)
            except BundleRefused as refused:
                log.warning("the image is refused: %s", refused.message, extra=journal.UPGRADE)
                await self._failed(refused.message)
                return Answer(refused=refused.reason, message=refused.message)
            except BaseException as error:
                told = error.message if isinstance(error, ApplianceError) else "It was cut off."
                await self._failed(told)
                raise
            try:
                await self._go_over()
            except ApplianceError as error:
                await self._failed(error.message)
                raise
            return Answer(bundle.version)

    async def _checked(self, options: Options) -> Bundle:
        bundle = await self._slots.check(self._spool.path)
        compatible = await self._slots.compatible()
        if bundle.compatible != compatible:
            raise BundleRefused(
                Refusal.OTHER_DEVICE,
                f"{NOT_FOR_THIS} It is for '{bundle.compatible[:80]}', this is '{compatible}'.",
            )
        if older(bundle.version, self.firmware.version) and options.factory_default_mode != "hard":
            raise BundleRefused(
                Refusal.OLDER,
                f"Version {bundle.version[:40]} is older than {self.firmware.version}:"
                " it needs a hard factory default.",
            )
        self.firmware.target_version = bundle.version
        return bundle

    async def _install(self, bundle: Bundle, options: Options, who: str) -> None:
        firmware = self.firmware
        record = firmware.record
        record.target = firmware.installed.other
        record.version, record.options, record.who = bundle.version, options, who[:100]
        record.settings_ready, record.reason, record.attempts = False, "", 0
        record.asked_at = firmware.clock.time()
        firmware.save(Step.INSTALLING)
        log.info(
            "installing version %s, asked for by '%s'", bundle.version, who, extra=journal.UPGRADE
        )

        def told(percent: int) -> None:
            firmware.show(percent, f"Version {bundle.version} is being installed.", Step.INSTALLING)

        told(0)
        await self._slots.install(self._spool.path, told)
        firmware.save(Step.INSTALLED)
        self._spool.drop()

    async def _failed(self, message: str) -> None:
        """Leave the version that runs as the only one, if anything was written."""
        firmware = self.firmware
        self._spool.drop()
        begun = firmware.record.step in (Step.INSTALLING, Step.INSTALLED, Step.RESTARTING)
        firmware.ended("upgrade", "failed", firmware.target_version, message)
        try:
            if begun:
                await self.give_up_other()
        finally:
            try:
                firmware.save(Step.IDLE)
            except StorageFull:
                firmware.record.step = Step.IDLE  # the next start finds an upgrade that was cut off
            firmware.rest()
            self._restarts.hold("")
            self._lamps.drop(UPGRADING)
            self._lamps.hold(FAILED, 0.0 if begun else REFUSED_SHOWN_S)

    async def _go_over(self) -> None:
        """Keep the settings, have the new slot started, and restart; can be done again after a power cut."""
        firmware = self.firmware
        record = firmware.record
        mode = record.options.factory_default_mode
        firmware.show(100, "The unit restarts into the new version.")
        if not record.settings_ready:
            if mode == "hard":
                await self._settings.drop_kept()
            else:
                await self._settings.keep()
            if mode in _LEVELS:
                await self._settings.reset(_LEVELS[mode], record.who)
            record.settings_ready = True
            firmware.save()
        await self._slots.activate(record.target)
        await self._restart(Step.RESTARTING)

    # --- the way back ----------------------------------------------------------------------------

    async def rollback(self, who: str) -> Answer:
        """Restart into the version before, with its settings; returns before that."""
        await self._check_supported()
        if (refused := self._no_way_back()) is not None:
            return refused
        async with self.changing:
            if (refused := self._no_way_back()) is not None:
                return refused
            version = self.firmware.way_back or UNKNOWN
            log.info(
                "back to version %s, asked for by '%s'", version, who[:100], extra=journal.UPGRADE
            )
            await self.go_back("", who)
            return Answer(version)

    def _no_way_back(self) -> Answer | None:
        if self.firmware.step not in (Step.IDLE, Step.TRIAL):
            return _BUSY
        if self.firmware.way_back is None:
            return Answer(refused=Refusal.NO_OLD_VERSION, message="No old firmware exists.")
        return None

    async def go_back(self, reason: str, who: str) -> None:
        """Restart into the version before; `reason` says why where nobody asked for it."""
        firmware = self.firmware
        record = firmware.record
        record.version = firmware.version
        record.target, record.reason, record.who = firmware.installed.other, reason, who[:100]
        record.attempts = 0
        try:
            firmware.save(Step.REVERTING)
        except StorageFull:
            if not reason:
                raise
            # That version finds a trial that is not its own, and does the rest (`After.FELL_BACK`).
            await self._slots.activate(record.target)
            await self._restarts.restart(record.who)
            return
        await self._go_back_again()

    async def _go_back_again(self) -> None:
        firmware = self.firmware
        firmware.show(100, "The unit restarts into the version before.")
        firmware.record.attempts += 1
        self._lamps.hold(UPGRADING)
        await self._settings.put_back()
        await self._slots.activate(firmware.record.target)
        await self._restart(Step.REVERTING)

    async def purge(self, who: str) -> Answer:
        """Drop the version before."""
        await self._check_supported()
        if (refused := self._not_now()) is not None:
            return refused
        async with self.changing:
            if (refused := self._not_now()) is not None:
                return refused
            await self.give_up_other()
            log.info("the version before is dropped, asked for by '%s'", who[:100])
        return Answer(self.firmware.version)

    # --- the start -------------------------------------------------------------------------------

    async def begin(self) -> bool:
        """Look at what there is, and go on with what a power cut or a crash has left; returns whether it could."""
        firmware = self.firmware
        firmware.why_not = await self._slots.missing()
        if firmware.why_not:
            return False
        self._spool.drop()
        firmware.record = firmware.records.load()
        async with self.changing:
            await self._slots.settled()
            firmware.installed = await self._slots.look()
            after = after_start(firmware.record, firmware.installed.running, firmware.boot_id)
            if after not in (After.NOTHING, After.FIRST):
                log.info("upgrade: %s", after.name.lower().replace("_", " "))
            await self._take_up(after)
        return True

    async def _take_up(self, after: After) -> None:
        firmware = self.firmware
        record = firmware.record
        match after:
            case After.FIRST | After.NOTHING:
                await self._settled_in()
            case After.INTERRUPTED:
                firmware.target_version = record.version
                await self._failed("The upgrade was interrupted.")
                await self._settled_in()
            case After.GO_ON:
                firmware.target_version = record.version
                await self._go_over()
            case After.RESTART_AGAIN:
                await self._restart(Step.RESTARTING)
            case After.TRY:
                record.left_s = record.options.rollback_after_s
                record.upgraded_at = firmware.time()
                record.irrevocable = record.options.factory_default_mode == "hard"
                record.slot = firmware.installed.running
                firmware.save(Step.TRIAL)
                log.info(
                    "Entity Management: Upgrade completed (%s).",
                    firmware.version,
                    extra=journal.UPGRADE,
                )
            case After.TRY_ON:
                pass
            case After.BACK:
                await self._is_back()
            case After.BACK_AGAIN:
                await self._go_back_again()
            case After.STUCK:
                firmware.ended(
                    "rollback", "failed", firmware.version, "The version before cannot be started."
                )
                self._lamps.hold(FAILED)
                await self._settled_in()
            case After.ONCE_MORE:
                record.retried = True
                await self._slots.confirm()  # the way back stays, too
                await self._slots.activate(record.slot)
                await self._restart(Step.IDLE)
            case After.FELL_BACK:
                await self._fell_back()

    async def _settled_in(self) -> None:
        """Nothing is pending: the version that runs is the one to run."""
        record, running = self.firmware.record, self.firmware.installed.running
        await self._slots.confirm()  # whether or not the disk takes a note
        if (record.step, record.slot, record.retried) != (Step.IDLE, running, False):
            record.slot, record.retried = running, False
            self.firmware.save(Step.IDLE)

    async def _is_back(self) -> None:
        firmware = self.firmware
        record = firmware.record
        if record.reason:
            firmware.ended("upgrade", "rolled_back", record.version, record.reason)
            self._lamps.hold(FAILED)
        else:
            firmware.ended("rollback", "done", firmware.version, "")
        log.info("Entity Management: back at version %s.", firmware.version, extra=journal.UPGRADE)
        record.irrevocable = False
        await self.give_up_other()
        await self._settled_in()

    async def _fell_back(self) -> None:
        """The boot loader has given a version up; its settings make way for those from before, by one more start."""
        firmware = self.firmware
        record = firmware.record
        back = await self._settings.put_back()
        firmware.ended(
            "upgrade",
            "rolled_back",
            record.version,
            "The version did not start: the unit went back to the one before.",
        )
        log.error(
            "version %s did not start, running %s",
            record.version,
            firmware.version,
            extra=journal.UPGRADE,
        )
        self._lamps.hold(FAILED)
        record.irrevocable = False
        await self._slots.discard()
        firmware.installed = await self._slots.look()
        await self._settled_in()
        if back:
            await self._restart(Step.IDLE)

    # --- what all of them need -------------------------------------------------------------------

    async def _restart(self, step: Step) -> None:
        self.firmware.record.boot_id = self.firmware.boot_id
        self.firmware.save(step)
        self._restarts.hold("")
        await self._restarts.restart(self.firmware.record.who or "upgrade")

    async def give_up_other(self) -> None:
        """Have only the version that runs."""
        await self._slots.discard()
        await self._settings.drop_kept()
        self.firmware.installed = await self._slots.look()

    async def _check_supported(self) -> None:
        if self.firmware.why_not:
            raise NotSupported(f"This unit cannot be upgraded: {self.firmware.why_not}.")
        if not await self._restarts.able():
            raise NotSupported("This unit cannot be upgraded: nothing here can restart it.")

    def _not_now(self) -> Answer | None:
        if self.firmware.on_trial:
            return Answer(
                refused=Refusal.UNCOMMITTED,
                message="The firmware that runs is not committed.",
            )
        return None if self.firmware.step is Step.IDLE else _BUSY
