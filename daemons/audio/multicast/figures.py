"""What is counted of a source."""

import msgspec


class Figures(msgspec.Struct):
    """Packets by what became of them, and the sound made of them."""

    played: int = 0
    lost: int = 0
    """Did not come in time."""
    late: int = 0
    duplicate: int = 0
    foreign: int = 0
    """From another sender than the one that is heard."""
    unknown: int = 0
    """Of a payload type that nobody plays."""
    malformed: int = 0
    """Nothing of RTP, or nothing of the codec."""
    unsealed: int = 0
    """Not encrypted with the key, or sent twice."""
    flooded: int = 0
    """Times at which more came than anybody sends to be heard."""
    concealed_ms: float = 0.0
    restarts: int = 0
    """The sender began anew, or its clock jumped."""
    untaken: int = 0
    """Periods that the engine did not take in time."""
    delay_ms: float = 0.0
    """How long packets wait in the receiver now."""
