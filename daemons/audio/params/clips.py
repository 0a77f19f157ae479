"""Audio clips (VAPIX page 5)."""

from common.params.kinds import Access, Choice, Int, Text
from common.params.registry import PARAMETERS, Parameter, Template
from daemons.audio.params.owner import AUDIO, NAME

MAX_CLIPS = 50
AUDIO.fact(
    "MediaClip.MaxGroups",
    Int(0),
    f"{MAX_CLIPS}",
    "Max groups",
    "How many audio clips there can be.",
    const=True,
    hidden=True,
)
MAX_UPLOAD_SIZE = AUDIO.fact(
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
                NAME,
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
