"""When a delivery is tried again, and when no more."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How patient the queue is, and how large."""

    first_wait_s: float = 5.0
    longest_wait_s: float = 1800.0
    most_attempts: int = 60
    """After a day of the longest waits a message is of no use."""
    longest_age_s: float = 24 * 3600.0
    """Time in which the unit was off does not count."""
    most_messages: int = 1000
    most_bytes: int = 256 * 2**20
    message_s: float = 60.0
    """How long one attempt may take, beside its file."""
    slowest_bytes_per_s: float = 16 * 1024.0
    """What a connection must carry of a file."""

    def wait_s(self, failures: int) -> float:
        """Return how long to wait after so many failures in a row (1 or more): twice as long each time."""
        return min(self.first_wait_s * 2.0 ** min(failures - 1, 30), self.longest_wait_s)

    def attempt_s(self, file_bytes: int) -> float:
        """Return how long one attempt may take."""
        return self.message_s + file_bytes / self.slowest_bytes_per_s
