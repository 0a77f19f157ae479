"""Arguments of text CGIs: from the query of a GET, from the body of a POST whatever its type (VAPIX page 1.1)."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_to_bytes

from common.bus.text import can_travel
from common.errors import InvalidValue

MAXIMUM_ARGUMENTS = 2000
_ENCODED = re.compile(rb"[%+]")


class Arguments(Mapping[str, str]):
    """The arguments of one call. The last of several with one name counts; unknown ones are ignored."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    @classmethod
    def parse(cls, encoded: bytes) -> "Arguments":
        """Read `a=b&c=d`."""
        pairs = encoded.split(b"&", MAXIMUM_ARGUMENTS + 1)
        if len(pairs) > MAXIMUM_ARGUMENTS:
            raise InvalidValue(f"there can be at most {MAXIMUM_ARGUMENTS} arguments")
        values: dict[str, str] = {}
        for pair in pairs:
            name, _, value = pair.strip(b"\r\n").partition(b"=")
            if name:
                values[_decoded(name)] = _decoded(value)
        if not all(can_travel(text) for pair in values.items() for text in pair):
            raise InvalidValue("an argument cannot hold a NUL or a noncharacter")
        return cls(values)

    def integer(self, name: str, default: int | None, minimum: int, maximum: int) -> int:
        """Return a whole number within bounds; without `default` it has to be there."""
        text = self._values.get(name, "")
        if text == "":
            if default is None:
                raise InvalidValue(f"{name} must be specified")
            return default
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
            raise InvalidValue(f"{name} must be a whole number")
        if not minimum <= int(text) <= maximum:
            raise InvalidValue(f"{name} must be from {minimum} to {maximum}")
        return int(text)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _decoded(text: bytes) -> str:
    """Undo percent-encoding; what is no UTF-8 is ISO-8859-1, as older clients write."""
    data = unquote_to_bytes(text.replace(b"+", b" ")) if _ENCODED.search(text) else text
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
