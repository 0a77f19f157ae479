"""Have the unit test itself (VAPIX events page 5.2)."""

from common.bus.audio import AudioInterface
from common.rules import ActionTemplate
from daemons.events.actions.kind import ActionKind, Job

SPEECH_S = 10.0
"""How long the signal for the speech transmission index lasts."""


def kinds(audio: AudioInterface) -> list[ActionKind]:
    """Return the automatic speaker test."""

    async def test(_job: Job) -> str:
        await audio.start_self_test(False, SPEECH_S)
        return ""

    return [
        ActionKind(
            ActionTemplate(
                "com.axis.action.fixed.autospeakertest.performtest",
                "Run automatic speaker test",
                "Audio",
            ),
            test,
        )
    ]
