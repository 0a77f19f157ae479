"""Sound files for tests, made on the spot, and an ear in the browser."""

import io
import math
import struct
import wave

EAVESDROP = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
        window.heard = new AnalyserNode(this.context);
        connect.call(this, window.heard);
    }
    return connect.call(this, target, ...rest);
};
window.loudest = () => {
    if (window.heard === undefined) return 0; // the page has not opened its sound yet
    const samples = new Float32Array(window.heard.fftSize);
    window.heard.getFloatTimeDomainData(samples);
    return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
};
window.lately = () => {
    window.heard.fftSize = 32768;
    const samples = new Float32Array(window.heard.fftSize);
    window.heard.getFloatTimeDomainData(samples);
    return Array.from(samples);
};
"""
"""Beside the browser's own output, everything also goes to an analyser, which scripts ask.

`loudest()` is the largest sample of the last moment, `lately()` all those of the last two thirds of a second.
"""


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
