"""What a person is told about the load."""

from daemons.audio.impedance.load import NOMINAL_OHM, SHORT_BELOW_OHM, Calibration, Load
from daemons.audio.impedance.watch import LoadWatch

NOT_MEASURABLE = "This unit cannot measure the load of its amplifier."
_UNCALIBRATED = "The load has not been tested yet: hold the control button until tones are heard."
_LOADS = {
    Load.OPEN.value: "Nothing is connected to the amplifier, or a cable is broken.",
    Load.SHORT.value: (
        f"The terminals are short-circuited: the load is below {SHORT_BELOW_OHM:g} ohm,"
        " or draws more current than the amplifier gives."
    ),
}


def message(state: str, calibration: Calibration | None, watch: LoadWatch, abandoned: str) -> str:
    """Return the state in a sentence or two; a test that came to nothing is told until the next one."""
    said = _sentence(state, calibration, watch)
    if abandoned and state != "testing":
        return f"The last test was abandoned: {abandoned}. {said}"
    return said


def _sentence(state: str, calibration: Calibration | None, watch: LoadWatch) -> str:
    if state == "not measurable":
        return NOT_MEASURABLE
    if state == "testing":
        return "Tones are played while the load is measured."
    if state in _LOADS:
        return _LOADS[state]
    if calibration is None:
        return _UNCALIBRATED
    if state == Load.DEVIATES.value:
        # It may have opened since: so much has to be sensed three times before it is said.
        to = "" if watch.present_ohm is None else f", to {watch.present_ohm:g} ohm"
        return (
            f"The load has moved by {100 * watch.deviation:+.1f} %{to};"
            f" it was tested with {calibration.ohm:g} ohm. Look at loudspeakers and cables, or test it anew."
        )
    if calibration.nominal_ohm is None and calibration.ohm < NOMINAL_OHM[0]:
        return (
            f"The load is {calibration.ohm:g} ohm, below the {NOMINAL_OHM[0]} ohm that the amplifier is made for:"
            " loud sound may trip its protection."
        )
    return f"The load is {calibration.ohm:g} ohm at 1 kHz."
