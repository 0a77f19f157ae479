"""The settings of everything that can be heard, and what clients ask about it."""

from common.params.kinds import Access, Bool, Choice, Gain, Int, Text
from common.params.registry import PARAMETERS, Options, Parameter, Template

_audio = PARAMETERS.owned_by("audio")
_WORDS = Text(128)
_NAME = Text(64)
_VIEWED: Options = {"read": Access.VIEWER, "write": Access.OPERATOR}
_OPERATED: Options = {"read": Access.OPERATOR, "write": Access.OPERATOR}

# --- what the unit can do ---------------------------------------------------------------------

for _name, _value, _label, _help in (
    ("Audio.Audio", "yes", "Audio", "Whether the unit has sound."),
    (
        "Audio.DuplexMode",
        "post",
        "Duplex mode",
        "Which ways live audio can go: post is to the unit.",
    ),
    (
        "Audio.Decoder.Format",
        "g711,g726,axis-mulaw-128",
        "Format",
        "The encodings in which live audio can be sent to the unit.",
    ),
    ("Audio.Source.A0.Input", "no", "Input", "Whether live audio can be fetched from the unit."),
    ("Audio.Source.A0.Output", "yes", "Output", "Whether live audio can be sent to the unit."),
    (
        "AudioClip.Format",
        "au,mp3,opus,vorbis,wav",
        "Format",
        "The formats in which audio clips can be uploaded.",
    ),
    (
        "AudioClip.PlayOptions",
        "location,repeat,volume",
        "Play options",
        "What can be asked for when a clip is played.",
    ),
    ("AudioClip.StopClip", "yes", "Stop clip", "Whether a clip that plays can be stopped."),
):
    _audio.fact(
        f"Properties.{_name}", _WORDS, _value, _label, _help, read=Access.ANYBODY, const=True
    )

# --- live audio -------------------------------------------------------------------------------

DUPLEX_MODE = _audio.setting(
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
    **_VIEWED,
)
_audio.setting(
    "Audio.MaxListeners",
    Int(0, 20),
    "20",
    "Max listeners",
    "How many may listen to the audio input at once.",
    **_VIEWED,
)
_audio.fact(
    "Audio.MaxTransmitters",
    Int(0, 1),
    "1",
    "Max transmitters",
    "How many may send live audio to the unit at once.",
    const=True,
)
_audio.fact(
    "Audio.NbrOfConfigs",
    Int(1),
    "1",
    "Nbr of configs",
    "How many audio configurations there are.",
    const=True,
)
RECEIVER_BUFFER = _audio.setting(
    "Audio.ReceiverBuffer",
    Int(0, 9999, "ms"),
    "120",
    "Receiver buffer",
    "How much live audio is collected before it is played, against an uneven network.",
    **_VIEWED,
)
RECEIVER_TIMEOUT = _audio.setting(
    "Audio.ReceiverTimeout",
    Int(0, 9999, "ms"),
    "1000",
    "Receiver timeout",
    "After how long a silence of the sender its live audio is over.",
    **_VIEWED,
)
_audio.setting(
    "Audio.DSCP",
    Int(0, 63),
    "0",
    "DSCP",
    "The Differentiated Services Codepoint of live audio from the unit.",
    read=Access.VIEWER,
    write=Access.ADMIN,
)
AUDIO_ENABLED = _audio.setting(
    "Audio.A0.Enabled", Bool(), "yes", "Enabled", "Whether live audio is on.", **_VIEWED
)
_audio.setting(
    "Audio.A0.HTTPMessageType",
    Choice.of("singlepart", "multipart"),
    "singlepart",
    "HTTP message type",
    "How live audio from the unit is packed over HTTP.",
    **_VIEWED,
)
_audio.setting(
    "Audio.A0.Name", _NAME, "", "Name", "What people call this audio configuration.", **_VIEWED
)
_audio.setting(
    "Audio.A0.NbrOfChannels",
    Choice.of("1", "2"),
    "1",
    "Nbr of channels",
    "Mono or stereo in live audio from the unit.",
    **_VIEWED,
)
_audio.fact("Audio.A0.Source", Int(0), "0", "Source", "The audio source it takes from.", const=True)

# --- the source: input and output -------------------------------------------------------------

