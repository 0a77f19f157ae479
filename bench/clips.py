"""Audio clips on a unit under measurement."""

import re

from bench.client import Client
from bench.figures import CannotMeasure

BOUNDARY = "c8210-bench"


def upload(client: Client, name: str, content: bytes) -> int:
    """Upload a clip by mediaclip.cgi and return its number."""
    body = b"".join(
        (
            f"--{BOUNDARY}\r\n".encode(),
            f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'.encode(),
            b"Content-Type: audio/wav\r\n\r\n",
            content,
            f"\r\n--{BOUNDARY}--\r\n".encode(),
        )
    )
    client.log_in()  # so that the body is sent only once
    reply = client.request(
        "POST",
        "/axis-cgi/mediaclip.cgi?action=upload&media=audio",
        body,
        f"multipart/form-data; boundary={BOUNDARY}",
    )
    found = re.search(rb"uploaded=(\d+)", reply.body)
    if reply.status != 200 or found is None:
        raise CannotMeasure(f"the upload was refused with {reply.status}: {reply.body[:200]!r}")
    return int(found[1])
