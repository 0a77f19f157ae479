"""Live audio to and from the unit (VAPIX page 4)."""

from common.params.kinds import Access, Bool, Choice, Int
from daemons.audio.params.owner import AUDIO, NAME, VIEWED

DUPLEX_MODE = AUDIO.setting(
    "Audio.DuplexMode",
    Choice(
        (
            ("full", "Both ways at once"),
            ("half", "One way at a time"),
            ("get", "From the unit only"),
            ("post", "To the unit only"),
        )
    ),
    "full",
    "Duplex mode",
    "Which ways live audio may go.",
    **VIEWED,
)
AUDIO.setting(
    "Audio.MaxListeners",
    Int(0, 20),
    "20",
    "Max listeners",
    "How many may listen to the audio input at once.",
    **VIEWED,
)
AUDIO.fact(
    "Audio.MaxTransmitters",
    Int(0, 1),
    "1",
    "Max transmitters",
    "How many may send live audio to the unit at once.",
    const=True,
)
AUDIO.fact(
    "Audio.NbrOfConfigs",
    Int(1),
    "1",
    "Nbr of configs",
    "How many audio configurations there are.",
    const=True,
)
RECEIVER_BUFFER = AUDIO.setting(
    "Audio.ReceiverBuffer",
    Int(0, 9999, "ms"),
    "120",
    "Receiver buffer",
    "How much live audio is collected before it is played, against an uneven network.",
    **VIEWED,
)
RECEIVER_TIMEOUT = AUDIO.setting(
    "Audio.ReceiverTimeout",
    Int(0, 9999, "ms"),
    "1000",
    "Receiver timeout",
    "After how long a silence of the sender its live audio is over; 0 leaves that to the web server, which waits 15 s.",
    **VIEWED,
)
AUDIO.setting(
    "Audio.DSCP",
    Int(0, 63),
    "0",
    "DSCP",
    "The Differentiated Services Codepoint of live audio from the unit.",
    read=Access.VIEWER,
    write=Access.ADMIN,
)
AUDIO_ENABLED = AUDIO.setting(
    "Audio.A0.Enabled", Bool(), "yes", "Enabled", "Whether live audio is on.", **VIEWED
)
AUDIO.setting(
    "Audio.A0.HTTPMessageType",
    Choice.of("singlepart", "multipart"),
    "singlepart",
    "HTTP message type",
    "How live audio from the unit is packed over HTTP.",
    **VIEWED,
)
AUDIO.setting(
    "Audio.A0.Name", NAME, "", "Name", "What people call this audio configuration.", **VIEWED
)
AUDIO.fact(
    "Audio.A0.NbrOfChannels",
    Int(1),
    "1",
    "Nbr of channels",
    "How many channels live audio from the unit has: the audio input has one.",
    const=True,
)
AUDIO.fact("Audio.A0.Source", Int(0), "0", "Source", "The audio source it takes from.", const=True)
AUDIO.setting(
    "AudioSource.A0.AudioEncoding",
    Choice.of("g711", "g726", "aac", "opus", "lpcm"),
    "aac",
    "Audio encoding",
    "How live audio from the unit is encoded.",
    **VIEWED,
)
AUDIO.setting(
    "AudioSource.A0.BitRate",
    Choice.of("8000", "12000", "16000", "24000", "32000", "48000", "64000", "128000"),
    "128000",
    "Bit rate",
    "The bit rate of live audio from the unit, in bit/s.",
    **VIEWED,
)
AUDIO.setting(
    "AudioSource.A0.SampleRate",
    Choice.of("8000", "16000", "32000", "44100", "48000"),
    "48000",
    "Sample rate",
    "The sample rate of live audio from the unit, in Hz.",
    **VIEWED,
)
AUDIO.setting(
    "Audio.Live.Class",
    Choice(
        (
            ("emergency", "Emergency"),
            ("page", "Page"),
            ("announcement", "Announcement"),
            ("advertisement", "Advertisement"),
            ("music", "Music"),
        )
    ),
    "page",
    "Class of talkers",
    "How urgent a live talker is who does not say. A viewer cannot be more urgent than this.",
    **VIEWED,
)
AUDIO.setting(
    "Audio.Live.Priority",
    Int(0, 100),
    "0",
    "Priority of talkers",
    "The priority within the class of a live talker who does not say. A viewer cannot have a higher one.",
    **VIEWED,
)
AUDIO.setting(
    "Audio.Live.Leveller",
    Bool(),
    "no",
    "Speech leveller",
    "Whether live talkers, and pages that come by multicast, are brought to the loudness target as they speak.",
    **VIEWED,
)
