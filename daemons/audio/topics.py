"""What happens in the audio daemon, under the names a real unit prints (VAPIX events page, section 6)."""

from common.topics import TOPICS, Item, ItemType, Topic

_OUTPUT = Item("AudioOutput", ItemType.INT, "Audio Output", {"1": "1"})

CLIP_PLAYING = TOPICS.declare(
    Topic(
        "tnsaxis:MediaClip/Playing",
        "Playing",
        source=(_OUTPUT,),
        data=(Item("Playing", ItemType.BOOLEAN, "Playing Status"),),
        state="Playing",
    )
)

CLIP_CURRENTLY_PLAYING = TOPICS.declare(
    Topic(
        "tnsaxis:MediaClip/CurrentlyPlaying",
        "Currently Playing Media Clip",
        source=(_OUTPUT,),
        data=(Item("FileName", ItemType.STRING, "File Name"),),
    )
)

OUTPUT_ACTIVE = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:AudioOutputActive",
        "Audio Output Active",
        source=(
            Item(
                "AudioOutput",
                ItemType.STRING,
                "Audio Output",
                {"AudioDevice0Output0": "Audio Device 0 Output 0"},
            ),
        ),
        data=(Item("AudioOutputActive", ItemType.BOOLEAN, "Audio Output Active"),),
        state="AudioOutputActive",
    )
)
