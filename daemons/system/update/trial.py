"""The time between the first start of a new version and its confirmation."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from common import journal
from common.errors import ApplianceError, StorageFull
from common.update import Answer, Refusal, Step
from daemons.system.update.ports import Health, Restarts
from daemons.system.update.upgrades import Upgrades
from hw.slots import Slots

log = logging.getLogger(__name__)

TICK_S: Final = 1.0
NOTED_EVERY_S: Final = 5.0
"""How often the time that is left is written down: so much a power cut may add to it."""
LOOKS_EVERY_S: Final = 5.0
"""How often an unconfirmed version is looked at until all is well."""
LOOKS_AGAIN_S: Final = 20.0
"""How often RAUC is asked for where it did not answer at the start."""


class Trial:
    """Confirms a version by hand or when all is well, and goes back when time is up."""

    def __init__(
        self,
        upgrades: Upgrades,
        slots: Slots,
        health: Health,
        restarts: Restarts,
        began: Callable[[], None] = lambda: None,
    ) -> None:
        """`began` is called once it is known what runs."""
        self._tell_began = began
        self._upgrades = upgrades
        self._firmware = upgrades.firmware
        self._slots = slots
        self._health = health
        self._restarts = restarts
        self._ticked: float | None = None
        self._noted: float = 0.0
        self._looked: float | None = None
        self._well = False

    async def run(self) -> None:
        """Watch over upgrades, until cancelled."""
        while not await self._began():
            await asyncio.sleep(LOOKS_AGAIN_S)
        self._tell_began()
        while True:
            await self.tick()
            await asyncio.sleep(TICK_S)

    async def _began(self) -> bool:
        try:
            return await self._upgrades.begin()
        except (ApplianceError, OSError) as error:
            log.error("upgrades cannot be taken up: %s, trying again", error)
            self._firmware.why_not = "what was left of an upgrade cannot be taken up"
            return False

    async def tick(self) -> None:
        """Look at the time that has passed and at how things are."""
        self._upgrades.look_at_arrival()
        if not self._firmware.on_trial:
            self._ticked = self._looked = None
            self._well = False
            return
        try:
            self._count_down()
            await self._look()
            if self._time_is_up():
                await self._go_back()
        except (ApplianceError, OSError) as error:
            log.warning("the new version's trial: %s, trying again", error)

    # --- what people ask for ---------------------------------------------------------------------

    async def commit(self, who: str) -> Answer:
        """Confirm the version that runs; it is no error when it is confirmed already."""
        if self._firmware.on_trial:
            await self._confirm(f"'{who[:100]}'")
        if self._firmware.step is not Step.IDLE:
            return Answer(refused=Refusal.BUSY, message="An upgrade is under way.")
        return Answer(self._firmware.version)

    def stop_timer(self, who: str) -> None:
        """Go back no more by itself."""
        record = self._firmware.record
        if self._firmware.on_trial and record.left_s is not None:
            record.left_s = None
            self._firmware.save()
            log.info("no time limit for version %s any more, by '%s'", self._firmware.version, who)

    async def reboot(self, who: str) -> None:
        """Restart into the same version."""
        await self.keep_tries()
        await self._restarts.restart(who)

    async def keep_tries(self) -> None:
        """Make ready for a restart that somebody asks for: one of these costs the version no try."""
        if not self._firmware.on_trial:
            return
        self._count_down()
        self._note_time()
        try:
            async with self._upgrades.changing:
                if self._well and self._firmware.on_trial:
                    await self._slots.confirm()
        except ApplianceError as error:
            log.warning("the restart costs version %s a try: %s", self._firmware.version, error)

    # --- watching --------------------------------------------------------------------------------

    def _count_down(self) -> None:
        now = self._firmware.clock.monotonic()
        before, self._ticked = self._ticked, now
        record = self._firmware.record
        if before is None or record.left_s is None:
            return
        record.left_s -= now - before
        if now - self._noted >= NOTED_EVERY_S:
            self._noted = now
            self._note_time()

    def _note_time(self) -> None:
        """Write down the time that is left; a full disk keeps nobody from confirming, restarting or going back."""
        with suppress(StorageFull):
            self._firmware.save()

    def _time_is_up(self) -> bool:
        left_s = self._firmware.record.left_s
        return left_s is not None and left_s <= 0

    async def _look(self) -> None:
        """Look whether all is well, until it is; then confirm, if that is how it was asked for."""
        now = self._firmware.clock.monotonic()
        when = self._firmware.record.options.commit_when
        waits_for_somebody = self._well and when == "never"
        if waits_for_somebody or (self._looked is not None and now - self._looked < LOOKS_EVERY_S):
            return
        self._looked = now
        checks = await (self._health.started() if when == "boot" else self._health.whole())
        self._firmware.checks = checks
        self._well = all(check.well for check in checks)
        if not self._well:
            ill = ", ".join(f"{one.name} ({one.message})" for one in checks if not one.well)
            log.warning("version %s is not confirmed yet: %s", self._firmware.version, ill)
        elif when != "never":
            await self._confirm("itself, for all is well")
        elif self._firmware.record.left_s is None:
            async with self._upgrades.changing:
                if self._firmware.on_trial:
                    await self._slots.confirm()  # nobody wants it to go back by itself

    async def _confirm(self, by: str) -> None:
        """Confirm the version, unless somebody has decided otherwise meanwhile."""
        firmware = self._firmware
        record = firmware.record
        async with self._upgrades.changing:
            if not firmware.on_trial:
                return
            await self._slots.confirm()
            record.slot, record.left_s = firmware.installed.running, None
            firmware.ended("upgrade", "done", firmware.version, "")
            firmware.save(Step.IDLE)
            firmware.rest()
            if record.irrevocable:
                await self._upgrades.give_up_other()
        log.info("version %s is confirmed by %s", firmware.version, by, extra=journal.UPGRADE)

    async def _go_back(self) -> None:
        """Go back, for time is up."""
        firmware = self._firmware
        async with self._upgrades.changing:
            if not firmware.on_trial or not self._time_is_up():
                return
            ill = [check for check in firmware.checks if not check.well]
            reason = (
                f"It was not well: {', '.join(f'{one.name} ({one.message})' for one in ill)}."
                if ill
                else "It was not confirmed in time."
            )
            log.error("version %s: %s Going back", firmware.version, reason, extra=journal.UPGRADE)
            if firmware.installed.other_version is None:
                firmware.record.left_s = None
                firmware.save()
                log.error("there is no version to go back to, going on")
                return
            await self._upgrades.go_back(reason, "upgrade")
