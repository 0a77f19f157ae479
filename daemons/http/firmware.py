"""An image from a request to the system daemon, as both CGIs bring it."""

import asyncio
import os

import msgspec

from common.errors import ApplianceError
from common.update import LARGEST_IMAGE_BYTES, Answer, Options
from daemons.http.adapters.image_upload import LONGEST_ENVELOPE, ImageUpload
from daemons.http.call import Call

_answer = msgspec.json.Decoder(Answer)


def answer_of(text: str) -> Answer:
    """Return what the system daemon answers."""
    return _answer.decode(text)


async def upgraded(call: Call, upload: ImageUpload, options: Options) -> Answer:
    """Bring the image in, and have it installed; nothing is left of one that does not come to its end."""
    system = call.unit.update
    # How much of the body is the image is not known yet.
    least = max(0, min(upload.size, 2**62) - LONGEST_ENVELOPE)
    answer = answer_of(await system.prepare(least, call.who))
    if answer.refused is not None:
        return answer
    try:
        descriptor = await system.spool()
        try:
            await upload.write_to(descriptor, LARGEST_IMAGE_BYTES)
        finally:
            await asyncio.to_thread(os.close, descriptor)
    except BaseException:
        await _abandoned(call)
        raise
    packed = msgspec.json.encode(options).decode()
    return answer_of(await system.upgrade(packed, call.who))


async def _abandoned(call: Call) -> None:
    try:
        await call.unit.update.abandon()
    except ApplianceError:
        return  # it gives up by itself what does not come any more
