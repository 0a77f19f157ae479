"""Sound files for tests, made on the spot."""

import io
import math
import struct
import wave


def tone_wav(seconds: float, frequency_hz: float = 440.0, rate_hz: int = 16000) -> bytes:
    """Return a WAV file with a sine at half of full scale."""
    count = round(seconds * rate_hz)
    samples = (
        round(16383 * math.sin(2 * math.pi * frequency_hz * n / rate_hz)) for n in range(count)
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file.getvalue()


def peak(wav: bytes) -> float:
    """Return the largest sample of a WAV file as a part of full scale."""
    with wave.open(io.BytesIO(wav)) as reader:
        width = reader.getsampwidth()
        frames = reader.readframes(reader.getnframes())
    code = {2: "h", 4: "i"}[width]
    samples = struct.unpack(f"<{len(frames) // width}{code}", frames)
    return max((abs(sample) for sample in samples), default=0) / float(2 ** (8 * width - 1))
