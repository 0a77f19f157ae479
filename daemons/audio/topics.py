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

TRIGGER_LEVEL = TOPICS.declare(
    Topic(
        "tns1:AudioSource/tnsaxis:TriggerLevel",
        "Audio detection",
        source=(Item("channel", ItemType.INT, "Channel", {"1": "1"}),),
        data=(Item("triggered", ItemType.BOOLEAN, "Above alarm level"),),
        state="triggered",
    )
)
"""There is no state of it while the audio input is off."""

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

SPEAKER_TEST = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:SpeakerTest/TestResult",
        "Speaker test result",
        source=(Item("DeviceUUID", ItemType.STRING, "Device UUID"),),
        data=(
            Item(
                "SpeakerTestStatus",
                ItemType.STRING,
                "Speaker Test Status",
                {"OK": "OK", "Failed": "Failed"},
            ),
        ),
    )
)

# No recorded unit tells of its load or its amplifier; these names are ours, in the manner of their neighbours.
IMPEDANCE_CALIBRATED = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:Impedance/Calibrated",
        "Speaker impedance calibrated",
        data=(Item("calibrated", ItemType.BOOLEAN, "Calibrated"),),
        state="calibrated",
    )
)

LOAD_ALARM = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:Impedance/LoadAlarm",
        "Speaker load alarm",
        data=(
            Item("alarm", ItemType.BOOLEAN, "Alarm"),
            Item(
                "reason",
                ItemType.STRING,
                "Reason",
                {
                    "": "None",
                    "deviates": "Load has moved",
                    "open": "Open",
                    "short": "Short-circuited",
                },
            ),
        ),
        state="alarm",
    )
)

AMPLIFIER_FAILURE = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:HardwareFailure/AmplifierFailure",
        "Amplifier failure",
        data=(
            Item("failure", ItemType.BOOLEAN, "Failure"),
            Item(
                "reason",
                ItemType.STRING,
                "Reason",
                {"": "None", "overcurrent": "Over-current", "overtemperature": "Over-temperature"},
            ),
        ),
        state="failure",
    )
)

MULTICAST_SOURCE = TOPICS.declare(
    Topic(
        "tnsaxis:AudioMulticastController/SourceState",
        "Multicast Source State",
        source=(Item("SrcID", ItemType.STRING, "Source ID"),),
        data=(Item("State", ItemType.BOOLEAN, "State"),),
        state="State",
    )
)

LIVE_STREAM_ACCESSED = TOPICS.declare(
    Topic(
        "tns1:VideoSource/tnsaxis:LiveStreamAccessed",
        "Live stream accessed",
        data=(Item("accessed", ItemType.BOOLEAN, "Accessed"),),
        state="accessed",
    )
)
"""Whether somebody listens to the audio input."""
