"""What a file is called at its recipient: its name with the message's sequence number in it (M-RCP-02)."""

import re

LONGEST = 180
_UNFIT = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u2028\u2029]')


def numbered(name: str, number: int) -> str:
    """Return `door.mkv` as `door_0000012.mkv`; what no server could store becomes `_`.

    The number is never used twice, whatever the name was made from.
    """
    clean = _UNFIT.sub("_", name).lstrip(". ") or "file"
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = clean, "", ""
    return f"{stem[:LONGEST]}_{number:07d}{dot}{ending}"
