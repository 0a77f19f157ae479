"""What this daemon says to whoever listens, as long as there is a bus."""

from common.bus.connection import Connection, Export
from daemons.system.certificates_service import CertificatesService
from daemons.system.service import SystemService
from daemons.system.unit import Unit


class Announcements:
    """Sends signals; without a bus nobody is there to miss them, and who comes back asks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._export: Export[SystemService] | None = None
        self._certificates: Export[CertificatesService] | None = None
        self._unit: Unit | None = None

    def open(self, unit: Unit) -> None:
        """Offer the unit on the bus; from now on there is somebody to tell."""
        self._unit = unit
        self._export = self._connection.export(lambda: SystemService(self._connection, unit))
        self._certificates = self._connection.export(
            lambda: CertificatesService(self._connection, unit.certificates)
        )
        self.ready_changed()

    def verifiers_changed(self) -> None:
        """Say that the accounts or the keys changed."""
        if self._export is not None and self._export.current is not None:
            self._export.current.verifiers_changed.emit(None)

    def certificates_changed(self) -> None:
        """Say that other certificates are installed."""
        if self._certificates is not None and self._certificates.current is not None:
            self._certificates.current.changed.emit(None)

    def ready_changed(self) -> None:
        """Say whether the unit is ready."""
        if self._unit and self._export is not None and self._export.current is not None:
            self._export.current.announce(self._unit.ready_event())
