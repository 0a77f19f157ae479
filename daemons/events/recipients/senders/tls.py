"""TLS to recipients."""

import ssl
from pathlib import Path

from daemons.events.delivery.line import Line


def context(line: Line, *, validate: bool) -> ssl.SSLContext:
    """Return how to speak TLS: with the system's authorities and the unit's own, or believing anybody."""
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if not validate:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif line.trusted and Path(line.trusted).exists():
        is_folder = Path(line.trusted).is_dir()
        made.load_verify_locations(
            cafile=None if is_folder else line.trusted, capath=line.trusted if is_folder else None
        )
    return made
