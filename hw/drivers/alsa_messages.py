"""What alsa-lib prints about every failure, to nobody.

It writes a dozen lines to standard error for a device that is not there, and a lost one is asked for again as long as
it is lost: the log would hold little else. The error that pyalsaaudio raises names the device and the reason.
"""

import ctypes


def _drop(_file: bytes, _line: int, _function: bytes, _error: int, _format: bytes) -> None:
    pass


# `snd_lib_error_handler_t`; what follows the format is not looked at. alsa-lib keeps no reference: we do.
_HANDLER = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
)(_drop)


def silence() -> None:
    """Have alsa-lib print nothing in this process from now on."""
    ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_HANDLER)
