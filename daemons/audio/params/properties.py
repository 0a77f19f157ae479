"""What the unit can do, as clients ask it."""

from common.params.kinds import Access
from daemons.audio.params.owner import AUDIO, WORDS

for _name, _value, _label, _help in (
    (
        "API.AudioControl.Version",
        "1.0",
        "Version",
        "The version of the volume control for clients before AXIS OS 10.12.",
    ),
    ("Audio.Audio", "yes", "Audio", "Whether the unit has sound."),
    (
        "Audio.DuplexMode",
        "full,half,post,get",
        "Duplex mode",
        "Which ways live audio can go: post is to the unit, get is from it.",
    ),
    (
        "Audio.Decoder.Format",
        "g711,g726,axis-mulaw-128",
        "Format",
        "The encodings in which live audio can be sent to the unit.",
    ),
    (
        "Audio.Format",
        "lpcm,g711,g726,aac,opus",
        "Format",
        "The encodings in which live audio can be fetched from the unit.",
    ),
    ("Audio.Source.A0.Input", "yes", "Input", "Whether live audio can be fetched from the unit."),
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
    (
        "API.SpeakerTest.AutomaticTest",
        "yes",
        "Automatic test",
        "Whether the unit can test its speaker with its microphone.",
    ),
    ("API.SpeakerTest.Version", "1.0", "Version", "The version of the speaker test's API."),
):
    AUDIO.fact(f"Properties.{_name}", WORDS, _value, _label, _help, read=Access.ANYBODY, const=True)
