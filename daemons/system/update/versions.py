"""Which of two versions is the newer one."""

import re

_NUMBERS = re.compile(r"[0-9]+")


def older(version: str, than: str) -> bool:
    """Whether `version` is older, by its numbers before the first `-` or `+`: what follows tells builds apart."""
    return _numbers(version) < _numbers(than)


def _numbers(version: str) -> list[int]:
    found = [int(number) for number in _NUMBERS.findall(re.split(r"[-+~]", version, maxsplit=1)[0])]
    while found and found[-1] == 0:
        found.pop()
    return found