_audio.fact(
    "AudioSource.NbrOfSources",
    Int(0),
    "1",
    "Nbr of sources",
    "How many audio sources there are.",
    read=Access.ANYBODY,
    const=True,
)
_audio.setting(
    "AudioSource.A0.Name", _NAME, "Audio", "Name", "What people call this source.", **_OPERATED
)
OUTPUT_GAIN = _audio.setting(
    "AudioSource.A0.OutputGain",
    Gain(-72, 6),
    "0",  # clips are levelled to -20 LUFS, which leaves room; a speaker's own -30 would be near silence
    "Output gain",
    "The level of the speaker, applied after mixing.",
    **_OPERATED,
)
_audio.setting(
    "AudioSource.A0.AudioSupport",
    Bool(),
    "no",
    "Audio support",
    "Whether the audio input is on; off, nobody can listen in.",
    read=Access.ANYBODY,
    write=Access.ADMIN,
)
_audio.setting(
    "AudioSource.A0.InputType",
    Choice((("mic", "Microphone"), ("line", "Line"))),
    "mic",
    "Source",
    "What is plugged into the audio input.",
    **_OPERATED,
)
_audio.setting(
    "AudioSource.A0.InputGain",
    Gain(-34.5, 12, 1.5),
    "0",
    "Input gain",
    "The level of the audio input.",
    **_OPERATED,
)
_audio.setting(
    "AudioSource.A0.MicrophonePower",
    Bool(),
    "no",
    "Microphone power",
    "Whether the audio input powers the microphone.",
    **_OPERATED,
)
_audio.setting(
    "AudioSource.A0.MicrophonePowerType",
    Choice((("none", "None"), ("electret", "Electret"))),
    "none",
    "Microphone power type",
    "How the audio input powers the microphone.",
    **_OPERATED,
)
_audio.setting(
    "AudioSource.A0.AudioEncoding",
    Choice.of("g711", "g726", "aac", "opus", "lpcm"),
    "aac",
    "Audio encoding",
    "How live audio from the unit is encoded.",
    **_VIEWED,
)
_audio.setting(
    "AudioSource.A0.BitRate",
    Choice.of("8000", "12000", "16000", "24000", "32000", "48000", "64000", "128000"),
    "128000",
    "Bit rate",
    "The bit rate of live audio from the unit, in bit/s.",
    **_VIEWED,
)
_audio.setting(
    "AudioSource.A0.SampleRate",
    Choice.of("8000", "16000", "32000", "44100", "48000"),
    "48000",
    "Sample rate",
    "The sample rate of live audio from the unit, in Hz.",
    **_VIEWED,
)
_audio.fact(
    "AudioSource.A0.NbrOfChannels",
    Int(1, 2),
    "1",
    "Nbr of channels",
    "How many channels the audio input has.",
    read=Access.ANYBODY,
    const=True,
)
_audio.setting(
    "AudioSource.A0.AlarmLevel",
    Int(0, 100, "%"),
    "100",
    "Alarm level",
    "The level of the audio input above which an event is raised; 0 % is -90 dBFS.",
    **_VIEWED,
)

# --- who is heard when several sources play ---------------------------------------------------

_ACTION = Choice(
    (("silence", "Silence the others"), ("duck", "Turn the others down"), ("mix", "Play along"))
)
CLASSES = (
    ("Emergency", "silence", "20", "10"),
    ("Page", "silence", "20", "20"),
    ("Announcement", "duck", "20", "50"),
    ("Advertisement", "duck", "12", "100"),
    ("Music", "duck", "12", "100"),
)
"""Name, action, depth and ramp of each class, the most urgent first."""
for _class, _action, _depth, _ramp in CLASSES:
    _audio.setting(
        f"Audio.Class.{_class}.Action",
        _ACTION,
        _action,
        f"{_class}: action",
        f"What a source of class {_class.lower()} does to the less urgent ones.",
        **_VIEWED,
    )
    _audio.setting(
        f"Audio.Class.{_class}.DuckDepth",
        Int(0, 60, "dB"),
        _depth,
        f"{_class}: depth",
        f"By how much a source of class {_class.lower()} turns the less urgent ones down.",
        **_VIEWED,
    )
    _audio.setting(
        f"Audio.Class.{_class}.DuckRamp",
        Int(1, 10_000, "ms"),
        _ramp,
        f"{_class}: ramp",
        "How long turning down, and turning up again, takes.",
        **_VIEWED,
    )
LOUDNESS_ENABLED = _audio.setting(
    "Audio.Loudness.Enabled",
    Bool(),
    "yes",
    "Loudness normalisation",
    "Whether audio clips are brought to the same loudness when they play.",
    **_VIEWED,
)
LOUDNESS_TARGET = _audio.setting(
    "Audio.Loudness.Target",
    Int(-40, -10, "LUFS"),
    "-20",
    "Loudness target",
    "The loudness to which audio clips are brought (EBU R 128).",
    **_VIEWED,
)

# --- audio clips ------------------------------------------------------------------------------

MAX_CLIPS = 50
_audio.fact(
    "MediaClip.MaxGroups",
    Int(0),
    f"{MAX_CLIPS}",
    "Max groups",
    "How many audio clips there can be.",
    const=True,
    hidden=True,
)
MAX_UPLOAD_SIZE = _audio.fact(
    "MediaClip.MaxUploadSize",
    Int(1, None, "MB"),
    "10",
    "Max upload size",
    "How large the file of an audio clip may be.",
    const=True,
)
CLIP = PARAMETERS.declare_template(
    Template(
        name="mediaclip",
        parent="MediaClip",
        letter="M",
        members=(
            Parameter(
                "Name",
                _NAME,
                "",
                "Name",
                "What people call the audio clip.",
                "audio",
                write=Access.OPERATOR,
            ),
            Parameter(
                "Location",
                Text(256),
                "",
                "Location",
                "The file of the audio clip, as players name it.",
                "audio",
                write=Access.OPERATOR,
                read_only=True,
            ),
            Parameter(
                "Type",
                Choice.of("audio"),
                "audio",
                "Type",
                "What kind of clip it is.",
                "audio",
                write=Access.OPERATOR,
                read_only=True,
                hidden=True,
            ),
        ),
        owner="audio",
        maximum=MAX_CLIPS,
        refuse_add="audio clips are added and removed with mediaclip.cgi",
    )
)
