"""`audio/streamingcapabilities.cgi`: the formats in which the unit can be listened to (VAPIX page 4.4)."""

import msgspec

from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.vapix.families import AUDIO
from daemons.http.vapix.json_api import JsonApi, NoParameters

api = JsonApi(
    "/axis-cgi/audio/streamingcapabilities.cgi",
    id="audio-streaming-capabilities",
    name="Audio Streaming Capabilities",
    version="1.0",
    family=AUDIO,
    access=Access.VIEWER,
)

_formats = msgspec.json.Decoder(dict[str, dict[int, list[int]]])


class Rates(msgspec.Struct):
    """A sample rate in Hz and the bit rates there are at it, in bit/s."""

    sample_rate: int
    bit_rates: list[int]


class Encoders(msgspec.Struct):
    """Encoder -> what it can do."""

    encoders: dict[str, list[Rates]]


@api.method("list", access=Access.VIEWER, changes=False)
async def list_encoders(call: Call, _parameters: NoParameters) -> Encoders:
    """Return every encoder with its sample rates and bit rates."""
    formats = _formats.decode(await call.unit.audio.stream_formats())
    return Encoders(
        {
            codec.upper(): [Rates(rate, bit_rates) for rate, bit_rates in rates.items()]
            for codec, rates in formats.items()
        }
    )
