"""Play a clip, stop clips (VAPIX events page 5.2, M-EVT-11)."""

from contextlib import suppress
from urllib.parse import unquote

import msgspec

from common.bus.audio import AudioInterface
from common.bus.suite import AUDIO
from common.errors import NotFound
from common.rules import ActionTemplate, TemplateParameter
from daemons.events.actions.kind import ActionKind, Job

_GROUP = "Audio clips"
_FOR_EVER = -1
_CLASS = "announcement"
_CLASSES = {
    "": "Announcement",
    "emergency": "Emergency",
    "page": "Page",
    "announcement": "Announcement",
    "advertisement": "Advertisement",
    "music": "Music",
}


class _Playing(msgspec.Struct):
    id: str


def kinds(audio: AudioInterface) -> list[ActionKind]:
    """Return what can be done with clips."""

    async def play(job: Job) -> str:
        repeat = job.integer("repeat", _FOR_EVER if job.action.template == _UNLIMITED.token else 0)
        clip = await audio.find_clip(unquote(job.parameter("location")))
        return await audio.play_clip(
            clip,
            float(job.integer("volume", 100)),
            repeat,
            job.parameter("class", _CLASS),
            job.integer("priority", 0),
        )

    async def stop(_job: Job, playback: str) -> None:
        with suppress(NotFound):  # it has ended, or something more urgent took its place
            await audio.stop(playback)

    async def plays(playback: str) -> bool:
        playing = msgspec.json.decode(await audio.now_playing(), type=list[_Playing])
        return any(each.id == playback for each in playing)

    async def stop_all(_job: Job) -> str:
        await audio.stop_clips()
        return ""

    return [
        ActionKind(_FIXED, play),
        ActionKind(_UNLIMITED, play, stop, AUDIO, plays),
        ActionKind(
            ActionTemplate(
                "com.axis.action.fixed.stop.audioclip", "Stop playing audio clip", _GROUP
            ),
            stop_all,
        ),
    ]


_ONE_OUTPUT = "Accepted; this unit has one output."
_PARAMETERS = (
    # A stored location is percent-encoded, and may hold a `*` for any clip that fits.
    TemplateParameter("location", "Clip", kind="clip", default=None),
    TemplateParameter("audiooutput", "Audio output", _ONE_OUTPUT, deprecated=True),
    TemplateParameter(
        "audiodeviceid", "Audio device", _ONE_OUTPUT, "integer", low=0, high=0, deprecated=True
    ),
    TemplateParameter(
        "audiooutputid", "Audio output", _ONE_OUTPUT, "integer", low=0, high=0, deprecated=True
    ),
    TemplateParameter(
        "repeat",
        "Repeat",
        "How many more times it is played: 0 plays it once, -1 for ever.",
        "integer",
        low=-1,
        high=1_000_000,
    ),
    TemplateParameter("volume", "Volume", "In per cent.", "integer", "100", low=0, high=1000),
    # The last two are ours: what gives way to what (docs/decisions/0016).
    TemplateParameter("class", "Class", "What it may interrupt.", "choice", values=_CLASSES),
    TemplateParameter(
        "priority", "Priority", "Among others of its class.", "integer", low=0, high=100
    ),
)
_FIXED = ActionTemplate(
    "com.axis.action.fixed.play.audioclip", "Play audio clip", _GROUP, _PARAMETERS
)
_UNLIMITED = ActionTemplate(
    "com.axis.action.unlimited.play.audioclip",
    "Play audio clip while the rule is active",
    _GROUP,
    _PARAMETERS,
    unlimited=True,
)
