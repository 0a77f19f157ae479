"""What could not be carried: counted always, logged once for each time it begins."""

import logging

log = logging.getLogger(__name__)


class Losses:
    """One kind of loss."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._told = 0
        self._going_on = False
        self.count = 0

    def add(self, number: int = 1) -> None:
        """Note that some were lost."""
        self.count += number
        if not self._going_on:
            self._going_on = True
            log.warning("%s, ignoring; how many is told when it ends", self._what)

    def over(self) -> None:
        """Note that there is room again."""
        if self._going_on:
            self._going_on = False
            log.info("%s: %d in all", self._what, self.count - self._told)
            self._told = self.count
