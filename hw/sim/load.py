"""What hangs at the terminals of the simulated amplifier: a loudspeaker, by its electrical model.

Voice coil (resistance and inductance) in series with the mechanical resonance, as a current that follows from the
voltage sample by sample. The figures are those of an ordinary 20 cm full-range driver; all of them are scaled, so
that the impedance at 1 kHz is the one asked for.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from hw.sim.speaker_ring import SAMPLE_RATE_HZ

Signal = npt.NDArray[np.float64]

REFERENCE_HZ: Final = 1_000.0

_COIL_OHM: Final = 6.4
_COIL_H: Final = 0.35e-3
_RESONANCE_OHM: Final = 30.0
_RESONANCE_F: Final = 200e-6
_RESONANCE_H: Final = 15.6e-3
"""Resonance at 90 Hz."""


class Loudspeaker:
    """A load of 1 ohm at 1 kHz, as a linear system that takes whole periods of voltage."""

    def __init__(self, period_frames: int) -> None:
        self._step, self._drive, self._reads, self._through = _sampled()
        self._frames: Final = period_frames
        states = [self._drive]
        for _ in range(period_frames - 1):
            states.append(self._step @ states[-1])
        self._response = np.array([self._through, *(self._reads @ state for state in states[:-1])])
        self._drives = np.array(states[::-1]).T
        power = np.eye(len(self._step))
        dying = []
        for _ in range(period_frames):
            dying.append(self._reads @ power)
            power = self._step @ power
        self._dying = np.array(dying)
        self._period_step = power
        self._state = np.zeros(len(self._step))
        self._scale = abs(self._admittance(REFERENCE_HZ))

    def current(self, voltage: Signal) -> Signal:
        """Return the current of one period through 1 ohm at 1 kHz."""
        caused = np.convolve(voltage, self._response)[: self._frames]
        current = caused + self._dying @ self._state
        self._state = self._period_step @ self._state + self._drives @ voltage
        scaled: Signal = current / self._scale
        return scaled

    def rest(self) -> None:
        """Come to rest, as after a while without voltage."""
        self._state[:] = 0.0

    def impedance(self, hz: float) -> float:
        """Return the magnitude of the impedance, 1.0 at 1 kHz."""
        return float(self._scale / abs(self._admittance(hz)))

    def _admittance(self, hz: float) -> complex:
        turn = np.exp(2j * np.pi * hz / SAMPLE_RATE_HZ)
        state = np.linalg.solve(turn * np.eye(len(self._step)) - self._step, self._drive)
        return complex(self._reads @ state + self._through)


def _sampled() -> tuple[Signal, Signal, Signal, float]:
    """Return the circuit at the sample rate, by the trapezoidal rule: (step, drive, what is read, direct way)."""
    # States: coil current, voltage over the resonance, current in its inductance.
    circuit = np.array(
        [
            [-_COIL_OHM / _COIL_H, -1 / _COIL_H, 0.0],
            [1 / _RESONANCE_F, -1 / (_RESONANCE_OHM * _RESONANCE_F), -1 / _RESONANCE_F],
            [0.0, 1 / _RESONANCE_H, 0.0],
        ]
    )
    driven = np.array([1 / _COIL_H, 0.0, 0.0])
    read = np.array([1.0, 0.0, 0.0])
    half = 0.5 / SAMPLE_RATE_HZ
    back = np.linalg.inv(np.eye(3) - half * circuit)
    step = back @ (np.eye(3) + half * circuit)
    drive = back @ driven * np.sqrt(2 * half)
    reads = np.sqrt(2 * half) * read @ back
    return step, drive, reads, float(read @ back @ driven * half)
