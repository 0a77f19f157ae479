"""What PJSIP's own settings cannot do to an offer."""

import re
from typing import Final

_EVENT: Final = re.compile(r"^a=rtpmap:(\d+) telephone-event/8000", re.MULTILINE)
"""Those that every phone looks for; with wide-band codecs others stand beside them."""
_MEDIA: Final = re.compile(r"^(m=audio \d+(?:/\d+)? \S+)((?: \d+)+)(\r?)$", re.MULTILINE)
_NUMBERED: Final = re.compile(r"^(a=(?:rtpmap|fmtp):)(\d+)\b", re.MULTILINE)


def with_event_payload(offer: str, payload: int) -> str:
    """Return an offer whose telephone events have a payload type; who had it before gets theirs."""
    found = _EVENT.search(offer)
    if not found or int(found[1]) == payload:
        return offer
    swapped = {found[1]: str(payload), str(payload): found[1]}

    def media(match: re.Match[str]) -> str:
        numbers = " ".join(swapped.get(number, number) for number in match[2].split())
        return f"{match[1]} {numbers}{match[3]}"

    text = _MEDIA.sub(media, offer)
    return _NUMBERED.sub(lambda match: match[1] + swapped.get(match[2], match[2]), text)
