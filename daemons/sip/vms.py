"""Calls to a video management system (VAPIX sys-sip).

Nothing is dialled: the events tell the system that somebody wants to talk, and it has answered when it fetches or
sends the sound. It goes by HTTP as ever.
"""

from dataclasses import dataclass

from common.sip import VmsCalls

LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class Streams:
    """Who talks and who listens over HTTP."""

    to_network: int
    to_device: int


def answered(wanted: VmsCalls, streams: Streams) -> bool:
    """Whether so many streams are up that the system has answered: one threshold is enough, 0 is none.

    There is no video here, so its threshold is never met.
    """
    thresholds = (
        (wanted.audio_from_device_to_network_streams, streams.to_network),
        (wanted.audio_from_network_to_device_streams, streams.to_device),
    )
    return any(0 < least <= there for least, there in thresholds)
